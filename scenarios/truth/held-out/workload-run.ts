import type { DumpFiles } from '../case.ts';
import {
  addressOfService,
  cluster,
  crashing,
  failingClient,
  initRunning,
  initUnfinished,
  makeContainer,
  pending,
} from '../builders/index.ts';
import type { Cluster, Container } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

function thumbnailsCrash(
  c: Cluster,
  at: { field: string; context: Record<string, unknown>; error: string },
): DumpFiles {
  const w = c.workload('media', 'thumbnails');
  w.roll(
    { by: 'kubectl-patch', minutesAgo: 34, fields: [`securityContext/${at.field}`], mode: 'stuck' },
    (container) => {
      container.securityContext = at.context;
    },
  );
  crashing(w, {
    exitCode: 1,
    minutesAgo: 34,
    restarts: 8,
    log: [
      'Traceback (most recent call last):',
      '  File "/app/thumbs/__main__.py", line 41, in <module>',
      '    cache = DiskCache("/var/cache/thumbs")',
      '  File "/app/thumbs/cache.py", line 18, in __init__',
      '    os.makedirs(os.path.join(root, "sizes"), exist_ok=True)',
      '  File "<frozen os>", line 225, in makedirs',
      at.error,
    ],
  });
  return c.files('yaml');
}

/** Gives the ledger an init container since three weeks. */
function withInit(c: Cluster, init: Container): void {
  c.workload('billing', 'ledger').roll(
    {
      by: 'kubectl-client-side-apply',
      minutesAgo: 30_000,
      fields: [`spec/template/spec/initContainers/{${init.name}}/image`],
    },
    (_, template) => {
      template.spec.initContainers = [init];
    },
  );
}

function mountTls(c: Cluster): void {
  c.secret('billing', 'gateway-tls', { keys: ['tls.crt', 'tls.key'], type: 'kubernetes.io/tls' });
  c.workload('billing', 'gateway').roll(
    {
      by: 'kubectl-client-side-apply',
      minutesAgo: 40_000,
      fields: ['volumeMounts', 'spec/template/spec/volumes/{tls}'],
    },
    (container, template) => {
      container.volumeMounts = [{ name: 'tls', mountPath: '/etc/tls', readOnly: true }];
      template.spec.volumes = [{ name: 'tls', secret: { secretName: 'gateway-tls', defaultMode: 420 } }];
    },
  );
}

