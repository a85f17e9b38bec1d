import { addApp, cluster, failingClient, say, spring } from '../../builders/index.ts';
import type { Cluster } from '../../builders/index.ts';
import type { Builders } from '../rows.ts';

const KAFKA = 'org.apache.kafka.clients.NetworkClient';
const CLIENT = '[Consumer clientId=consumer-rollups-1, groupId=rollups]';

/** A broker and two programs that read from it. */
function streaming(c: Cluster): void {
  addApp(c, {
    namespace: 'telemetry',
    name: 'broker',
    kind: 'StatefulSet',
    image: 'apache/kafka:3.9.0',
    port: 9092,
    portName: 'kafka',
    env: {
      KAFKA_NODE_ID: '1',
      KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
      KAFKA_ADVERTISED_LISTENERS: 'PLAINTEXT://broker:9092',
    },
    container: { readinessProbe: { tcpSocket: { port: 9092 }, periodSeconds: 10 } },
  });
  for (const name of ['rollups', 'alerts'])
    addApp(c, {
      namespace: 'telemetry',
      name,
      image: `registry.example.com/telemetry/${name}:7.2.0`,
      port: 8080,
      replicas: name === 'rollups' ? 2 : 1,
      env: { KAFKA_BOOTSTRAP_SERVERS: 'broker:9092' },
    });
}

function setVariable(
  c: Cluster,
  at: { workload: string; name: string; value: string; by: string; minutesAgo: number },
): void {
  const { workload, name, value, by, minutesAgo } = at;
  c.workload('telemetry', workload).roll({ by, minutesAgo, fields: [`env/{${name}}/value`] }, (container) => {
    container.env = [...(container.env ?? []).filter((variable) => variable.name !== name), { name, value }];
  });
}

function rollupsSay(c: Cluster, since: number, node: string, more: (minutes: number) => string[]): void {
  const w = c.workload('telemetry', 'rollups');
  const lines = [0.98, 0.7, 0.4, 0.1].flatMap((part) => [
    spring(c, since * part, {
      level: 'WARN',
      logger: KAFKA,
      thread: 'ntainer#0-0-C-1',
      text: `${CLIENT} Connection to node ${node} (localhost/127.0.0.1:9092) could not be established. Node may not be available.`,
    }),
    ...more(since * part),
  ]);
  say(w, lines);
}

/** What the clinic's programs say while no name is found. */
function nameless(c: Cluster, since: number): void {
  const apps = [
    ['records', 'ghcr.io/example/clinic-records:2026.9.0', 'DATABASE_HOST', 'postgres'],
    ['portal', 'ghcr.io/example/clinic-portal:12.4.1', 'RECORDS_URL', 'http://records:8080'],
    ['appointments', 'ghcr.io/example/appointments:1.40.2', 'RECORDS_URL', 'http://records:8080'],
  ] as const;
  for (const [name, image, key, value] of apps)
    addApp(c, { namespace: 'clinic', name, image, port: 8080, replicas: 2, env: { [key]: value } });
  addApp(c, {
    namespace: 'clinic',
    name: 'postgres',
    kind: 'StatefulSet',
    image: 'postgres:15.8',
    port: 5432,
    portName: 'postgres',
    container: { readinessProbe: { exec: { command: ['pg_isready', '-U', 'postgres'] }, periodSeconds: 10 } },
  });
  const notReadyText = 'Readiness probe failed: HTTP probe failed with statuscode: 503';
  failingClient(c, {
    namespace: 'clinic',
    client: 'records',
    sinceMinutesAgo: since,
    lines: [
      'TIME WARN 1 --- [l-1 housekeeper] com.zaxxer.hikari.pool.PoolBase : HikariPool-1 - Failed to validate connection org.postgresql.jdbc.PgConnection@5e2c3d18 (This connection has been closed.)',
      'Caused by: java.net.UnknownHostException: postgres: Temporary failure in name resolution',
    ],
    notReady: notReadyText,
  });
  failingClient(c, {
    namespace: 'clinic',
    client: 'portal',
    sinceMinutesAgo: since,
    lines: [
      'TIME error: request failed Error: getaddrinfo EAI_AGAIN records',
      '    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26)',
    ],
  });
  failingClient(c, {
    namespace: 'clinic',
    client: 'appointments',
    sinceMinutesAgo: since,
    lines: [
      "TIME ERROR httpx.ConnectError: [Errno -3] Temporary failure in name resolution (url='http://records:8080/patients')",
    ],
    notReady: notReadyText,
  });
}

export const NETWORK: Builders = {
  'second-network-01': (id) => {
    const c = cluster(id, 'retail');
    streaming(c);
    const name = 'KAFKA_ADVERTISED_LISTENERS';
    setVariable(c, {
      workload: 'broker',
      name,
      value: 'PLAINTEXT://localhost:9092',
      by: 'kubectl-edit',
      minutesAgo: 22,
    });
    rollupsSay(c, 21, '1', () => []);
    failingClient(c, {
      namespace: 'telemetry',
      client: 'alerts',
      sinceMinutesAgo: 21,
      lines: [
        '[sarama] TIME Failed to connect to broker localhost:9092: dial tcp 127.0.0.1:9092: connect: connection refused',
        '[sarama] TIME client/metadata fetching metadata for all topics from broker broker:9092',
      ],
      notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
    });
    return c.files('yaml');
  },
  'second-network-01b': (id) => {
    const c = cluster(id, 'retail');
    streaming(c);
    const value = 'localhost:9092';
    setVariable(c, {
      workload: 'rollups',
      name: 'KAFKA_BOOTSTRAP_SERVERS',
      value,
      by: 'helm',
      minutesAgo: 22,
    });
    rollupsSay(c, 21, '-1', (minutes) => [
      spring(c, minutes, {
        level: 'WARN',
        logger: KAFKA,
        thread: 'ntainer#0-0-C-1',
        text: `${CLIENT} Bootstrap broker ${value} (id: -1 rack: null) disconnected`,
      }),
    ]);
    return c.files('json');
  },
  'second-network-02': (id) => {
    const c = cluster(id, 'media');
    nameless(c, 23);
    const policy = c.add({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { ...c.meta('default-deny-egress', 'clinic', 24), generation: 1 },
      spec: { podSelector: {}, policyTypes: ['Egress'] },
    });
    c.changed(policy, {
      by: 'kubectl-create',
      minutesAgo: 24,
      fields: ['spec/podSelector', 'spec/policyTypes'],
    });
    return c.files('json');
  },
  'second-network-02b': (id) => {
    const c = cluster(id, 'media');
    nameless(c, 23);
    c.workload('kube-system', 'coredns').scale(0, 'kubectl', 24);
    failingClient(c, {
      namespace: 'social',
      client: 'timeline',
      sinceMinutesAgo: 23,
      lines: [
        '{"level":"error","ts":"TIME","msg":"no profile","error":"Get \\"http://profile/v1/me\\": dial tcp: lookup profile on 10.96.0.10:53: read udp 10.244.2.9:41871->10.96.0.10:53: read: connection refused"}',
      ],
    });
    return c.files('yaml');
  },
};
