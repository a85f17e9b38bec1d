import {
  addApp,
  crashing,
  notReady,
  say,
  slog,
  forgetEvents,
  nginxError,
  withoutLogs,
} from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

type Files = ReturnType<Cluster['files']>;

function workersKilled(c: Cluster): Files {
  const w = addApp(c, {
    namespace: 'press',
    name: 'articles',
    image: 'registry.example.com/press/articles:5.6.1-fpm',
    port: 9000,
    portName: 'fastcgi',
    replicas: 2,
    container: { readinessProbe: { tcpSocket: { port: 9000 }, periodSeconds: 10 } },
  });
  const web = addApp(c, {
    namespace: 'press',
    name: 'front',
    image: 'nginx:1.27.2-alpine',
    port: 80,
    env: { FASTCGI: 'articles:9000' },
  });
  w.roll({ by: 'kubectl-patch', minutesAgo: 190, fields: ['resources/limits/memory'] }, (container) => {
    container.resources = {
      requests: { cpu: '100m', memory: '64Mi' },
      limits: { cpu: '1', memory: '96Mi' },
    };
  });
  const fpm = (minutes: number): string =>
    new Date(c.nowMs - minutes * 60_000).toUTCString().slice(5, 25).replace(' ', '-').replace(' ', '-');
  say(w, [
    `[${fpm(189)}] NOTICE: fpm is running, pid 1`,
    `[${fpm(189)}] NOTICE: ready to handle connections`,
    ...[160, 92, 41, 12, 3].flatMap((minutes) => [
      `[${fpm(minutes)}] WARNING: [pool www] child ${400 - minutes} exited on signal 9 (SIGKILL) after 38.112040 seconds from start`,
      `[${fpm(minutes)}] NOTICE: [pool www] child ${401 - minutes} started`,
    ]),
  ]);
  say(
    web,
    [41, 12, 3].map((minutes) =>
      nginxError(
        c,
        minutes,
        'error',
        '29#29: *8813 upstream prematurely closed FastCGI stdout while reading response header from upstream, client: 10.244.1.3, server: _, request: "GET /archive HTTP/1.1", upstream: "fastcgi://articles:9000", host: "press.example.com"',
      ),
    ),
  );
  for (const pod of w.pods) {
    const node = c.node(pod.spec.nodeName ?? '');
    c.event(node, {
      type: 'Warning',
      reason: 'OOMKilling',
      message:
        'Memory cgroup out of memory: Killed process 184312 (php-fpm) total-vm:412880kB, anon-rss:88416kB, file-rss:9216kB, shmem-rss:0kB, UID:33 pgtables:612kB oom_score_adj:996',
      count: 4,
      sinceMinutesAgo: 52,
      minutesAgo: 3,
      component: 'kernel-monitor',
      host: node.metadata.name,
    });
  }
  return c.files('cluster-info');
}

export const SECOND_RUNS: readonly OpenCase[] = [
  {
    id: 'open-second-fpm',
    title: "workers of a PHP program are killed at the container's memory limit; its first process lives on",
    sources: [
      'https://github.com/kubernetes/kubernetes/issues/78973',
      'https://github.com/kubernetes/node-problem-detector/blob/master/config/kernel-monitor.json',
      'https://github.com/php/php-src/issues/15161',
    ],
    theme: 'media',
    truth: truthOf('Deployment/press/articles', ['oom-child-process'], {
      effects: ['Deployment/press/front'],
      change: ['Deployment/press/articles', 'resources.limits.memory'],
    }),
    make: workersKilled,
  },
  {
    id: 'open-second-probe-binary',
    title: 'a readiness probe runs a program that the slimmer image does not hold any more',
    sources: [
      'pkg/kubelet/prober/prober.go (Readiness probe errored)',
      'https://github.com/grpc-ecosystem/grpc-health-probe',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/market/quotes', ['readiness-probe-failing'], {
      change: ['Deployment/market/quotes', 'image'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'market',
        name: 'quotes',
        image: 'registry.example.com/market/quotes:2.9.0',
        port: 50_051,
        portName: 'grpc',
        replicas: 3,
        container: {
          readinessProbe: {
            exec: { command: ['/bin/grpc_health_probe', '-addr=:50051'] },
            timeoutSeconds: 2,
            periodSeconds: 10,
            failureThreshold: 3,
          },
        },
      });
      w.roll({ by: 'argocd-controller', minutesAgo: 44, fields: ['image'], mode: 'stuck' }, (container) => {
        container.image = 'registry.example.com/market/quotes:3.0.0-slim';
      });
      notReady(w, {
        minutesAgo: 44,
        count: 262,
        probe: `Readiness probe errored: rpc error: code = Unknown desc = failed to exec in container: failed to start exec "${c.dice.hex(64)}": OCI runtime exec failed: exec failed: unable to start container process: exec: "/bin/grpc_health_probe": stat /bin/grpc_health_probe: no such file or directory: unknown`,
        log: [slog(c, 43.9, { msg: 'serving', addr: '[::]:50051', version: '3.0.0' })],
      });
      return c.files('text');
    },
  },
  {
    id: 'open-second-heap-limit',
    title:
      "a search engine's memory limit was set to the size of its heap; no log was taken, and Events are gone",
    sources: [
      'https://www.elastic.co/guide/en/elasticsearch/reference/8.15/advanced-configuration.html#set-jvm-heap-size',
      'https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/',
    ],
    theme: 'retail',
    truth: truthOf('StatefulSet/catalogue/es', ['oom-container-limit', 'oom-killed'], {
      effects: ['Service/catalogue/es', 'Deployment/catalogue/browse'],
      change: ['StatefulSet/catalogue/es', 'resources.limits.memory'],
    }),
    make: (c) => {
      const es = addApp(c, {
        namespace: 'catalogue',
        name: 'es',
        kind: 'StatefulSet',
        image: 'docker.elastic.co/elasticsearch/elasticsearch:8.15.3',
        port: 9200,
        replicas: 3,
        env: { ES_JAVA_OPTS: '-Xms2g -Xmx2g' },
        container: {
          resources: { requests: { cpu: '500m', memory: '4Gi' }, limits: { memory: '4Gi' } },
          readinessProbe: { tcpSocket: { port: 9200 }, periodSeconds: 10 },
        },
      });
      const browse = addApp(c, {
        namespace: 'catalogue',
        name: 'browse',
        image: 'registry.example.com/catalogue/browse:1.1.9',
        port: 8080,
        replicas: 2,
        env: { SEARCH_URL: 'http://es:9200' },
      });
      es.roll(
        {
          by: 'argocd-controller',
          minutesAgo: 160,
          fields: ['resources/limits/memory', 'resources/requests/memory'],
        },
        (container) => {
          container.resources = { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '2Gi' } };
        },
      );
      crashing(es, {
        exitCode: 137,
        reason: 'OOMKilled',
        minutesAgo: 140,
        restarts: 15,
        runsSeconds: 190,
        log: [],
      });
      notReady(browse, {
        minutesAgo: 131,
        pods: browse.pods,
        probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      forgetEvents(c);
      return withoutLogs(c.files('json'));
    },
  },
];