export const RUN: Builders = {
  'workload-05': (id) =>
    thumbnailsCrash(cluster(id, 'media'), {
      field: 'readOnlyRootFilesystem',
      context: { readOnlyRootFilesystem: true },
      error: "OSError: [Errno 30] Read-only file system: '/var/cache/thumbs/sizes'",
    }),
  'workload-05b': (id) =>
    thumbnailsCrash(cluster(id, 'media'), {
      field: 'runAsUser',
      context: { runAsUser: 10001 },
      error: "PermissionError: [Errno 13] Permission denied: '/var/cache/thumbs/sizes'",
    }),
  'workload-07': (id) => {
    const c = cluster(id, 'media');
    const config = c.get('ConfigMap', 'social', 'redis-config');
    config['data'] = {
      'redis.conf':
        'bind 0.0.0.0\nport 6379\nappendonly yes\nmaxmemory 200mb\nmaxmemory-policy allkeys-lruu\n',
    };
    c.changed(config, { by: 'kubectl-edit', minutesAgo: 66, fields: ['data/redis.conf'] });
    const redis = c.workload('social', 'redis');
    redis.roll(
      { by: 'kubectl-rollout', minutesAgo: 58, fields: ['spec/template/metadata/annotations'] },
      (_, template) => {
        template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(58) };
      },
    );
    crashing(redis, {
      exitCode: 1,
      minutesAgo: 58,
      restarts: 15,
      runsSeconds: 1,
      log: [
        '',
        '*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***',
        'Reading the configuration file, at line 5',
        ">>> 'maxmemory-policy allkeys-lruu'",
        'argument(s) must be one of the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, noeviction',
      ],
    });
    const address = addressOfService(c, 'social', 'redis');
    const chat = c.workload('social', 'chat');
    crashing(chat, {
      exitCode: 1,
      minutesAgo: 56,
      restarts: 14,
      runsSeconds: 12,
      log: [
        `time=${c.ago(2.8)} level=INFO msg="starting" version=2.0.9`,
        `time=${c.ago(2.6)} level=ERROR msg="redis: connection pool: failed to dial after 5 attempts: dial tcp ${address}: connect: connection refused"`,
        `time=${c.ago(2.6)} level=ERROR msg="exiting" error="no session store"`,
      ],
      pods: chat.pods,
    });
    failingClient(c, {
      namespace: 'social',
      client: 'profile',
      sinceMinutesAgo: 55,
      lines: [
        `time=TIME level=WARN msg="cache unavailable, serving from origin" error="dial tcp ${address}: connect: connection refused"`,
      ],
    });
    return c.files('must-gather');
  },
  'workload-07b': (id) => {
    const c = cluster(id, 'media');
    const chat = c.workload('social', 'chat');
    crashing(chat, {
      exitCode: 1,
      minutesAgo: 49,
      restarts: 12,
      runsSeconds: 2,
      log: [
        `time=${c.ago(2.8)} level=INFO msg="starting" version=2.0.9`,
        `time=${c.ago(2.7)} level=ERROR msg="session store: WRONGPASS invalid username-password pair or user is disabled." addr=redis:6379`,
        `time=${c.ago(2.7)} level=ERROR msg="exiting" error="no session store"`,
      ],
      pods: chat.pods,
    });
    return c.files('must-gather');
  },
  'workload-08': (id) => {
    const c = cluster(id, 'retail');
    withInit(
      c,
      makeContainer('migrate', 'registry.example.com/billing/ledger:5.2.0', {
        command: ['/app/ledger', 'migrate', 'up'],
        env: [{ name: 'POSTGRES_ADDR', value: 'postgres:5432' }],
      }),
    );
    const w = c.workload('billing', 'ledger');
    w.roll(
      {
        by: 'kubectl-set',
        minutesAgo: 41,
        fields: ['image', 'spec/template/spec/initContainers/{migrate}/image'],
        mode: 'stuck',
      },
      (container, template) => {
        container.image = 'registry.example.com/billing/ledger:5.3.0';
        for (const init of template.spec.initContainers ?? []) init.image = container.image;
      },
    );
    crashing(w, {
      container: 'migrate',
      exitCode: 1,
      minutesAgo: 41,
      restarts: 11,
      log: [
        `time=${c.ago(2.6)} level=INFO msg="applying migrations" source=embed://migrations`,
        `time=${c.ago(2.6)} level=ERROR msg="migrate up" error="Dirty database version 57. Fix and force version."`,
      ],
    });
    return c.files('json');
  },
  'workload-08b': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('billing', 'ledger');
    const init = makeContainer('wait-for-db', 'busybox:1.36', {
      command: ['sh', '-c', 'until nc -z postgress 5432; do echo waiting for postgress; sleep 2; done'],
    });
    w.roll(
      {
        by: 'kubectl-client-side-apply',
        minutesAgo: 35,
        fields: ['spec/template/spec/initContainers/{wait-for-db}/command'],
        mode: 'stuck',
      },
      (_, template) => {
        template.spec.initContainers = [init];
      },
    );
    for (const pod of w.fresh) {
      initUnfinished(w, pod, 35, 'wait-for-db');
      initRunning(
        w,
        pod,
        init,
        Array.from({ length: 9 }, () => ["nc: bad address 'postgress'", 'waiting for postgress']).flat(),
      );
    }
    return c.files('json');
  },
  'workload-10': (id) => {
    const c = cluster(id, 'retail');
    mountTls(c);
    const w = c.workload('billing', 'gateway');
    crashing(w, {
      exitCode: 1,
      minutesAgo: 43,
      restarts: 13,
      runsSeconds: 1,
      log: [
        `time=${c.ago(2.6)} level=INFO msg="loading server certificate" file=/etc/tls/tls.crt`,
        `time=${c.ago(2.6)} level=ERROR msg="refusing to serve" file=/etc/tls/tls.crt error="x509: certificate has expired or is not yet valid: current time ${c.ago(2.6)} is after ${c.ago(44)}"`,
      ],
    });
    return c.files('json');
  },
  'workload-10b': (id) => {
    const c = cluster(id, 'retail');
    mountTls(c);
    const w = c.workload('billing', 'gateway');
    w.scale(3, 'kubectl-scale', 20_000);
    c.changed(c.get('Secret', 'billing', 'gateway-tls'), {
      by: 'cert-manager-certificates-issuing',
      minutesAgo: 170,
      fields: ['data/tls.crt', 'data/tls.key'],
    });
    const behind = 27 * 60;
    const node = c.node('worker-2');
    const conditions = node.status?.['conditions'] as Record<string, unknown>[];
    for (const condition of conditions) condition['lastHeartbeatTime'] = c.ago(behind + 1.5);
    conditions.push({
      type: 'NTPProblem',
      status: 'True',
      reason: 'NTPIsDown',
      message: 'NTP service is not running',
      lastHeartbeatTime: c.ago(behind + 2),
      lastTransitionTime: c.ago(behind + 4000),
    });
    crashing(w, {
      exitCode: 1,
      minutesAgo: 150,
      restarts: 32,
      runsSeconds: 1,
      pods: w.pods.filter((pod) => pod.spec.nodeName === 'worker-2'),
      log: [
        `time=${c.ago(behind + 2.6)} level=INFO msg="loading server certificate" file=/etc/tls/tls.crt`,
        `time=${c.ago(behind + 2.6)} level=ERROR msg="refusing to serve" file=/etc/tls/tls.crt error="x509: certificate has expired or is not yet valid: current time ${c.ago(behind + 2.6)} is before ${c.ago(171)}"`,
      ],
    });
    return c.files('json');
  },
  'workload-13b': (id) => {
    const c = cluster(id, 'retail');
    const agent = makeContainer('node-agent', 'quay.io/example/node-agent:2.3.1', {
      ports: [{ name: 'metrics', containerPort: 9090, hostPort: 9090, protocol: 'TCP' }],
    });
    const labels = { app: 'node-agent' };
    const hosts = [...c.hosts];
    c.addWorkload({
      kind: 'DaemonSet',
      namespace: 'kube-system',
      name: 'node-agent',
      replicas: 3,
      template: {
        metadata: { labels },
        spec: {
          containers: [agent],
          restartPolicy: 'Always',
          dnsPolicy: 'ClusterFirst',
          schedulerName: 'default-scheduler',
          securityContext: {},
          terminationGracePeriodSeconds: 30,
        },
      },
      createdMinutesAgo: 90_000,
      podsMinutesAgo: 50_000,
      hosts,
    });
    const w = c.workload('shop', 'recommendations');
    w.roll(
      { by: 'kubectl-client-side-apply', minutesAgo: 21, fields: ['ports'], mode: 'stuck' },
      (container) => {
        container.ports = [{ name: 'http', containerPort: 9090, hostPort: 9090, protocol: 'TCP' }];
      },
    );
    pending(w, {
      minutesAgo: 21,
      message:
        "0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 node(s) didn't have free ports for the requested pod ports. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.",
    });
    return c.files('cluster-info');
  },
};
