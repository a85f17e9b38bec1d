import {
  addApp,
  addJob,
  addJobPod,
  cluster,
  crashing,
  failingClient,
  addressOfService,
  killedByProbe,
  makeContainer,
  python,
  runcError,
  spring,
  stuckInInit,
} from '../../builders/index.ts';
import type { Cluster } from '../../builders/index.ts';
import type { DumpFiles } from '../../case.ts';
import type { Builders } from '../rows.ts';

const TOMCAT = 'o.s.b.w.embedded.tomcat.TomcatWebServer';

/** A Spring program of which liveness is asked at `port`; it listens at 8081. */
function fares(
  id: string,
  at: { port: number; image: string; by: string; fields: string[]; log: (c: Cluster) => string[] },
): DumpFiles {
  const c = cluster(id, 'retail');
  const { port, image, by, fields } = at;
  addApp(c, {
    namespace: 'travel',
    name: 'booking',
    image: 'registry.example.com/travel/booking:3.8.1',
    port: 8080,
    servicePort: 80,
    replicas: 2,
    env: { FARES_URL: 'http://fares:8081', LISTEN: ':8080' },
  });
  const http = (path: string, of: number): object => ({
    httpGet: { path: `/actuator/health/${path}`, port: of, scheme: 'HTTP' },
    initialDelaySeconds: 20,
    timeoutSeconds: 2,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  const w = addApp(c, {
    namespace: 'travel',
    name: 'fares',
    image: 'registry.example.com/travel/fares:5.1.0',
    port: 8081,
    replicas: 2,
    env: { SERVER_PORT: '8081', SPRING_PROFILES_ACTIVE: 'prod' },
    container: { livenessProbe: http('liveness', 8081), readinessProbe: http('readiness', 8081) },
  });
  w.roll({ by, minutesAgo: 26, fields, mode: 'recreate' }, (container) => {
    container.image = image;
    container.livenessProbe = http('liveness', port);
  });
  killedByProbe(w, {
    minutesAgo: 25,
    probe: `Liveness probe failed: Get "http://POD_IP:${port}/actuator/health/liveness": dial tcp POD_IP:${port}: connect: connection refused`,
    restarts: 8,
    exitCode: 143,
    runsSeconds: 52,
    now: 'back-off',
    log: at.log(c),
  });
  failingClient(c, {
    namespace: 'travel',
    client: 'booking',
    sinceMinutesAgo: 24,
    lines: [
      `{"time":"TIME","level":"ERROR","msg":"quote failed","error":"Post \\"http://fares:8081/quotes\\": dial tcp ${addressOfService(c, 'travel', 'fares')}: connect: connection refused"}`,
    ],
  });
  return c.files('json');
}

function migration(id: string): DumpFiles {
  const c = cluster(id, 'media');
  const w = addApp(c, {
    namespace: 'clinic',
    name: 'records',
    image: 'ghcr.io/example/clinic-records:2026.9.0',
    port: 8080,
    replicas: 2,
    container: { resources: { requests: { cpu: '200m', memory: '512Mi' }, limits: { memory: '1Gi' } } },
  });
  const job = addJob(c, {
    namespace: 'clinic',
    name: 'records-migrate-7',
    image: 'ghcr.io/example/clinic-records:2026.9.4',
    minutesAgo: 51,
    spec: { backoffLimit: 3 },
    container: { args: ['--migrate-only'] },
  });
  for (const [minutesAgo, seconds] of [
    [51, 14],
    [50.4, 12],
    [49.6, 13],
    [48.1, 12],
  ] as const) {
    const pod = addJobPod(c, job, { minutesAgo, seconds, exitCode: 1 });
    const at = (text: string, level: 'INFO' | 'ERROR' = 'INFO'): string =>
      spring(c, minutesAgo - seconds / 60, { level, logger: 'o.f.core.internal.command.DbValidate', text });
    c.log({ namespace: 'clinic', pod: pod.metadata.name, container: 'main' }, [
      at('Database: jdbc:postgresql://db.example.com:5432/records (PostgreSQL 15.8)'),
      at('Application run failed', 'ERROR'),
      'org.flywaydb.core.api.exception.FlywayValidateException: Validate failed: Migrations have failed validation',
      'Migration checksum mismatch for migration version 6',
      '-> Applied to database : -1419870862',
      '-> Resolved locally    : 771405536',
      'Either revert the changes to the migration, or run repair to update the schema history.',
      '\tat org.flywaydb.core.Flyway.lambda$migrate$0(Flyway.java:155)',
    ]);
  }
  const end = c.ago(47.8);
  const message = 'Job has reached the specified backoff limit';
  const reason = 'BackoffLimitExceeded';
  job.status = {
    failed: 4,
    ready: 0,
    terminating: 0,
    startTime: c.ago(51),
    uncountedTerminatedPods: {},
    conditions: [
      { type: 'Failed', status: 'True', reason, message, lastProbeTime: end, lastTransitionTime: end },
    ],
  };
  c.event(job, { type: 'Warning', reason, message, minutesAgo: 47.8, component: 'job-controller' });
  w.roll({ by: 'helm', minutesAgo: 51, fields: ['image'], mode: 'stuck' }, (container, template) => {
    container.image = 'ghcr.io/example/clinic-records:2026.9.4';
    template.spec.initContainers = [
      makeContainer('schema', 'bitnami/kubectl:1.29.8', {
        args: ['wait', '--for=condition=complete', 'job/records-migrate-7', '--timeout=3600s'],
      }),
    ];
  });
  for (const pod of w.fresh) stuckInInit(w, pod, { minutesAgo: 51, log: [] });
  return c.files('yaml');
}

function shipper(id: string): DumpFiles {
  const c = cluster(id, 'retail');
  const image = 'cr.fluentbit.io/fluent/fluent-bit:3.1.6';
  const input = (key: string): string =>
    `[INPUT]\n    Name tail\n    Path /var/log/app/*.log\n    ${key} java\n[OUTPUT]\n    Name es\n    Host logs.example.com\n`;
  const w = addApp(c, {
    namespace: 'clinic',
    name: 'appointments',
    image: 'registry.example.com/clinic/appointments:1.40.2',
    port: 8000,
    replicas: 3,
  });
  w.template.spec.containers.push(
    makeContainer('shipper', image, {
      resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '64Mi' } },
      volumeMounts: [{ name: 'shipper', mountPath: '/fluent-bit/etc' }],
    }),
  );
  w.template.spec.volumes = [{ name: 'shipper', configMap: { name: 'shipper-config', defaultMode: 420 } }];
  const map = c.configMap('clinic', 'shipper-config', { 'fluent-bit.conf': input('multiline.parsers') });
  c.changed(map, { by: 'kubectl-edit', minutesAgo: 44, fields: ['data/fluent-bit.conf'] });
  w.roll(
    {
      by: 'kubectl-rollout',
      minutesAgo: 41,
      fields: ['spec/template/metadata/annotations'],
      mode: 'recreate',
    },
    (_, template) => {
      template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(41) };
    },
  );
  const at = c.ago(2.6).replace('T', ' ').replace('Z', '').replaceAll('-', '/');
  crashing(w, {
    container: 'shipper',
    exitCode: 255,
    minutesAgo: 41,
    restarts: 12,
    runsSeconds: 1,
    log: [
      'Fluent Bit v3.1.6',
      '* https://fluentbit.io',
      '',
      `[${at}] [error] [config] tail: unknown configuration property 'multiline.parsers'. The following properties are allowed: path, exclude_path, key, read_from_head, refresh_interval, watcher_interval, rotate_wait, and multiline.parser.`,
      `[${at}] [ help] try the command: /fluent-bit/bin/fluent-bit -i tail -h`,
      `[${at}] [error] [engine] input initialization failed`,
    ],
  });
  for (const pod of w.pods)
    c.log({ namespace: 'clinic', pod: pod.metadata.name, container: 'appointments' }, [
      python(c, 40.8, 'INFO', 'uvicorn.error Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)'),
    ]);
  return c.files('must-gather');
}

