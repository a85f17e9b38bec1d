import { addJob, addJobPod, failingClient, pullNormals, pullWarnings, waiting } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, newApp, setEnv, specOf, truthOf } from './kit.ts';
import { forget, keepStatus, webhook } from './second-kit.ts';

export const SECOND_CONTROLLERS: readonly OpenCase[] = [
  {
    id: 'open-second-namespace-ends',
    title: 'a namespace was deleted and does not end, so what was in it can not be made again',
    sources: [
      'staging/src/k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle/admission.go',
      'pkg/controller/namespace/deletion/status_condition_utils.go',
    ],
    theme: 'retail',
    truth: truthOf('Namespace//reports', ['namespace-terminating', 'deletion-stuck'], {
      effects: ['the chart is not installed again', 'Deployment/billing/gateway'],
    }),
    make: (c) => {
      const namespace = c.namespace('reports', 80_000);
      namespace.metadata.deletionTimestamp = c.ago(96);
      for (const { kind, name } of [
        { kind: 'ServiceAccount', name: 'default' },
        { kind: 'ConfigMap', name: 'kube-root-ca.crt' },
      ])
        c.remove(c.get(kind, 'reports', name));
      const says = (type: string, status: string, reason: string, message: string): object => ({
        type,
        status,
        reason,
        message,
        lastTransitionTime: c.ago(95.7),
      });
      namespace.status = {
        phase: 'Terminating',
        conditions: [
          says(
            'NamespaceDeletionDiscoveryFailure',
            'False',
            'ResourcesDiscovered',
            'All resources successfully discovered',
          ),
          says(
            'NamespaceDeletionContentFailure',
            'False',
            'ContentDeleted',
            'All content successfully deleted, may be waiting on finalization',
          ),
          says(
            'NamespaceContentRemaining',
            'True',
            'SomeResourcesRemain',
            'Some resources are remaining: buckets.storage.example.com has 1 resource instances',
          ),
          says(
            'NamespaceFinalizersRemaining',
            'True',
            'SomeFinalizersRemain',
            'Some content in the namespace has finalizers remaining: storage.example.com/cleanup in 1 resource instances',
          ),
        ],
      };
      c.namespace('flux-system', 90_000);
      setEnv(c.workload('billing', 'gateway'), {
        name: 'RENDERER_URL',
        value: 'http://renderer.reports',
        minutesAgo: 20_000,
      });
      ask(c, {
        namespace: 'billing',
        clients: ['gateway'],
        service: 'tax',
        host: 'renderer.reports',
        trouble: 'no-host',
        minutesAgo: 95,
      });
      const release = {
        apiVersion: 'helm.toolkit.fluxcd.io/v2',
        kind: 'HelmRelease',
        namespace: 'flux-system',
        name: 'renderer',
      };
      c.event(release, {
        type: 'Warning',
        reason: 'InstallFailed',
        message:
          'Helm install failed for release reports/renderer with chart renderer@2.1.4: create: failed to create: secrets "sh.helm.release.v1.renderer.v1" is forbidden: unable to create new content in namespace reports because it is being terminated',
        count: 9,
        sinceMinutesAgo: 57,
        minutesAgo: 4,
        component: 'helm-controller',
      });
      forget(c);
      return c.files('yaml');
    },
  },
  {
    id: 'open-second-partition',
    title:
      'brokers were given a second listener, and the partition of an earlier trial keeps them as they are',
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#partitions',
      'pkg/controller/statefulset/stateful_set_control.go',
    ],
    theme: 'media',
    truth: truthOf('StatefulSet/social/kafka', ['rollout-blocked-by-strategy'], {
      effects: ['Service/social/kafka', 'Deployment/social/notify', 'Deployment/social/moderation'],
    }),
    make: (c) => {
      const w = c.workload('social', 'kafka');
      specOf(w.manifest)['updateStrategy'] = { type: 'RollingUpdate', rollingUpdate: { partition: 3 } };
      w.container.ports = [
        ...(w.container.ports ?? []),
        { name: 'internal', containerPort: 9094, protocol: 'TCP' },
      ];
      w.container.env = [
        ...(w.container.env ?? []),
        { name: 'KAFKA_LISTENERS', value: 'PLAINTEXT://:9092,INTERNAL://:9094' },
      ];
      c.changed(w.manifest, {
        by: 'helm',
        minutesAgo: 43,
        fields: [
          'spec/template/spec/containers/{kafka}/ports',
          'spec/template/spec/containers/{kafka}/env/{KAFKA_LISTENERS}/value',
        ],
      });
      const service = c.get('Service', 'social', 'kafka');
      specOf(service)['ports'] = [
        { name: 'kafka', port: 9092, targetPort: 9092, protocol: 'TCP' },
        { name: 'internal', port: 9094, targetPort: 9094, protocol: 'TCP' },
      ];
      c.changed(service, { by: 'helm', minutesAgo: 43, fields: ['spec/ports'] });
      const { generation } = w.manifest.metadata;
      keepStatus(c, w, {
        replicas: 3,
        readyReplicas: 3,
        availableReplicas: 3,
        currentReplicas: 3,
        collisionCount: 0,
        currentRevision: 'kafka-7d9b6c5f48',
        updateRevision: 'kafka-58f4c8d9b7',
        observedGeneration: generation,
      });
      const ip = String(specOf(service)['clusterIP']);
      for (const client of ['notify', 'moderation']) {
        setEnv(c.workload('social', client), {
          name: 'KAFKA_ADDR',
          value: 'kafka:9094',
          by: 'helm',
          minutesAgo: 42,
        });
        failingClient(c, {
          namespace: 'social',
          client,
          sinceMinutesAgo: 41,
          lines: [
            `%3|TIME|FAIL|rdkafka#producer-1| [thrd:kafka:9094/bootstrap]: kafka:9094/bootstrap: Connect to ipv4#${ip}:9094 failed: Connection refused (after 1ms in state CONNECT, 28 identical error(s) suppressed)`,
          ],
          notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        });
      }
      return c.files('json');
    },
  },
  {
    id: 'open-second-migration',
    title: 'a schema is not migrated: the Job gave up, and the program that needs it was rolled out anyway',
    sources: [
      'pkg/controller/job/job_controller.go (BackoffLimitExceeded)',
      'https://www.postgresql.org/docs/15/ddl-schemas.html#DDL-SCHEMAS-PRIV',
    ],
    theme: 'retail',
    truth: truthOf('Job/billing/migrate-43', ['migration-failed', 'job-backoff-limit-exceeded'], {
      effects: ['Deployment/billing/ledger', 'Service/billing/ledger', 'Deployment/billing/exporter'],
    }),
    make: (c) => {
      const job = addJob(c, {
        namespace: 'billing',
        name: 'migrate-43',
        image: 'ghcr.io/example/migrate:43',
        minutesAgo: 47,
        spec: { backoffLimit: 3 },
      });
      for (const minutesAgo of [47, 46.7, 46.2, 45.3]) {
        const pod = addJobPod(c, job, { minutesAgo, seconds: 4, exitCode: 1 });
        c.log({ namespace: 'billing', pod: pod.metadata.name, container: 'main' }, [
          `${c.ago(minutesAgo - 0.05)} migrate: applying 0043_entries_v2.up.sql`,
          `${c.ago(minutesAgo - 0.06)} migrate: error: migration failed in line 0: CREATE TABLE entries_v2 (details: pq: permission denied for schema public)`,
        ]);
      }
      job.status = {
        failed: 4,
        startTime: c.ago(47),
        ready: 0,
        conditions: [
          {
            type: 'Failed',
            status: 'True',
            reason: 'BackoffLimitExceeded',
            message: 'Job has reached the specified backoff limit',
            lastProbeTime: c.ago(45.2),
            lastTransitionTime: c.ago(45.2),
          },
        ],
      };
      const w = c.workload('billing', 'ledger');
      w.roll({ by: 'argocd-controller', minutesAgo: 44, fields: ['image'] }, (container) => {
        container.image = 'registry.example.com/billing/ledger:5.3.0';
      });
      failingClient(c, {
        namespace: 'billing',
        client: 'ledger',
        sinceMinutesAgo: 43,
        lines: ['time=TIME level=ERROR msg="readiness" error="pq: relation \\"entries_v2\\" does not exist"'],
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      ask(c, {
        namespace: 'billing',
        clients: ['exporter', 'reconciler'],
        service: 'ledger',
        trouble: 'refused',
        minutesAgo: 42,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-second-mirror',
    title: 'a webhook writes the image of every new pod to a mirror that has no address',
    sources: [
      'https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/',
      'containerd/containerd core/remotes/docker/resolver.go',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/feed', ['webhook-mutated-spec', 'registry-unreachable'], {
      change: ['MutatingWebhookConfiguration//image-mirror', 'webhooks'],
    }),
    make: (c) => {
      const hook = webhook(c, 'MutatingWebhookConfiguration', {
        name: 'image-mirror',
        hook: 'mirror.images.example.com',
        service: { namespace: 'kube-system', name: 'image-mirror', path: '/mutate' },
        minutesAgo: 64,
      });
      c.changed(hook, { by: 'helm', minutesAgo: 64, fields: ['webhooks'] });
      newApp(c, { namespace: 'kube-system', name: 'image-mirror', minutesAgo: 64 });
      specOf(c.get('Service', 'kube-system', 'image-mirror'))['ports'] = [
        { name: 'https', port: 443, targetPort: 8080, protocol: 'TCP' },
      ];
      const w = c.workload('media', 'feed');
      w.roll({ by: 'kubectl-set', minutesAgo: 36, fields: ['image'], mode: 'stuck' }, (container) => {
        container.image = 'ghcr.io/example/feed:1.16.0';
      });
      const image = 'mirror.corp.example.net/ghcr.io/example/feed:1.16.0';
      for (const pod of w.fresh) {
        pod.spec.containers[0].image = image;
        pod.metadata.annotations = { ...pod.metadata.annotations, 'images.example.com/mutated': 'true' };
        for (const status of pod.status.containerStatuses ?? []) status.image = image;
      }
      waiting(w, {
        reason: 'ImagePullBackOff',
        message: `Back-off pulling image "${image}"`,
        minutesAgo: 36,
        warnings: pullWarnings(
          image,
          `failed to resolve reference "${image}": failed to do request: Head "https://mirror.corp.example.net/v2/ghcr.io/example/feed/manifests/1.16.0": dial tcp: lookup mirror.corp.example.net on 10.0.0.2:53: no such host`,
        ),
        normals: pullNormals(image),
      });
      return c.files('json');
    },
  },
];
