import type { DumpFiles } from '../case.ts';
import {
  addressOfService,
  cluster,
  crashing,
  failingClient,
  killedByProbe,
  notReady,
} from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

function frontendRefused(c: Cluster, service: string, sinceMinutesAgo: number): void {
  const address = addressOfService(c, 'shop', service);
  failingClient(c, {
    namespace: 'shop',
    client: 'frontend',
    sinceMinutesAgo,
    lines: [
      `[TIME] ERROR GET / 502 FetchError: request to http://${service}/v1/items failed, reason: connect ECONNREFUSED ${address}`,
      '[TIME] GET /healthz 200 1ms',
    ],
  });
}

const SPRING = ['  .   ____          _            __ _ _', ' :: Spring Boot ::                (v3.3.4)'];

function springLine(c: Cluster, minutes: number, text: string): string {
  return `${c.ago(minutes).replace('Z', '.118Z')}  INFO 1 --- [           main] ${text}`;
}

export const PROBES: Builders = {
  'workload-01': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('shop', 'catalog');
    w.roll({ by: 'kubectl-patch', minutesAgo: 47, fields: ['livenessProbe/httpGet/port'] }, (container) => {
      if (container.livenessProbe?.httpGet !== undefined) container.livenessProbe.httpGet.port = 8081;
    });
    killedByProbe(w, {
      minutesAgo: 46,
      probe:
        'Liveness probe failed: Get "http://POD_IP:8081/healthz": dial tcp POD_IP:8081: connect: connection refused',
      restarts: 10,
      exitCode: 143,
      runsSeconds: 35,
      now: 'back-off',
      log: [
        `{"level":"info","ts":"${c.ago(3.2)}","msg":"starting server","addr":":8080"}`,
        `{"level":"info","ts":"${c.ago(2.9)}","msg":"request","method":"GET","path":"/v1/items","status":200,"duration_ms":9}`,
        `{"level":"info","ts":"${c.ago(2.5)}","msg":"signal received, shutting down","signal":"terminated"}`,
      ],
    });
    frontendRefused(c, 'catalog', 44);
    return c.files('json');
  },
  'workload-01b': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('shop', 'catalog');
    killedByProbe(w, {
      minutesAgo: 58,
      probe:
        'Liveness probe failed: Get "http://POD_IP:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      restarts: 5,
      exitCode: 137,
      runsSeconds: 340,
      now: 'back-off',
      log: [
        `{"level":"info","ts":"${c.ago(8.2)}","msg":"starting server","addr":":8080"}`,
        `{"level":"info","ts":"${c.ago(6.4)}","msg":"request","method":"GET","path":"/v1/items","status":200,"duration_ms":11}`,
        ...[3.4, 3.2, 3, 2.8].map(
          (minutes) =>
            `${c.ago(minutes).slice(0, 19).replaceAll('-', '/').replace('T', ' ')} http: Accept error: accept tcp [::]:8080: accept4: too many open files; retrying in 1s`,
        ),
        `{"level":"error","ts":"${c.ago(2.7)}","msg":"reading template failed","error":"open /app/templates/item.tmpl: too many open files"}`,
      ],
    });
    frontendRefused(c, 'catalog', 50);
    return c.files('json');
  },
  'workload-09': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'metadata');
    const started = (minutes: number): string =>
      springLine(
        c,
        minutes,
        'com.example.Application                  : Started Application in 88.214 seconds (process running for 90.7)',
      );
    for (const pod of w.pods)
      c.log({ namespace: 'media', pod: pod.metadata.name, container: 'metadata' }, [
        ...SPRING,
        started(5760),
      ]);
    w.roll(
      {
        by: 'argocd-controller',
        minutesAgo: 39,
        fields: ['livenessProbe/initialDelaySeconds'],
        mode: 'stuck',
      },
      (container) => {
        if (container.livenessProbe !== undefined) container.livenessProbe.initialDelaySeconds = 10;
      },
    );
    killedByProbe(w, {
      minutesAgo: 38,
      probe:
        'Liveness probe failed: Get "http://POD_IP:8080/healthz": dial tcp POD_IP:8080: connect: connection refused',
      restarts: 8,
      exitCode: 143,
      runsSeconds: 40,
      now: 'back-off',
      log: [
        ...SPRING,
        springLine(
          c,
          3.2,
          'com.example.Application                  : Starting Application v2.9.7 using Java 21.0.4 with PID 1',
        ),
        springLine(
          c,
          3,
          '.s.d.r.c.RepositoryConfigurationDelegate : Bootstrapping Spring Data JPA repositories in DEFAULT mode.',
        ),
        springLine(
          c,
          2.8,
          'o.hibernate.jpa.internal.util.LogHelper  : HHH000204: Processing PersistenceUnitInfo [name: default]',
        ),
        springLine(c, 2.6, 'c.e.m.index.IndexLoader                  : loading index segment 41 of 96'),
      ],
    });
    return c.files('must-gather');
  },
  'workload-09b': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'metadata');
    w.roll(
      {
        by: 'kubectl-patch',
        minutesAgo: 52,
        fields: ['resources/limits/cpu', 'resources/requests/cpu'],
        mode: 'stuck',
      },
      (container) => {
        container.resources = {
          requests: { cpu: '20m', memory: '512Mi' },
          limits: { cpu: '30m', memory: '1Gi' },
        };
      },
    );
    killedByProbe(w, {
      minutesAgo: 50,
      probe:
        'Liveness probe failed: Get "http://POD_IP:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
      restarts: 6,
      exitCode: 137,
      runsSeconds: 150,
      now: 'back-off',
      log: [
        ...SPRING,
        springLine(
          c,
          5.6,
          'com.example.Application                  : Starting Application v2.9.7 using Java 21.0.4 with PID 1',
        ),
        springLine(
          c,
          4.4,
          'o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat initialized with port 8080 (http)',
        ),
        `${c.ago(3.1).replace('Z', '.402Z')}  WARN 1 --- [l-1 housekeeper] com.zaxxer.hikari.pool.HikariPool        : HikariPool-1 - Thread starvation or clock leap detected (housekeeper delta=1m14s892ms).`,
      ],
    });
    return c.files('must-gather');
  },
  'workload-12': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('shop', 'search');
    w.roll(
      { by: 'helm', minutesAgo: 28, fields: ['readinessProbe/httpGet/path'], mode: 'recreate' },
      (container) => {
        if (container.readinessProbe?.httpGet !== undefined)
          container.readinessProbe.httpGet.path = '/actuator/health/readyness';
      },
    );
    notReady(w, {
      minutesAgo: 28,
      probe: 'Readiness probe failed: HTTP probe failed with statuscode: 404',
      count: 164,
      log: [
        ...SPRING,
        springLine(
          c,
          27.2,
          "o.s.b.w.embedded.tomcat.TomcatWebServer  : Tomcat started on port 8080 (http) with context path '/'",
        ),
        springLine(
          c,
          27.1,
          'com.example.Application                  : Started Application in 39.8 seconds (process running for 41.6)',
        ),
      ],
    });
    frontendRefused(c, 'search', 27);
    return c.files('cluster-info');
  },
  'workload-12b': (id) => {
    const c = cluster(id, 'retail');
    c.workload('shop', 'opensearch').scale(0, 'kubectl-scale', 83);
    const address = addressOfService(c, 'shop', 'opensearch');
    const line = (minutes: number): string =>
      `${c.ago(minutes).replace('Z', '.551Z')} ERROR 1 --- [nio-8080-exec-2] c.e.search.health.StoreHealthIndicator    : store health check failed: java.net.ConnectException: Connection refused: opensearch/${address}`;
    const w = c.workload('shop', 'search');
    notReady(w, {
      minutesAgo: 82,
      probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      count: 488,
      pods: w.pods,
      log: [...SPRING, ...[81, 60, 30, 10, 1].map(line)],
    });
    frontendRefused(c, 'search', 80);
    return c.files('json');
  },
  'workload-13': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('shop', 'recommendations');
    w.roll(
      {
        by: 'kubectl-client-side-apply',
        minutesAgo: 21,
        fields: [
          'spec/template/spec/containers/{metrics}/image',
          'spec/template/spec/containers/{metrics}/args',
        ],
        mode: 'stuck',
      },
      (container, template) => {
        const sidecar = structuredClone(container);
        sidecar.name = 'metrics';
        sidecar.image = 'prom/statsd-exporter:v0.27.1';
        sidecar.args = ['--web.listen-address=:9090', '--statsd.listen-udp=:9125'];
        sidecar.ports = [{ name: 'metrics', containerPort: 9090, protocol: 'TCP' }];
        sidecar.env = [];
        delete sidecar.livenessProbe;
        delete sidecar.readinessProbe;
        template.spec.containers.push(sidecar);
      },
    );
    const second = (minutes: number): string => c.ago(minutes).slice(0, 19).replace('T', ' ');
    crashing(w, {
      exitCode: 1,
      minutesAgo: 20,
      runsSeconds: 6,
      restarts: 8,
      log: [
        `[${second(2.6)} +0000] [1] [INFO] Starting gunicorn 22.0.0`,
        `[${second(2.6)} +0000] [1] [ERROR] Connection in use: ('0.0.0.0', 9090)`,
        `[${second(2.6)} +0000] [1] [ERROR] Retrying in 1 second.`,
        `[${second(2.5)} +0000] [1] [ERROR] Connection in use: ('0.0.0.0', 9090)`,
        `[${second(2.5)} +0000] [1] [ERROR] Can't connect to ('0.0.0.0', 9090)`,
      ],
    });
    return c.files('cluster-info');
  },
};
