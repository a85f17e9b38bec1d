import {
  addApp,
  addressOfService,
  cluster,
  crashing,
  failingClient,
  nginxError,
  notReady,
  say,
  slog,
} from '../../builders/index.ts';
import type { DumpFiles } from '../../case.ts';
import type { Builders } from '../rows.ts';

/** An nginx whose security context was changed. */
function portal(
  id: string,
  at: {
    securityContext: Record<string, unknown>;
    field: string;
    errno: string;
    format: 'cluster-info' | 'yaml';
  },
): DumpFiles {
  const c = cluster(id, 'media');
  const { securityContext, field, errno, format } = at;
  const w = addApp(c, {
    namespace: 'clinic',
    name: 'portal',
    image: 'nginx:1.27.2-alpine',
    port: 80,
    replicas: 2,
  });
  w.roll(
    {
      by: 'argocd-controller',
      minutesAgo: 18,
      fields: [`securityContext/${field}`],
      mode: 'stuck',
    },
    (container) => {
      container.securityContext = securityContext;
    },
  );
  crashing(w, {
    exitCode: 1,
    minutesAgo: 18,
    restarts: 8,
    runsSeconds: 1,
    log: [
      '/docker-entrypoint.sh: /docker-entrypoint.d/ is not empty, will attempt to perform configuration',
      '/docker-entrypoint.sh: Looking for shell scripts in /docker-entrypoint.d/',
      '10-listen-on-ipv6-by-default.sh: info: can not modify /etc/nginx/conf.d/default.conf (read-only file system?)',
      '/docker-entrypoint.sh: Configuration complete; ready for start up',
      ...(field === 'runAsUser'
        ? [
            nginxError(
              c,
              2.6,
              'warn',
              '1#1: the "user" directive makes sense only if the master process runs with super-user privileges, ignored in /etc/nginx/nginx.conf:2',
            ),
          ]
        : []),
      nginxError(c, 2.6, 'emerg', `1#1: mkdir() "/var/cache/nginx/client_temp" failed (${errno})`),
      `nginx: [emerg] mkdir() "/var/cache/nginx/client_temp" failed (${errno})`,
    ],
  });
  return c.files(format);
}

function serviceLink(id: string): DumpFiles {
  const c = cluster(id, 'media');
  const w = addApp(c, {
    namespace: 'travel',
    name: 'itinerary',
    image: 'ghcr.io/example/itinerary:0.19.3',
    port: 8000,
    replicas: 2,
    env: { CACHE_HOST: 'redis-eu.example.com', LOG_LEVEL: 'info' },
  });
  addApp(c, {
    namespace: 'travel',
    name: 'cache',
    image: 'valkey/valkey:8.0.1',
    port: 6379,
    portName: 'redis',
    minutesAgo: 58,
    container: { readinessProbe: { tcpSocket: { port: 6379 }, periodSeconds: 10 } },
  });
  w.roll(
    {
      by: 'kubectl-rollout',
      minutesAgo: 33,
      fields: ['spec/template/metadata/annotations'],
      mode: 'recreate',
    },
    (_, template) => {
      template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(33) };
    },
  );
  const address = addressOfService(c, 'travel', 'cache');
  crashing(w, {
    exitCode: 1,
    minutesAgo: 33,
    restarts: 11,
    runsSeconds: 2,
    log: [
      'Traceback (most recent call last):',
      '  File "/app/itinerary/main.py", line 9, in <module>',
      '    from itinerary.settings import settings',
      '  File "/app/itinerary/settings.py", line 31, in <module>',
      '    cache_port = int(os.environ.get("CACHE_PORT", "6379"))',
      '                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^',
      `ValueError: invalid literal for int() with base 10: 'tcp://${address}'`,
    ],
  });
  return c.files('json');
}

function descriptors(id: string): DumpFiles {
  const c = cluster(id, 'retail');
  const w = addApp(c, {
    namespace: 'telemetry',
    name: 'ingest',
    image: 'registry.example.com/telemetry/ingest:2.3.0',
    port: 4318,
    portName: 'otlp',
    replicas: 2,
    minutesAgo: 16_000,
  });
  addApp(c, {
    namespace: 'telemetry',
    name: 'node-agent',
    kind: 'DaemonSet',
    image: 'registry.example.com/telemetry/node-agent:0.44.0',
    port: 9100,
    servicePort: null,
    env: { OTLP_ENDPOINT: 'http://ingest:4318' },
  });
  notReady(w, {
    minutesAgo: 71,
    count: 425,
    pods: w.pods,
    probe:
      'Readiness probe failed: Get "http://POD_IP:4318/health": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
  });
  const lines = [72, 50, 31, 12, 1].map((minutes) =>
    slog(c, minutes, {
      level: 'ERROR',
      msg: 'http: Accept error: accept tcp [::]:4318: accept4: too many open files; retrying in 1s',
    }),
  );
  say(w, [slog(c, 15_900, { msg: 'serving', addr: ':4318' }), ...lines]);
  failingClient(c, {
    namespace: 'telemetry',
    client: 'node-agent',
    sinceMinutesAgo: 70,
    lines: [
      `TIME\twarn\texporterhelper/retry_sender.go:118\tExporting failed. Will retry the request after interval.\t{"error": "Post \\"http://ingest:4318/v1/metrics\\": dial tcp ${addressOfService(c, 'telemetry', 'ingest')}: connect: connection refused"}`,
    ],
  });
  return c.files('cluster-info');
}

export const RUN: Builders = {
  'second-workload-05': serviceLink,
  'second-workload-06': descriptors,
  'second-workload-07': (id) =>
    portal(id, {
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      field: 'readOnlyRootFilesystem',
      errno: '30: Read-only file system',
      format: 'cluster-info',
    }),
  'second-workload-07b': (id) =>
    portal(id, {
      securityContext: { runAsUser: 1001, allowPrivilegeEscalation: false },
      field: 'runAsUser',
      errno: '13: Permission denied',
      format: 'yaml',
    }),
};
