import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { DumpFile, ReadDump } from './dump-reader.ts';
import { DumpReader } from './dump-reader.ts';
import { Snapshot } from '../snapshot/snapshot.ts';

function read(...files: readonly (DumpFile | readonly [string, string | object])[]): ReadDump {
  const reader = new DumpReader();
  for (const file of files) {
    if ('path' in file) reader.add(file);
    else
      reader.add({
        path: file[0],
        text: typeof file[1] === 'string' ? file[1] : JSON.stringify(file[1], undefined, 4),
      });
  }
  return reader.finish({ cluster: 'test' });
}

function names({ parts }: ReadDump, kind: string): string[] {
  return new Snapshot(parts).all(kind).map(({ namespace, name }) => `${namespace}/${name}`);
}

const pod = (name: string, namespace?: string): object => ({
  metadata: {
    name,
    uid: `uid-${name}`,
    ...(namespace === undefined ? {} : { namespace }),
    creationTimestamp: '2026-03-04T20:00:00Z',
  },
  spec: { containers: [{ name: 'app' }] },
  status: {
    phase: 'Running',
    containerStatuses: [{ name: 'app', state: { running: { startedAt: '2026-03-04T20:00:09Z' } } }],
  },
});
const typed = (kind: string, apiVersion: string, items: unknown): object => ({
  kind: `${kind}List`,
  apiVersion,
  metadata: {},
  items,
});

test('cluster-info dump: namespaces are folders, typed lists have items without a kind, empty ones count', () => {
  const dump = read(
    ['nodes.json', typed('Node', 'v1', [{ metadata: { name: 'n1' } }])],
    ['shop/pods.json', typed('Pod', 'v1', [pod('web-1', 'shop')])],
    ['shop/events.json', typed('Event', 'v1', [])],
    ['shop/services.json', typed('Service', 'v1', null)],
    ['shop/replication-controllers.json', typed('ReplicationController', 'v1', null)],
    [
      'shop/web-1/logs.txt',
      '==== START logs for container app of pod shop/web-1 ====\nhello\n==== END logs for container app of pod shop/web-1 ====\n==== START logs for container proxy of pod shop/web-1 ====\n==== END logs for container proxy of pod shop/web-1 ====\n',
    ],
  );
  expect(dump.problems).toEqual([]);
  expect([...dump.parts.listed].sort()).toEqual([
    'Event/shop',
    'Node',
    'Pod/shop',
    'ReplicationController/shop',
    'Service/shop',
  ]);
  expect(names(dump, 'Pod')).toEqual(['shop/web-1']);
  expect(names(dump, 'Node')).toEqual(['/n1']);
  expect(dump.parts.objects.every(({ apiVersion }) => apiVersion === 'v1')).toBe(true);
  expect(dump.parts.logs).toEqual([
    {
      namespace: 'shop',
      pod: 'web-1',
      container: 'app',
      previous: false,
      lines: ['hello'],
      place: 'shop/web-1/logs.txt, line 2',
    },
  ]);
  expect(dump.parts.takenUs).toBe(Date.parse('2026-03-04T20:00:09Z') * 1000);
});

test('must-gather: YAML lists and single objects, container logs in their folders', () => {
  const dump = read(
    [
      'cluster-scoped-resources/core/nodes/n1.yaml',
      `---\n${stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } })}`,
    ],
    [
      'namespaces/shop/core/pods.yaml',
      stringify({
        apiVersion: 'v1',
        items: [{ apiVersion: 'v1', kind: 'Pod', ...pod('web-1', 'shop') }],
        kind: 'PodList',
      }),
    ],
    [
      'namespaces/shop/core/configmaps.yaml',
      stringify({ apiVersion: 'v1', items: [], kind: 'ConfigMapList' }),
    ],
    ['namespaces/shop/pods/web-1/app/app/logs/current.log', '2026-03-04T20:00:09.1Z up\n'],
    ['namespaces/shop/pods/web-1/app/app/logs/previous.log', 'gone\n'],
    ['namespaces/shop/pods/web-2-x7k2p/app/app/logs/current.log', 'of a pod that is gone\n'],
  );
  expect(dump.problems).toEqual([]);
  expect([...dump.parts.listed].sort()).toEqual(['ConfigMap/shop', 'Node', 'Pod/shop']);
  expect(
    dump.parts.logs.map(({ namespace, pod: name, container, previous }) => [
      namespace,
      name,
      container,
      previous,
    ]),
  ).toEqual([
    ['shop', 'web-1', 'app', false],
    ['shop', 'web-1', 'app', true],
    ['shop', 'web-2-x7k2p', 'app', false],
  ]);
});

