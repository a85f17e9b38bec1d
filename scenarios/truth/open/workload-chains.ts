import { crashing, failingClient, makeContainer, notReady, waiting } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, truthOf } from './kit.ts';

const ENV = 'pkg/kubelet/kubelet_pods.go (makeEnvironmentVariables)';
const SIDECAR = 'https://istio.io/latest/docs/ops/common-problems/injection/';

/** A workload of which a proxy stands beside the program. */
function withProxy(c: Cluster): ReturnType<Cluster['workload']> {
  const w = c.workload('media', 'api');
  w.roll(
    {
      by: 'kubectl-client-side-apply',
      minutesAgo: 33,
      fields: ['spec/template/spec/containers/{proxy}/image'],
    },
    (_, template) => {
      template.spec.containers.push(
        makeContainer('proxy', 'docker.io/envoyproxy/envoy:v1.31.2', {
          ports: [{ name: 'proxy', containerPort: 15_001, protocol: 'TCP' }],
          readinessProbe: {
            httpGet: { path: '/healthz/ready', port: 15_021, scheme: 'HTTP' },
            periodSeconds: 5,
          },
        }),
      );
    },
  );
  return w;
}

export const CHAINS: readonly OpenCase[] = [
  {
    id: 'open-three-hops',
    title:
      'a key that a database takes its password from is gone from a Secret; two clients one behind the other fail',
    sources: [ENV, 'https://opentelemetry.io/docs/demo/architecture/'],
    theme: 'retail',
    truth: truthOf('Secret/shop/postgres-credentials', ['secret-key-missing'], {
      effects: [
        'StatefulSet/shop/postgres',
        'Service/shop/postgres',
        'Deployment/shop/catalog',
        'Service/shop/catalog',
        'Deployment/shop/frontend',
      ],
      change: ['Secret/shop/postgres-credentials', 'data.password'],
    }),
    make: (c) => {
      const secret = c.get('Secret', 'shop', 'postgres-credentials');
      secret['data'] = { postgres_password: 'UkVEQUNURUQ=' };
      c.changed(secret, { by: 'external-secrets', minutesAgo: 46, fields: ['data/postgres_password'] });
      const db = c.workload('shop', 'postgres');
      db.roll(
        { by: 'kubectl-rollout', minutesAgo: 42, fields: ['spec/template/metadata/annotations'] },
        (_, template) => {
          template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(42) };
        },
      );
      const text = `couldn't find key password in Secret shop/postgres-credentials`;
      waiting(db, {
        reason: 'CreateContainerConfigError',
        message: text,
        minutesAgo: 42,
        warnings: [['Failed', `Error: ${text}`, 190]],
      });
      const catalog = c.workload('shop', 'catalog');
      crashing(catalog, {
        pods: catalog.pods,
        exitCode: 1,
        minutesAgo: 40,
        restarts: 12,
        runsSeconds: 5,
        log: [
          `{"level":"info","ts":"${c.ago(2.7)}","msg":"starting server","addr":":8080"}`,
          `{"level":"fatal","ts":"${c.ago(2.6)}","msg":"no database","error":"dial tcp ${String(c.get('Service', 'shop', 'postgres').spec?.['clusterIP'])}:5432: connect: connection refused"}`,
        ],
      });
      ask(c, {
        namespace: 'shop',
        clients: ['frontend'],
        service: 'catalog',
        trouble: 'refused',
        minutesAgo: 39,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-three-hops-b',
    twinOf: 'open-three-hops',
    title: 'the database is well and does not take the password of its client',
    sources: ['https://www.postgresql.org/docs/current/client-authentication-problems.html'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/catalog', ['authentication-failed'], {
      effects: ['Service/shop/catalog', 'Deployment/shop/frontend'],
    }),
    make: (c) => {
      const catalog = c.workload('shop', 'catalog');
      crashing(catalog, {
        pods: catalog.pods,
        exitCode: 1,
        minutesAgo: 40,
        restarts: 12,
        runsSeconds: 5,
        log: [
          `{"level":"info","ts":"${c.ago(2.7)}","msg":"starting server","addr":":8080"}`,
          `{"level":"fatal","ts":"${c.ago(2.6)}","msg":"no database","error":"pq: password authentication failed for user \\"catalog\\""}`,
        ],
      });
      const [pod] = c.workload('shop', 'postgres').pods;
      c.log({ namespace: 'shop', pod: pod?.metadata.name ?? '', container: 'postgres' }, [
        `${c.ago(9000)} UTC [1] LOG:  database system is ready to accept connections`,
        `${c.ago(2.6)} UTC [811] FATAL:  password authentication failed for user "catalog"`,
      ]);
      ask(c, {
        namespace: 'shop',
        clients: ['frontend'],
        service: 'catalog',
        trouble: 'refused',
        minutesAgo: 39,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-store-disk',
    title: "a database's volume is full, so it stops; its clients wait for it",
    sources: ['https://www.mongodb.com/docs/manual/faq/storage/', 'man 2 write (ENOSPC)'],
    theme: 'media',
    truth: truthOf('StatefulSet/media/mongo', ['disk-full'], {
      effects: ['Service/media/mongo', 'Deployment/media/api', 'Service/media/api'],
    }),
    make: (c) =>
      store(c, {
        exitCode: 14,
        reason: 'Error',
        log: [
          '{"t":{"$date":"TIME"},"s":"E","c":"WT","id":22435,"ctx":"main","msg":"WiredTiger error message","attr":{"error":28,"message":"/data/db/journal/WiredTigerTmplog.0000000001: handle-write: pwrite: failed to write 128 bytes at offset 0: No space left on device"}}',
        ],
      }),
  },
  {
    id: 'open-store-disk-b',
    twinOf: 'open-store-disk',
    title: 'the database is killed at its memory limit',
    sources: ['https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/'],
    theme: 'media',
    truth: truthOf('StatefulSet/media/mongo', ['oom-container-limit', 'oom-killed'], {
      effects: ['Service/media/mongo', 'Deployment/media/api', 'Service/media/api'],
    }),
    make: (c) =>
      store(c, {
        exitCode: 137,
        reason: 'OOMKilled',
        log: [
          '{"t":{"$date":"TIME"},"s":"I","c":"NETWORK","id":23016,"ctx":"listener","msg":"Waiting for connections","attr":{"port":27017,"ssl":"off"}}',
        ],
      }),
  },
  {
    id: 'open-proxy',
    title: 'the proxy beside a program gets no configuration and is never ready, so the pod is not',
    sources: [SIDECAR, 'https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/'],
    theme: 'media',
    truth: truthOf('Deployment/media/api', ['sidecar-not-ready'], {
      effects: ['Service/media/api', 'Deployment/media/web'],
    }),
    make: (c) => {
      const w = withProxy(c);
      for (const pod of w.fresh) {
        const proxy = pod.spec.containers.find(({ name }) => name === 'proxy');
        if (proxy === undefined) continue;
        notReady(
          { store: c, namespace: 'media', container: proxy, fresh: [pod] },
          {
            minutesAgo: 33,
            probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
            count: 390,
            log: [
              `${c.ago(32)} info Envoy proxy is NOT ready: config not received from XDS server (is Istiod running?): cds updates: 0 successful, 0 rejected; lds updates: 0 successful, 0 rejected`,
            ],
          },
        );
      }
      ask(c, {
        namespace: 'media',
        clients: ['web', 'uploader'],
        service: 'api',
        trouble: 'refused',
        minutesAgo: 32,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-proxy-b',
    twinOf: 'open-proxy',
    title:
      'the proxy is ready, the program beside it is not: its probe asks for a path that it does not serve',
    sources: [SIDECAR, 'pkg/probe/http/http.go'],
    theme: 'media',
    truth: truthOf('Deployment/media/api', ['readiness-probe-wrong-path'], {
      effects: ['Service/media/api', 'Deployment/media/web'],
      change: ['Deployment/media/api', 'readinessProbe.httpGet.path'],
    }),
    make: (c) => {
      const w = withProxy(c);
      w.roll({ by: 'kubectl-edit', minutesAgo: 33, fields: ['readinessProbe/httpGet/path'] }, (container) => {
        if (container.readinessProbe?.httpGet !== undefined)
          container.readinessProbe.httpGet.path = '/api/ready';
      });
      notReady(w, {
        minutesAgo: 33,
        probe: 'Readiness probe failed: HTTP probe failed with statuscode: 404',
        count: 190,
      });
      ask(c, {
        namespace: 'media',
        clients: ['web', 'uploader'],
        service: 'api',
        trouble: 'refused',
        minutesAgo: 32,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-setting',
    title: 'a program misses a setting and ends',
    sources: ['https://docs.python.org/3/library/os.html#os.environ', 'https://12factor.net/config'],
    theme: 'retail',
    truth: truthOf('Deployment/billing/rates', ['setting-missing'], {
      change: ['Deployment/billing/rates', 'env.PROVIDER'],
    }),
    make: (c) => rates(c, "KeyError: 'PROVIDER'", '    provider = os.environ["PROVIDER"]'),
  },
  {
    id: 'open-setting-b',
    twinOf: 'open-setting',
    title: 'a program does not find its file',
    sources: ['https://docs.python.org/3/library/exceptions.html#FileNotFoundError'],
    theme: 'retail',
    truth: truthOf('Deployment/billing/rates', ['file-missing']),
    make: (c) =>
      rates(
        c,
        "FileNotFoundError: [Errno 2] No such file or directory: '/etc/rates/providers.yaml'",
        '    config = open("/etc/rates/providers.yaml")',
      ),
  },
  {
    id: 'open-low-port',
    title: 'a server may not bind a low port since all capabilities were taken from it',
    sources: [
      'man 7 capabilities (CAP_NET_BIND_SERVICE)',
      'https://kubernetes.io/docs/tasks/configure-pod-container/security-context/',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/web', ['capability-missing', 'permission-denied'], {
      change: ['Deployment/media/web', 'securityContext'],
    }),
    make: (c) =>
      nginx(
        c,
        { runAsUser: 101, capabilities: { drop: ['ALL'] } },
        '[emerg] 1#1: bind() to 0.0.0.0:80 failed (13: Permission denied)',
      ),
  },
  {
    id: 'open-low-port-b',
    twinOf: 'open-low-port',
    title: 'the port is taken already by another program of the same pod',
    sources: ['man 2 bind (EADDRINUSE)'],
    theme: 'media',
    truth: truthOf('Deployment/media/web', ['port-in-use']),
    make: (c) => nginx(c, undefined, '[emerg] 1#1: bind() to 0.0.0.0:80 failed (98: Address already in use)'),
  },
];

function store(
  c: Cluster,
  at: { exitCode: number; reason: 'Error' | 'OOMKilled'; log: string[] },
): ReturnType<Cluster['files']> {
  const w = c.workload('media', 'mongo');
  crashing(w, {
    ...at,
    pods: w.pods,
    minutesAgo: 49,
    restarts: 13,
    runsSeconds: 20,
    log: at.log.map((line) => line.replaceAll('TIME', c.ago(2.6))),
  });
  failingClient(c, {
    namespace: 'media',
    client: 'api',
    sinceMinutesAgo: 48,
    lines: [
      `{"level":"error","ts":"TIME","msg":"server selection timeout","error":"dial tcp ${String(c.get('Service', 'media', 'mongo').spec?.['clusterIP'])}:27017: connect: connection refused"}`,
    ],
    notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
  });
  failingClient(c, {
    namespace: 'media',
    client: 'metadata',
    sinceMinutesAgo: 48,
    lines: [
      'TIME ERROR 1 --- [nio-8080-exec-1] c.e.MetaStore : com.mongodb.MongoSocketOpenException: Exception opening socket mongo:27017: java.net.ConnectException: Connection refused',
    ],
  });
  return c.files('json');
}

function rates(c: Cluster, error: string, line: string): ReturnType<Cluster['files']> {
  const w = c.workload('billing', 'rates');
  w.roll({ by: 'kubectl-set', minutesAgo: 28, fields: ['env', 'image'], mode: 'stuck' }, (container) => {
    container.image = 'registry.example.com/billing/rates:1.7.0';
    if (error.startsWith('KeyError'))
      container.env = (container.env ?? []).filter(({ name }) => name !== 'PROVIDER');
  });
  crashing(w, {
    exitCode: 1,
    minutesAgo: 28,
    restarts: 9,
    log: [
      'Traceback (most recent call last):',
      '  File "/app/rates/__main__.py", line 12, in <module>',
      line,
      error,
    ],
  });
  return c.files('text');
}

function nginx(
  c: Cluster,
  context: Record<string, unknown> | undefined,
  error: string,
): ReturnType<Cluster['files']> {
  const w = c.workload('media', 'web');
  w.roll(
    { by: 'kubectl-client-side-apply', minutesAgo: 30, fields: ['securityContext'], mode: 'stuck' },
    (container, template) => {
      if (context !== undefined) container.securityContext = context;
      else
        template.spec.containers.push(
          makeContainer('exporter', 'nginx:1.27-alpine', {
            ports: [{ name: 'exporter', containerPort: 80, protocol: 'TCP' }],
          }),
        );
    },
  );
  crashing(w, {
    exitCode: 1,
    minutesAgo: 30,
    restarts: 10,
    runsSeconds: 1,
    log: [
      '/docker-entrypoint.sh: Configuration complete; ready for start up',
      `${c.ago(2.6).slice(0, 19).replaceAll('-', '/').replace('T', ' ')} ${error}`,
    ],
  });
  return c.files('cluster-info');
}
