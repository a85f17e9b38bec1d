import { addApp, crashing, notReady, python, say, waiting } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

const IMAGES = 'pkg/kubelet/images/image_manager.go';

export const THIRD_RUNS: readonly OpenCase[] = [
  {
    id: 'open-third-pull-never',
    title: 'a DaemonSet must not pull its image, which only the node has on which it was built',
    sources: [IMAGES, 'https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy'],
    theme: 'retail',
    truth: truthOf('DaemonSet/ops/node-helper', ['image-never-pulled'], {
      change: ['DaemonSet/ops/node-helper', 'image'],
    }),
    make: (c) => {
      const image = 'localhost/node-helper:dev';
      const w = addApp(c, {
        namespace: 'ops',
        name: 'node-helper',
        kind: 'DaemonSet',
        image: 'registry.example.com/ops/node-helper:0.3.0',
        port: 9300,
        servicePort: null,
      });
      w.roll({ by: 'kubectl-patch', minutesAgo: 47, fields: ['image', 'imagePullPolicy'] }, (container) => {
        container.image = image;
        container.imagePullPolicy = 'Never';
      });
      const message = `Container image "${image}" is not present with pull policy of Never`;
      waiting(w, {
        reason: 'ErrImageNeverPull',
        message,
        minutesAgo: 47,
        pods: w.fresh.slice(0, 2),
        warnings: [
          ['ErrImageNeverPull', message, 212],
          ['Failed', 'Error: ErrImageNeverPull', 212],
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-third-image-capital',
    title: "a pipeline wrote the branch's name with capitals into the name of an image",
    sources: [IMAGES, 'https://github.com/distribution/reference/blob/main/reference.go'],
    theme: 'media',
    truth: truthOf('Deployment/labs/playground', ['image-name-invalid'], {
      change: ['Deployment/labs/playground', 'image'],
    }),
    make: (c) => {
      const image = 'ghcr.io/example/Labs/playground:feature-7';
      const w = addApp(c, {
        namespace: 'labs',
        name: 'playground',
        image: 'ghcr.io/example/labs/playground:1.4.0',
        port: 8000,
      });
      w.roll({ by: 'gitlab-agent', minutesAgo: 23, fields: ['image'], mode: 'stuck' }, (container) => {
        container.image = image;
      });
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format: repository name (example/Labs/playground) must be lowercase`;
      waiting(w, {
        reason: 'InvalidImageName',
        message,
        minutesAgo: 23,
        warnings: [
          ['InspectFailed', message, 104],
          ['Failed', 'Error: InvalidImageName', 104],
        ],
      });
      return c.files('text');
    },
  },
  {
    id: 'open-third-background',
    title: "a server is started in the background, so the container's first process ends with success",
    sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy'],
    theme: 'retail',
    truth: truthOf('Deployment/ops/relay', ['completes-instead-of-running'], {
      effects: ['Service/ops/relay'],
      change: ['Deployment/ops/relay', 'command'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'ops',
        name: 'relay',
        image: 'registry.example.com/ops/relay:2.2.0',
        port: 2525,
        portName: 'smtp',
      });
      w.roll({ by: 'kubectl-edit', minutesAgo: 31, fields: ['command'] }, (container) => {
        container.command = ['/bin/sh', '-c', 'relayd --listen :2525 --daemonize'];
      });
      crashing(w, {
        exitCode: 0,
        reason: 'Completed',
        minutesAgo: 31,
        restarts: 11,
        runsSeconds: 1,
        log: ['relayd 2.2.0: configuration read', 'relayd 2.2.0: going to the background as process 9'],
      });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-third-avx',
    title: 'a library uses instructions that the processors of this node do not know',
    sources: [
      'https://github.com/tensorflow/tensorflow/issues/17411',
      'https://man7.org/linux/man-pages/man7/signal.7.html (SIGILL)',
    ],
    theme: 'media',
    truth: truthOf('Deployment/labs/embeddings', ['illegal-instruction'], {
      effects: ['Service/labs/embeddings'],
      change: ['Deployment/labs/embeddings', 'image'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'labs',
        name: 'embeddings',
        image: 'ghcr.io/example/embeddings:0.8.2',
        port: 8000,
      });
      w.roll({ by: 'kubectl-set', minutesAgo: 39, fields: ['image'] }, (container) => {
        container.image = 'ghcr.io/example/embeddings:0.9.0';
      });
      crashing(w, {
        exitCode: 132,
        minutesAgo: 39,
        runsSeconds: 5,
        log: [
          python(c, 2.6, 'INFO', 'loading model minilm-l6'),
          python(c, 2.55, 'INFO', 'torch 2.5.0, 8 threads'),
        ],
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-third-tiny-limit',
    title:
      'somebody wrote a memory limit in millibytes rather than mebibytes, so the container is not even started',
    sources: [
      'https://github.com/opencontainers/runc/blob/main/libcontainer/process_linux.go (container init was OOM-killed)',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/ops/echo', ['oom-at-start'], {
      change: ['Deployment/ops/echo', 'resources.limits.memory'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'ops',
        name: 'echo',
        image: 'registry.example.com/ops/echo:1.0.4',
        port: 8080,
      });
      w.roll(
        {
          by: 'kubectl-edit',
          minutesAgo: 15,
          fields: ['resources/limits/memory', 'resources/requests/memory'],
        },
        (container) => {
          container.resources = {
            requests: { cpu: '100m', memory: '64m' },
            limits: { cpu: '1', memory: '128m' },
          };
        },
      );
      crashing(w, {
        exitCode: 128,
        reason: 'StartError',
        minutesAgo: 15,
        restarts: 7,
        message:
          'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown',
        log: [],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-third-impatient-readiness',
    title:
      'a readiness probe waits one second for a check that takes a little longer, so the Service has nobody',
    sources: [
      'https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/',
      'net/http/client.go (Client.Timeout exceeded while awaiting headers)',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/shop/recommendations', ['readiness-probe-too-strict'], {
      effects: ['Service/shop/recommendations', 'Deployment/shop/frontend'],
      change: ['Deployment/shop/recommendations', 'readinessProbe'],
    }),
    make: (c) => {
      const w = c.workload('shop', 'recommendations');
      w.roll(
        {
          by: 'kubectl-client-side-apply',
          minutesAgo: 57,
          fields: ['readinessProbe/timeoutSeconds', 'readinessProbe/failureThreshold'],
        },
        (container) => {
          container.readinessProbe = {
            httpGet: { path: '/ready', port: 9090, scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 5,
            successThreshold: 1,
            failureThreshold: 1,
          };
        },
      );
      notReady(w, {
        minutesAgo: 56,
        count: 640,
        probe:
          'Readiness probe failed: Get "http://POD_IP:9090/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        log: [4, 3, 2, 1, 0.5].map((minutes) =>
          python(c, minutes, 'INFO', 'GET /ready 200 OK in 1.38 s (model index checked)'),
        ),
      });
      say(
        c.workload('shop', 'frontend'),
        [40, 21, 3].map(
          (minutes) =>
            `{"level":50,"time":"${c.ago(minutes)}","msg":"recommendations: connect ECONNREFUSED"}`,
        ),
      );
      return c.files('yaml');
    },
  },
];