test('loose files: lists of all namespaces, mixed lists, single objects, several documents, JSON lines', () => {
  const dump = read(
    [
      'all.json',
      {
        apiVersion: 'v1',
        kind: 'List',
        items: [
          { apiVersion: 'v1', kind: 'Pod', ...pod('a', 'one') },
          { apiVersion: 'v1', kind: 'Pod', ...pod('b', 'two') },
          { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'one' } },
        ],
      },
    ],
    [
      'one.yaml',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: d\n---\n# another\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: one\n',
    ],
    [
      'lines.json',
      `${JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } })}\n${JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' } })}\n`,
    ],
    ['secrets.json', { apiVersion: 'v1', kind: 'List', items: [] }],
  );
  expect(dump.problems).toEqual([]);
  expect([...dump.parts.listed].sort()).toEqual(['Pod', 'Service/one']);
  expect(names(dump, 'Deployment')).toEqual(['default/d']);
  expect(names(dump, 'Node')).toEqual(['/n1', '/n2']);
});

test('an empty list without a kind is of what its file is called, in the one namespace of its folder', () => {
  const dump = read(
    [
      'x/pods.json',
      { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod', ...pod('a', 'one') }] },
    ],
    ['x/secrets.json', { apiVersion: 'v1', kind: 'List', items: [] }],
  );
  expect([...dump.parts.listed].sort()).toEqual(['Pod/one', 'Secret/one']);
});

test.each([
  ['JSON', (text: string) => text.slice(0, text.lastIndexOf('"web-3"')), 'pods.json'],
  ['YAML', (text: string) => text.slice(0, text.lastIndexOf('web-3')), 'pods.yaml'],
])(
  'of a %s list that is cut off the whole items are taken, and it proves no absence',
  (format, cutOff, path) => {
    const list = {
      apiVersion: 'v1',
      items: ['web-1', 'web-2', 'web-3'].map((n) => ({ apiVersion: 'v1', kind: 'Pod', ...pod(n, 'shop') })),
      kind: 'List',
    };
    const text =
      format === 'JSON' ? JSON.stringify(list, undefined, 4) : stringify(list, { indentSeq: false });
    const dump = read([path, cutOff(text)]);
    expect(names(dump, 'Pod')).toEqual(['shop/web-1', 'shop/web-2']);
    expect([...dump.parts.listed]).toEqual([]);
    expect(dump.problems).toEqual([
      {
        path,
        place: expect.stringMatching(/^line \d+$/) as string,
        message: expect.stringContaining('2 of its items') as string,
      },
    ]);
  },
);

test('a bad item takes no other with it, and is named by its place', () => {
  const items = [
    { apiVersion: 'v1', kind: 'Pod', ...pod('web-1', 'shop') },
    'no object',
    { kind: 'Pod', metadata: {} },
  ];
  const dump = read(
    ['a.json', { kind: 'List', items }],
    [
      'b.yaml',
      'apiVersion: v1\nitems:\n- kind: Pod\n  metadata: {name: [}\n- kind: Pod\n  metadata:\n    name: ok\n    namespace: shop\nkind: List\n',
    ],
    ['bomb.yaml', 'kind: Pod\nmetadata:\n  name: a\n  x: &a [1, 2]\n  y: [*a, *a]\n'],
  );
  expect(names(dump, 'Pod').sort()).toEqual(['shop/ok', 'shop/web-1']);
  expect(dump.problems.map(({ path, place }) => `${path} ${place}`)).toEqual([
    'a.json items[1]',
    'a.json items[2]',
    'b.yaml items[0]',
    'bomb.yaml line 1',
  ]);
  expect(dump.problems.at(-1)?.message).toBe('YAML aliases are refused');
});

test('a Secret keeps the names of its keys, and nothing of their values', () => {
  const dump = read([
    'secrets.yaml',
    stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 's',
        namespace: 'shop',
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': '{"stringData":{"password":"hunter2"}}',
        },
      },
      data: { password: 'aHVudGVyMg==' },
      stringData: { other: 'hunter2' },
    }),
  ]);
  expect(dump.parts.objects[0]?.raw).toMatchObject({ data: { password: '', other: '' } });
  expect(JSON.stringify(dump.parts)).not.toMatch(/hunter2|aHVudGVyMg/);
});

