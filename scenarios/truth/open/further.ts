import {
  crashing,
  failingClient,
  pending,
  pullNormals,
  pullWarnings,
  refused,
  taint,
  waiting,
} from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, specOf, truthOf } from './kit.ts';

const TAINTS = 'https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/';
const INGRESS = 'https://kubernetes.io/docs/concepts/services-networking/ingress/';
const CONTROL = '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }';

/** The cart reaches its store by an argument. */
function cartArgument(c: Cluster, address: string, minutesAgo: number): void {
  c.workload('shop', 'cart').roll({ by: 'helm', minutesAgo, fields: ['args', 'env'] }, (container) => {
    container.env = (container.env ?? []).filter(({ name }) => name !== 'REDIS_ADDR');
    container.args = ['serve', `--store=${address}`];
  });
}

function refusedNew(
  c: Cluster,
  resources: Record<string, Record<string, string>>,
  reason: string,
): ReturnType<Cluster['files']> {
  const w = newApp(c, { namespace: 'media', name: 'subtitles', minutesAgo: 21 });
  for (const container of w.template.spec.containers) container.resources = resources;
  refused(w, { reason, minutesAgo: 21 });
  return c.files('json');
}

export const PLACEMENT: readonly OpenCase[] = [
  {
    id: 'open-new-taint',
    title: 'somebody tainted the only node with fast disks, and the pod that was evicted finds no other',
    sources: [TAINTS, 'pkg/controller/tainteviction/taint_eviction.go'],
    theme: 'media',
    truth: truthOf('Node//pool-b-t4zzs', ['untolerated-taint'], {
      effects: ['Deployment/media/subtitles', 'Service/media/subtitles'],
    }),
    make: (c) => {
      const node = c.node('pool-b-t4zzs');
      node.metadata.labels = { ...node.metadata.labels, disk: 'fast' };
      taint(c, node, { key: 'maintenance', value: 'disk', effect: 'NoExecute', minutesAgo: 26 });
      c.changed(node, { by: 'kubectl-taint', minutesAgo: 26, fields: ['spec/taints'] });
      return fastDisk(
        c,
        `0/4 nodes are available: ${CONTROL}, 1 node(s) had untolerated taint {maintenance: disk}, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
      );
    },
  },
  {
    id: 'open-new-taint-b',
    twinOf: 'open-new-taint',
    title: 'the nodes carry no such label at all',
    sources: ['https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodeselector'],
    theme: 'media',
    truth: truthOf('Deployment/media/subtitles', ['node-selector-mismatch'], {
      effects: ['Service/media/subtitles'],
    }),
    make: (c) =>
      fastDisk(
        c,
        `0/4 nodes are available: ${CONTROL}, 3 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
      ),
  },
];

export const ADDRESSES: readonly OpenCase[] = [
  {
    id: 'open-argument',
    title: 'an argument names the store by a namespace that this cluster does not have',
    sources: ['https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/cart', ['wrong-service-namespace', 'wrong-service-address'], {
      effects: ['Service/shop/cart'],
      change: ['Deployment/shop/cart', 'args'],
    }),
    make: (c) => {
      cartArgument(c, 'redis.stores.svc.cluster.local:6379', 32);
      failingClient(c, {
        namespace: 'shop',
        client: 'cart',
        sinceMinutesAgo: 31,
        lines: [
          'time=TIME level=ERROR msg="store" error="dial tcp: lookup redis.stores.svc.cluster.local on 10.96.0.10:53: no such host"',
        ],
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-argument-b',
    twinOf: 'open-argument',
    title: 'the argument is right, and somebody scaled the store to zero',
    sources: ['https://kubernetes.io/docs/tasks/run-application/scale-stateful-set/'],
    theme: 'retail',
    truth: truthOf('StatefulSet/shop/redis', ['scaled-to-zero'], {
      effects: ['Service/shop/redis', 'Deployment/shop/cart'],
      change: ['StatefulSet/shop/redis', 'spec.replicas'],
    }),
    make: (c) => {
      cartArgument(c, 'redis:6379', 20_000);
      c.workload('shop', 'redis').scale(0, 'kubectl-scale', 32);
      const { clusterIP } = specOf(c.get('Service', 'shop', 'redis'));
      failingClient(c, {
        namespace: 'shop',
        client: 'cart',
        sinceMinutesAgo: 31,
        lines: [
          `time=TIME level=ERROR msg="store" error="dial tcp ${String(clusterIP)}:6379: connect: connection refused"`,
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-ingress-backend',
    title: 'an Ingress still sends to a Service that was deleted with its release',
    sources: [INGRESS],
    theme: 'media',
    truth: truthOf('Ingress/media/web', ['ingress-backend-missing'], {
      change: ['Ingress/media/web', 'spec.rules'],
    }),
    make: (c) => {
      const ingress = c.get('Ingress', 'media', 'web');
      const backend = (name: string): object => ({ service: { name, port: { number: 80 } } });
      specOf(ingress)['rules'] = [
        {
          host: 'media.example.com',
          http: {
            paths: [
              { path: '/beta', pathType: 'Prefix', backend: backend('web-beta') },
              { path: '/', pathType: 'Prefix', backend: backend('web') },
            ],
          },
        },
      ];
      c.changed(ingress, { by: 'helm', minutesAgo: 3000, fields: ['spec/rules'] });
      return c.files('yaml');
    },
  },
  {
    id: 'open-ingress-backend-b',
    twinOf: 'open-ingress-backend',
    title: 'the Service is there, and the image of what is behind it is not to be had',
    sources: [INGRESS, 'https://docs.docker.com/docker-hub/usage/pulls/'],
    theme: 'media',
    truth: truthOf('Deployment/media/web', ['registry-rate-limited'], {
      effects: ['Service/media/web', 'Ingress/media/web'],
      change: ['Deployment/media/web', 'image'],
    }),
    make: (c) => {
      const image = 'docker.io/example/media-web:2026.10.2';
      const w = c.workload('media', 'web');
      w.roll({ by: 'kubectl-set', minutesAgo: 25, fields: ['image'], mode: 'recreate' }, (container) => {
        container.image = image;
      });
      waiting(w, {
        reason: 'ImagePullBackOff',
        message: `Back-off pulling image "${image}"`,
        minutesAgo: 25,
        warnings: pullWarnings(
          image,
          'failed to copy: httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/example/media-web/manifests/sha256:0c1f: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit',
        ),
        normals: pullNormals(image),
      });
      return c.files('yaml');
    },
  },
];

export const LIMITS: readonly OpenCase[] = [
  {
    id: 'open-range-minimum',
    title: "a container asks for less memory than the namespace's range wants",
    sources: [
      'plugin/pkg/admission/limitranger/admission.go',
      'https://kubernetes.io/docs/concepts/policy/limit-range/',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/subtitles', ['limit-range-violated'], {
      effects: ['Service/media/subtitles'],
    }),
    make: (c) => {
      const range = c.get('LimitRange', 'media', 'containers');
      specOf(range)['limits'] = [{ type: 'Container', min: { memory: '128Mi' } }];
      return refusedNew(
        c,
        { requests: { cpu: '50m', memory: '48Mi' }, limits: { memory: '256Mi' } },
        'pods "POD_NAME" is forbidden: minimum memory usage per Container is 128Mi, but request is 48Mi',
      );
    },
  },
  {
    id: 'open-range-minimum-b',
    twinOf: 'open-range-minimum',
    title: 'a quota counts limits of CPU, and the pods name none',
    sources: [
      'staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go',
      'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/subtitles', ['quota-requires-resources'], {
      effects: ['Service/media/subtitles'],
    }),
    make: (c) => {
      c.remove(c.get('LimitRange', 'media', 'containers'));
      c.add({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: c.meta('burst', 'media', 60_000),
        spec: { hard: { 'limits.cpu': '40' } },
        status: {},
      });
      return refusedNew(
        c,
        { requests: { cpu: '50m', memory: '64Mi' } },
        'pods "POD_NAME" is forbidden: failed quota: burst: must specify limits.cpu for: subtitles',
      );
    },
  },
  {
    id: 'open-init-fails',
    title: 'an init container fetches a model, and the bucket does not let it',
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/pods/init-containers/',
      'https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html',
    ],
    theme: 'media',
    truth: truthOf('Deployment/social/moderation', ['init-container-failing', 'access-denied'], {
      change: ['Deployment/social/moderation', 'initContainers'],
    }),
    make: (c) =>
      modelFetch(c, 'fetch-model', [
        'fatal error: An error occurred (403) when calling the HeadObject operation: Forbidden',
      ]),
  },
  {
    id: 'open-init-fails-b',
    twinOf: 'open-init-fails',
    title: 'the init container did its work; the program then runs out of memory while it loads the model',
    sources: ['https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/'],
    theme: 'media',
    truth: truthOf('Deployment/social/moderation', ['oom-container-limit', 'oom-killed'], {
      change: ['Deployment/social/moderation', 'initContainers'],
    }),
    make: (c) =>
      modelFetch(c, 'moderation', [`[${c.ago(3)}] [INFO] loading model /models/toxicity-v3.safetensors`]),
  },
];

function fastDisk(c: Cluster, message: string): ReturnType<Cluster['files']> {
  const w = newApp(c, {
    namespace: 'media',
    name: 'subtitles',
    minutesAgo: 25,
    more: { nodeSelector: { disk: 'fast' } },
  });
  pending(w, { minutesAgo: 25, message });
  return c.files('must-gather');
}

function modelFetch(c: Cluster, dies: string, log: string[]): ReturnType<Cluster['files']> {
  const w = c.workload('social', 'moderation');
  w.roll(
    {
      by: 'argocd-controller',
      minutesAgo: 35,
      fields: ['spec/template/spec/initContainers/{fetch-model}/image'],
      mode: 'stuck',
    },
    (_, template) => {
      template.spec.initContainers = [
        {
          name: 'fetch-model',
          image: 'amazon/aws-cli:2.18.5',
          args: ['s3', 'cp', 's3://models/toxicity-v3.safetensors', '/models/'],
          resources: {},
          imagePullPolicy: 'IfNotPresent',
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
        },
      ];
    },
  );
  const isInit = dies === 'fetch-model';
  crashing(w, {
    container: dies,
    exitCode: isInit ? 1 : 137,
    reason: isInit ? 'Error' : 'OOMKilled',
    minutesAgo: 35,
    restarts: 10,
    runsSeconds: 6,
    log,
  });
  return c.files('cluster-info');
}
