import { addApp, crashing, killedByProbe, python, slog, spring } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

const PROBER = 'pkg/kubelet/prober/prober.go';
const SPAN = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 };

export const THIRD_STARTS: readonly OpenCase[] = [
  {
    id: 'open-third-heartbeat',
    title: "a worker's liveness probe reads a file of life that the worker writes elsewhere",
    sources: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
      PROBER,
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/encoder', ['liveness-probe-wrong-path', 'liveness-probe-failing'], {
      change: ['Deployment/media/encoder', 'livenessProbe.exec.command'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'media',
        name: 'encoder',
        image: 'ghcr.io/example/encoder:4.2.0',
        port: 9102,
        servicePort: null,
        replicas: 2,
      });
      w.roll({ by: 'kubectl-edit', minutesAgo: 52, fields: ['livenessProbe/exec/command'] }, (container) => {
        container.livenessProbe = { exec: { command: ['cat', '/tmp/alive'] }, ...SPAN };
      });
      killedByProbe(w, {
        minutesAgo: 52,
        probe: "Liveness probe failed: cat: can't open '/tmp/alive': No such file or directory\n",
        restarts: 11,
        exitCode: 143,
        runsSeconds: 40,
        now: 'running',
        log: [
          python(c, 1.1, 'INFO', 'encoder 4.2.0: heartbeat every 5 s in /run/encoder/alive'),
          python(c, 1, 'INFO', 'job 88213 taken'),
          python(c, 0.6, 'INFO', 'job 88213 done in 21.4 s'),
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-third-heartbeat-b',
    twinOf: 'open-third-heartbeat',
    title:
      'the worker writes the file where it is read, but for as long as its queue answers; that was scaled to zero',
    sources: [PROBER, 'https://docs.nats.io/using-nats/developer/connecting/reconnect'],
    theme: 'media',
    truth: truthOf('StatefulSet/media/nats', ['scaled-to-zero'], {
      effects: ['Service/media/nats', 'Deployment/media/encoder'],
      change: ['StatefulSet/media/nats', 'spec.replicas'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'media',
        name: 'encoder',
        image: 'ghcr.io/example/encoder:4.2.0',
        port: 9102,
        servicePort: null,
        replicas: 2,
        env: { NATS_ADDR: 'nats:4222' },
        container: { livenessProbe: { exec: { command: ['cat', '/run/encoder/alive'] }, ...SPAN } },
      });
      c.workload('media', 'nats').scale(0, 'kubectl-scale', 52);
      killedByProbe(w, {
        minutesAgo: 51,
        probe: "Liveness probe failed: cat: can't open '/run/encoder/alive': No such file or directory\n",
        restarts: 11,
        exitCode: 143,
        runsSeconds: 40,
        now: 'running',
        log: [
          python(c, 1.1, 'INFO', 'encoder 4.2.0: heartbeat every 5 s in /run/encoder/alive'),
          ...[1, 0.8, 0.6].map((minutes) =>
            python(
              c,
              minutes,
              'ERROR',
              "nats: encountered error: ConnectionRefusedError: [Errno 111] Connect call failed ('nats', 4222); no heartbeat while disconnected",
            ),
          ),
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-third-liveness-https',
    title: 'a liveness probe speaks TLS to a port that speaks none',
    sources: [PROBER, 'net/http/client.go (server gave HTTP response to HTTPS client)'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/search', ['liveness-probe-wrong-protocol'], {
      effects: ['Service/shop/search', 'Deployment/shop/frontend'],
      change: ['Deployment/shop/search', 'livenessProbe.httpGet.scheme'],
    }),
    make: (c) => {
      const w = c.workload('shop', 'search');
      w.roll(
        { by: 'argocd-controller', minutesAgo: 38, fields: ['livenessProbe/httpGet/scheme'] },
        (container) => {
          container.livenessProbe = {
            httpGet: { path: '/healthz', port: 8080, scheme: 'HTTPS' },
            ...SPAN,
            initialDelaySeconds: 30,
          };
        },
      );
      killedByProbe(w, {
        minutesAgo: 37,
        probe:
          'Liveness probe failed: Get "https://POD_IP:8080/healthz": http: server gave HTTP response to HTTPS client',
        restarts: 8,
        exitCode: 143,
        runsSeconds: 61,
        now: 'back-off',
        log: [
          spring(c, 4, {
            logger: 'o.s.b.w.embedded.tomcat.TomcatWebServer',
            text: "Tomcat started on port 8080 (http) with context path '/'",
          }),
          spring(c, 3.9, {
            logger: 'c.e.search.SearchApplication',
            text: 'Started SearchApplication in 9.312 seconds (process running for 10.1)',
          }),
          spring(c, 3.1, {
            logger: 'o.s.b.w.e.tomcat.GracefulShutdown',
            thread: 'SpringApplicationShutdownHook',
            text: 'Commencing graceful shutdown. Waiting for active requests to complete',
          }),
        ],
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-third-liveness-port',
    title:
      "a new version's administration listens on another port, and its liveness probe knocks at the old one",
    sources: [PROBER],
    theme: 'media',
    truth: truthOf('StatefulSet/geo/tiles', ['liveness-probe-wrong-port'], {
      change: ['StatefulSet/geo/tiles', 'image'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'geo',
        name: 'tiles',
        kind: 'StatefulSet',
        image: 'ghcr.io/example/tiles:1.9.3',
        port: 7000,
        portName: 'tiles',
        replicas: 2,
        container: {
          readinessProbe: { tcpSocket: { port: 7000 }, ...SPAN },
          livenessProbe: { tcpSocket: { port: 7001 }, ...SPAN, initialDelaySeconds: 10 },
        },
      });
      w.roll({ by: 'kubectl-set', minutesAgo: 66, fields: ['image'] }, (container) => {
        container.image = 'ghcr.io/example/tiles:2.0.0';
      });
      killedByProbe(w, {
        minutesAgo: 65,
        probe: 'Liveness probe failed: dial tcp POD_IP:7001: connect: connection refused',
        restarts: 13,
        exitCode: 0,
        runsSeconds: 42,
        now: 'running',
        log: [
          slog(c, 0.5, { msg: 'tiles 2.0.0' }),
          slog(c, 0.5, { msg: 'serving tiles', address: ':7000' }),
          slog(c, 0.5, { msg: 'admin (was :7001 before 2.0)', address: ':7070' }),
        ],
      });
      return c.files('text');
    },
  },
  {
    id: 'open-third-working-directory',
    title: 'a program is started in a directory that the image does not have, so it finds nothing there',
    sources: [
      'https://github.com/opencontainers/runc/blob/main/libcontainer/rootfs_linux.go (makes the working directory)',
      'https://nodejs.org/api/errors.html#module_not_found',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/intranet/wiki', ['working-directory-missing', 'file-missing'], {
      effects: ['Service/intranet/wiki'],
      change: ['Deployment/intranet/wiki', 'workingDir'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'intranet',
        name: 'wiki',
        image: 'registry.example.com/intranet/wiki:3.0.1',
        port: 3000,
        container: { args: ['node', 'server.js'] },
      });
      w.roll({ by: 'helm', minutesAgo: 25, fields: ['workingDir'] }, (container) => {
        container['workingDir'] = '/srv/wikis';
      });
      crashing(w, {
        exitCode: 1,
        minutesAgo: 25,
        log: [
          'node:internal/modules/cjs/loader:1228',
          '  throw err;',
          '  ^',
          '',
          "Error: Cannot find module '/srv/wikis/server.js'",
          '    at Function._resolveFilename (node:internal/modules/cjs/loader:1225:15)',
          '    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:170:5)',
          '    at node:internal/main/run_main_module:36:49 {',
          "  code: 'MODULE_NOT_FOUND',",
          '  requireStack: []',
          '}',
          '',
          'Node.js v22.9.0',
        ],
      });
      return c.files('yaml');
    },
  },
];