test('what is there twice is taken once: the fullest, then the newest', () => {
  const version = (resourceVersion: string, phase: string): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion },
    status: { phase },
  });
  const dump = read(
    ['new.json', version('12', 'Failed')],
    ['old.json', version('9', 'Running')],
    [
      'pods.txt',
      'NAMESPACE   NAME   READY   STATUS             RESTARTS   AGE\nshop        web    0/1     CrashLoopBackOff   3          5m\n',
    ],
    [
      'other.json',
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop', uid: 'another' } },
    ],
  );
  expect(dump.parts.objects.map(({ status }) => status['phase'])).toEqual(['Failed']);
  expect(dump.problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('twice with different uids'),
  ]);
});

test('the time is the newest that the objects tell; one clock far ahead of all others is not believed', () => {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'n1', namespace: 'kube-node-lease' },
    spec: { renewTime: '2026-03-04T21:30:00.123456Z' },
  };
  const skewed = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'shop' },
    involvedObject: { kind: 'Pod', name: 'p' },
    reason: 'X',
    lastTimestamp: '2031-01-01T00:00:00Z',
  };
  const pods = ['a', 'b', 'c', 'd'].map((n) => ({ apiVersion: 'v1', kind: 'Pod', ...pod(n, 'shop') }));
  const dump = read(['l.json', { kind: 'List', items: [lease, ...pods, skewed] }]);
  expect(new Date(dump.parts.takenUs / 1000).toISOString()).toBe('2026-03-04T21:30:00.123Z');
  expect(dump.problems[0]?.message).toContain('2031-01-01');
});

test('logs are placed by any usual name', () => {
  const list = {
    kind: 'List',
    apiVersion: 'v1',
    items: [
      { apiVersion: 'v1', kind: 'Pod', ...pod('web-7d9c6b5f4-x2lqv', 'shop') },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: {
          name: 'db-0',
          namespace: 'shop',
          ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }],
        },
        spec: { containers: [{ name: 'postgres' }, { name: 'exporter' }] },
      },
    ],
  };
  const paths = [
    'web-7d9c6b5f4-x2lqv.log',
    'shop_db-0_exporter.log',
    'db-0_postgres-previous.log',
    'logs/shop/db-0/postgres.log',
    'logs/db-0-exporter.txt',
    'db.log',
    'shop_db-0_0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22/postgres/0.log',
    'other-ns/api-6f7d8c9b5-abcde.log',
  ];
  const dump = read(['pods.json', list], ...paths.map((path) => [path, 'started\n'] as const));
  expect(dump.problems).toEqual([]);
  expect(
    dump.parts.logs.map(
      (l) => `${l.namespace}/${l.pod}/${l.container ?? '?'}${l.previous ? ' previous' : ''}`,
    ),
  ).toEqual([
    'shop/web-7d9c6b5f4-x2lqv/app',
    'shop/db-0/exporter',
    'shop/db-0/postgres previous',
    'shop/db-0/postgres',
    'shop/db-0/exporter',
    'shop/db-0/?',
    'shop/db-0/postgres',
    'default/api-6f7d8c9b5-abcde/?',
  ]);
});

