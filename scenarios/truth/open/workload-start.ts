import {
  crashing,
  killedByProbe,
  notReady,
  pullNormals,
  pullWarnings,
  runcError,
  waiting,
} from '../builders/index.ts';
import type { Cluster, Workload } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

const PROBES =
  'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/';
const PULL = 'https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry/';
const HOOKS = 'https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/';

function pullFails(
  w: Workload,
  image: string,
  reason: string,
  more: (readonly [string, string, number])[] = [],
): ReturnType<Cluster['files']> {
  w.roll(
    {
      by: 'kubectl-set',
      minutesAgo: 23,
      fields: ['image', 'spec/template/spec/imagePullSecrets'],
      mode: 'stuck',
    },
    (container, template) => {
      container.image = image;
      if (more.length > 0) template.spec['imagePullSecrets'] = [{ name: 'partner-pull' }];
    },
  );
  waiting(w, {
    reason: 'ImagePullBackOff',
    message: `Back-off pulling image "${image}"`,
    minutesAgo: 23,
    warnings: [...pullWarnings(image, reason), ...more],
    normals: pullNormals(image),
  });
  return (w.store as Cluster).files('json');
}

export const START: readonly OpenCase[] = [
  {
    id: 'open-pull-secret',
    title: 'the Secret with which an image is to be pulled is not there',
    sources: ['pkg/kubelet/kubelet_pods.go (getPullSecretsForPod)', PULL],
    theme: 'retail',
    truth: truthOf('Deployment/billing/tax', ['image-pull-secret-missing'], {
      change: ['Deployment/billing/tax', 'imagePullSecrets'],
    }),
    make: (c) => {
      const image = 'registry.partner.example/tax/tax:1.4.0';
      return pullFails(
        c.workload('billing', 'tax'),
        image,
        `failed to resolve reference "${image}": pull access denied, repository does not exist or may require authorization: authorization failed: no basic auth credentials`,
        [
          [
            'FailedToRetrieveImagePullSecret',
            'Unable to retrieve some image pull secrets (partner-pull); attempting to pull the image may not succeed.',
            60,
          ],
        ],
      );
    },
  },
  {
    id: 'open-pull-secret-b',
    twinOf: 'open-pull-secret',
    title: 'the registry shows a certificate that the node does not trust',
    sources: [
      'containerd core/remotes/docker/resolver.go',
      'https://github.com/containerd/containerd/blob/main/docs/hosts.md',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/billing/tax', ['registry-certificate-untrusted'], {
      change: ['Deployment/billing/tax', 'image'],
    }),
    make: (c) => {
      const image = 'registry.partner.example/tax/tax:1.4.0';
      return pullFails(
        c.workload('billing', 'tax'),
        image,
        `failed to resolve reference "${image}": failed to do request: Head "https://registry.partner.example/v2/tax/tax/manifests/1.4.0": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
      );
    },
  },
  {
    id: 'open-platform',
    title: 'an image was built for another processor only',
    sources: ['containerd core/images/image.go', 'https://docs.docker.com/build/building/multi-platform/'],
    theme: 'media',
    truth: truthOf('Deployment/media/feed', ['image-platform-mismatch'], {
      change: ['Deployment/media/feed', 'image'],
    }),
    make: (c) => {
      const image = 'ghcr.io/example/feed:1.16.0-arm64';
      return pullFails(c.workload('media', 'feed'), image, 'no match for platform in manifest: not found');
    },
  },
  {
    id: 'open-platform-b',
    twinOf: 'open-platform',
    title: 'an image tag that was never pushed',
    sources: ['containerd core/remotes/docker/resolver.go'],
    theme: 'media',
    truth: truthOf('Deployment/media/feed', ['image-not-found'], {
      change: ['Deployment/media/feed', 'image'],
    }),
    make: (c) => {
      const image = 'ghcr.io/example/feed:1.61.0';
      return pullFails(
        c.workload('media', 'feed'),
        image,
        `failed to resolve reference "${image}": ${image}: not found`,
      );
    },
  },
  {
    id: 'open-startup-port',
    title: 'the startup probe asks a port on which nothing listens',
    sources: [PROBES, 'pkg/kubelet/prober/prober_manager.go'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/search', ['startup-probe-wrong-port'], {
      change: ['Deployment/shop/search', 'startupProbe'],
    }),
    make: (c) => startup(c, 9090, 2, 'connect: connection refused'),
  },
  {
    id: 'open-startup-port-b',
    twinOf: 'open-startup-port',
    title: 'the startup probe asks the right port and gives up before the program has loaded its index',
    sources: [PROBES],
    theme: 'retail',
    truth: truthOf('Deployment/shop/search', ['startup-too-slow'], {
      change: ['Deployment/shop/search', 'startupProbe'],
    }),
    make: (c) => startup(c, 8080, 0, 'connect: connection refused'),
  },
  {
    id: 'open-post-start',
    title: 'a postStart hook calls a script that the image does not hold',
    sources: [HOOKS, 'pkg/kubelet/lifecycle/handlers.go', 'pkg/kubelet/kuberuntime/kuberuntime_container.go'],
    theme: 'media',
    truth: truthOf('Deployment/media/web', ['lifecycle-hook-failing'], {
      change: ['Deployment/media/web', 'lifecycle'],
    }),
    make: (c) => {
      const w = c.workload('media', 'web');
      w.roll(
        { by: 'kubectl-edit', minutesAgo: 31, fields: ['lifecycle/postStart'], mode: 'stuck' },
        (container) => {
          container['lifecycle'] = {
            postStart: { exec: { command: ['/bin/sh', '-c', '/opt/warm-cache.sh'] } },
          };
        },
      );
      crashing(w, {
        exitCode: 0,
        reason: 'Completed',
        minutesAgo: 31,
        restarts: 10,
        runsSeconds: 1,
        log: ['/docker-entrypoint.sh: Configuration complete; ready for start up'],
      });
      for (const pod of w.fresh)
        c.event(pod, {
          type: 'Warning',
          reason: 'FailedPostStartHook',
          message: 'PostStartHook failed',
          count: 10,
          sinceMinutesAgo: 31,
          minutesAgo: 2.5,
          container: 'web',
          host: pod.spec.nodeName ?? '',
        });
      return c.files('yaml');
    },
  },
  {
    id: 'open-post-start-b',
    twinOf: 'open-post-start',
    title: 'the command of the container itself is not in the image',
    sources: ['https://github.com/opencontainers/runc/blob/main/libcontainer/standard_init_linux.go'],
    theme: 'media',
    truth: truthOf('Deployment/media/web', ['command-not-found'], {
      change: ['Deployment/media/web', 'command'],
    }),
    make: (c) => {
      const w = c.workload('media', 'web');
      w.roll({ by: 'kubectl-edit', minutesAgo: 31, fields: ['command'], mode: 'stuck' }, (container) => {
        container.command = ['/opt/warm-cache.sh'];
      });
      crashing(w, {
        exitCode: 128,
        reason: 'StartError',
        minutesAgo: 31,
        restarts: 10,
        log: [],
        message: runcError('exec: "/opt/warm-cache.sh": stat /opt/warm-cache.sh: no such file or directory'),
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-liveness-timing',
    title: 'a liveness probe that waits one second, once, kills a program that is only slow at times',
    sources: [PROBES, 'pkg/probe/http/http.go'],
    theme: 'media',
    truth: truthOf('Deployment/social/graph', ['liveness-probe-too-strict'], {
      change: ['Deployment/social/graph', 'livenessProbe.failureThreshold'],
    }),
    make: (c) => {
      const w = c.workload('social', 'graph');
      w.roll(
        {
          by: 'argocd-controller',
          minutesAgo: 300,
          fields: ['livenessProbe/failureThreshold', 'livenessProbe/timeoutSeconds'],
        },
        (container) => {
          Object.assign(container.livenessProbe ?? {}, {
            failureThreshold: 1,
            timeoutSeconds: 1,
            periodSeconds: 5,
          });
        },
      );
      killedByProbe(w, {
        minutesAgo: 290,
        probe:
          'Liveness probe failed: Get "http://POD_IP:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        restarts: 7,
        exitCode: 143,
        runsSeconds: 1900,
        now: 'running',
        log: [
          `${c.ago(20)}  INFO 1 --- [           main] com.example.Application : Started Application in 31.2 seconds`,
          `${c.ago(9)}  INFO 1 --- [nio-8080-exec-4] com.example.web.Handler : handled 200 in 1480 ms`,
          `${c.ago(3)}  INFO 1 --- [nio-8080-exec-1] com.example.web.Handler : handled 200 in 22 ms`,
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-liveness-timing-b',
    twinOf: 'open-liveness-timing',
    title: "the probes' timing is the usual one; a CPU limit of 30m makes the program too slow to answer",
    sources: [
      PROBES,
      'https://docs.kernel.org/scheduler/sched-bwc.html',
      'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/',
    ],
    theme: 'media',
    truth: truthOf('Deployment/social/graph', ['cpu-throttled'], {
      change: ['Deployment/social/graph', 'resources.limits.cpu'],
    }),
    make: (c) => {
      const w = c.workload('social', 'graph');
      w.roll(
        {
          by: 'argocd-controller',
          minutesAgo: 120,
          fields: ['resources/limits/cpu', 'resources/requests/cpu'],
        },
        (container) => {
          container.resources = {
            requests: { cpu: '20m', memory: '512Mi' },
            limits: { cpu: '30m', memory: '1Gi' },
          };
        },
      );
      killedByProbe(w, {
        minutesAgo: 118,
        probe:
          'Liveness probe failed: Get "http://POD_IP:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        restarts: 11,
        exitCode: 143,
        runsSeconds: 400,
        now: 'running',
        log: [
          `${c.ago(6)}  INFO 1 --- [           main] com.example.Application : Started Application in 312.8 seconds`,
          `${c.ago(3)}  WARN 1 --- [l-1 housekeeper] com.zaxxer.hikari.pool.HikariPool : HikariPool-1 - Thread starvation or clock leap detected (housekeeper delta=48s91ms)`,
        ],
      });
      return c.files('json');
    },
  },
];

function startup(c: Cluster, port: number, started: number, error: string): ReturnType<Cluster['files']> {
  const w = c.workload('shop', 'search');
  w.roll({ by: 'helm', minutesAgo: 37, fields: ['startupProbe'], mode: 'stuck' }, (container) => {
    container.startupProbe = {
      httpGet: { path: '/healthz', port, scheme: 'HTTP' },
      periodSeconds: 5,
      timeoutSeconds: 1,
      successThreshold: 1,
      failureThreshold: 6,
    };
  });
  const line = (minutes: number, text: string): string =>
    `${c.ago(minutes).replace('T', ' ').replace('Z', '.114')}  INFO 1 --- [           main] ${text}`;
  killedByProbe(w, {
    minutesAgo: 36,
    probe: `Startup probe failed: Get "http://POD_IP:${port}/healthz": dial tcp POD_IP:${port}: ${error}`,
    restarts: 9,
    exitCode: 143,
    runsSeconds: 32,
    now: 'back-off',
    log: [
      line(3.1, 'com.example.Application : Starting Application v1.2.6 using Java 21.0.4 with PID 1'),
      ...(started > 0
        ? [
            line(2.9, 'o.s.b.w.embedded.tomcat.TomcatWebServer : Tomcat started on port 8080 (http)'),
            line(2.9, 'com.example.Application : Started Application in 9.3 seconds'),
          ]
        : [
            line(2.9, 'c.e.search.IndexLoader : loading segment 12 of 96'),
            line(2.6, 'c.e.search.IndexLoader : loading segment 31 of 96'),
          ]),
    ],
  });
  notReady(w, { minutesAgo: 36 });
  return c.files('must-gather');
}