export const START: Builders = {
  'second-workload-01': (id) =>
    fares(id, {
      port: 8080,
      image: 'registry.example.com/travel/fares:5.1.0',
      by: 'helm',
      fields: ['livenessProbe/httpGet/port'],
      log: (c) => [
        spring(c, 3.4, { logger: 'c.e.travel.FaresApplication', text: 'Starting FaresApplication v5.1.0' }),
        spring(c, 3.2, { logger: TOMCAT, text: "Tomcat started on port 8081 (http) with context path '/'" }),
        spring(c, 3.2, {
          logger: 'c.e.travel.FaresApplication',
          text: 'Started FaresApplication in 9.871 seconds (process running for 10.6)',
        }),
        spring(c, 2.6, {
          logger: 'o.s.b.w.e.tomcat.GracefulShutdown',
          thread: 'ionShutdownHook',
          text: 'Commencing graceful shutdown. Waiting for active requests to complete',
        }),
      ],
    }),
  'second-workload-01b': (id) =>
    fares(id, {
      port: 8081,
      image: 'registry.example.com/travel/fares:6.0.0',
      by: 'kubectl-set',
      fields: ['image'],
      log: (c) => [
        spring(c, 3.4, { logger: 'c.e.travel.FaresApplication', text: 'Starting FaresApplication v6.0.0' }),
        spring(c, 3.2, {
          logger: '.s.d.r.c.RepositoryConfigurationDelegate',
          text: 'Bootstrapping Spring Data JPA repositories in DEFAULT mode.',
        }),
        spring(c, 2.9, {
          logger: 'c.e.travel.tariff.TariffTables',
          text: 'building tariff tables: 210 of 977 carriers',
        }),
        spring(c, 2.6, {
          logger: 'c.e.travel.tariff.TariffTables',
          text: 'building tariff tables: 344 of 977 carriers',
        }),
      ],
    }),
  'second-workload-02': (id) => {
    const c = cluster(id, 'retail');
    const w = addApp(c, {
      namespace: 'telemetry',
      name: 'node-agent',
      kind: 'DaemonSet',
      image: 'registry.example.com/telemetry/node-agent:0.44.0',
      port: 9100,
      servicePort: null,
      portName: 'metrics',
      more: { hostPID: true },
      spec: {
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%', maxSurge: 0 } },
      },
    });
    w.roll(
      { by: 'kubectl-set', minutesAgo: 47, fields: ['resources/limits/memory', 'resources/requests/memory'] },
      (container) => {
        container.resources = {
          requests: { cpu: '20m', memory: '4Mi' },
          limits: { cpu: '200m', memory: '6Mi' },
        };
      },
    );
    crashing(w, {
      exitCode: 128,
      reason: 'StartError',
      minutesAgo: 47,
      restarts: 14,
      log: [],
      message: runcError('container init was OOM-killed (memory limit too low?)'),
    });
    return c.files('text');
  },
  'second-workload-03': migration,
  'second-workload-04': shipper,
};