test('log lines are cleaned, long ones cut, and of many the first and the last are kept', () => {
  const lines = Array.from({ length: 5_000 }, (_, i) => `2026-03-04T20:00:09.1Z stderr F line ${i}`);
  const dump = read(
    ['a-0.log', lines.join('\n')],
    [
      'b-0.log',
      `\u001B[31mred\u001B[0m\n${'x'.repeat(100_000)}\n{"log":"say \\"hi\\"\\n","stream":"stdout","time":"2026-03-04T20:00:09Z"}\n`,
    ],
    { path: 'c-0.log', text: 'first\ntorn he', tail: 're torn\nlast\n' },
  );
  const [many, odd, both] = dump.parts.logs;
  expect([many?.lines.length, many?.lines[0], many?.lines.at(-1)]).toEqual([
    2_020,
    '2026-03-04T20:00:09.1Z line 0',
    '2026-03-04T20:00:09.1Z line 4999',
  ]);
  expect([odd?.lines[0], odd?.lines[1]?.length, odd?.lines[2]]).toEqual([
    'red',
    4_096,
    '2026-03-04T20:00:09Z say "hi"',
  ]);
  expect(both?.lines).toEqual(['first', 'last']);
});

test('a kubelet log is its node’s; JSON logs are no objects; what is nothing is said', () => {
  const dump = read(
    ['nodes.json', typed('Node', 'v1', [{ metadata: { name: 'worker-1' } }])],
    [
      'worker-1/kubelet.log',
      'Mar 04 20:00:09 worker-1 kubelet[812]: E0304 20:00:09.1 812 kubelet.go:1] PLEG is not healthy\n',
    ],
    ['shop_api-0_app.log', '{"level":"error","kind":"Pod","msg":"no route"}\n{"level":"error","msg":"x"}\n'],
    ['notes.txt', 'remember the milk\n'],
  );
  expect(dump.parts.logs.map(({ node, container, pod: name }) => [node, container, name])).toEqual([
    ['worker-1', 'kubelet', ''],
    [undefined, 'app', 'api-0'],
  ]);
  expect(dump.problems.map(({ path }) => path)).toEqual(['notes.txt']);
});

test.each(['JSON', 'YAML'])('a dump that was printed in one stream of %s', (format) => {
  const lists = [typed('Pod', 'v1', [pod('web-1', 'shop')]), typed('Service', 'v1', [])];
  const printed = lists.map((list) =>
    format === 'JSON' ? `${JSON.stringify(list, undefined, 4)}\n` : stringify(list),
  );
  const log = `==== START logs for container app of pod shop/web-1 ====\n{"msg":"x"}\n[a] b\n---\n==== END logs for container app of pod shop/web-1 ====\n`;
  const dump = read(['dump.txt', `${printed.join(format === 'JSON' ? '' : '---\n')}${log}`]);
  expect(dump.problems).toEqual([]);
  expect([names(dump, 'Pod'), dump.parts.logs[0]?.lines]).toEqual([
    ['shop/web-1'],
    ['{"msg":"x"}', '[a] b', '---'],
  ]);
});

test('a refusal of the API server is told, and an audit log holds no Events', () => {
  const audit = { kind: 'Event', apiVersion: 'audit.k8s.io/v1', auditID: 'a', verb: 'get', metadata: {} };
  const dump = read(
    [
      'secrets.json',
      { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'secrets is forbidden' },
    ],
    ['audit.log', `${JSON.stringify(audit)}\n${JSON.stringify(audit)}\n`],
  );
  expect(dump.problems.map(({ message }) => message)).toEqual([
    'the API server refused: secrets is forbidden',
    'holds no objects of Kubernetes',
  ]);
  expect(dump.parts.objects).toEqual([]);
});

test('owners in a circle end nowhere', () => {
  const owned = (name: string, owner: string): object => ({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'shop',
      ownerReferences: [{ kind: 'ReplicaSet', name: owner, controller: true }],
    },
  });
  const snapshot = new Snapshot(
    read(['rs.json', { kind: 'List', items: [owned('a', 'b'), owned('b', 'a')] }]).parts,
  );
  expect(snapshot.all('ReplicaSet').map((o) => snapshot.ownerOf(o).kind)).toEqual([
    'ReplicaSet',
    'ReplicaSet',
  ]);
});
