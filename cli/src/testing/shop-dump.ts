import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

type Json = Readonly<Record<string, unknown>>;

/** Seconds after 2026-03-04T20:00:00Z, as the API writes times. */
function at(seconds: number): string {
  return new Date(Date.parse('2026-03-04T20:00:00Z') + seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function typedList(kind: string, apiVersion: string, items: readonly Json[]): Json {
  return { kind: `${kind}List`, apiVersion, metadata: {}, items };
}

const template = (memory: string): Json => ({
  metadata: { labels: { app: 'checkout' } },
  spec: {
    containers: [
      {
        name: 'report',
        image: 'registry.shop.example/report:1.4.2',
        env: [{ name: 'DB_PASSWORD', value: 'hunter2-env' }],
        resources: { limits: { memory } },
      },
    ],
  },
});

function replicaSet(
  hash: string,
  revision: string,
  over: { readonly created: number; readonly memory: string },
): Json {
  return {
    metadata: {
      name: `checkout-${hash}`,
      namespace: 'shop',
      uid: `rs-${hash}`,
      creationTimestamp: at(over.created),
      labels: { app: 'checkout', 'pod-template-hash': hash },
      annotations: { 'deployment.kubernetes.io/revision': revision },
      ownerReferences: [{ kind: 'Deployment', name: 'checkout', controller: true }],
    },
    spec: { replicas: revision === '2' ? 1 : 0, template: template(over.memory) },
  };
}

function pod(
  name: string,
  over: { readonly owner: string; readonly hash: string; readonly statuses: Json },
): Json {
  return {
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      resourceVersion: '12',
      creationTimestamp: at(100),
      labels: { app: over.owner, 'pod-template-hash': over.hash },
      ownerReferences: [{ kind: 'ReplicaSet', name: `${over.owner}-${over.hash}`, controller: true }],
    },
    spec: { nodeName: 'ip-10-1-2-3', containers: (template('32Mi')['spec'] as Json)['containers'] },
    status: {
      phase: 'Running',
      podIP: '10.244.1.7',
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at(110) }],
      containerStatuses: [
        {
          name: 'report',
          image: 'x',
          imageID: 'y',
          restartCount: 0,
          ready: true,
          started: true,
          ...over.statuses,
        },
      ],
    },
  };
}

const CRASHING: Json = {
  restartCount: 3,
  ready: false,
  started: false,
  containerID: `containerd://${'1'.repeat(64)}`,
  state: {
    waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container=report' },
  },
  lastState: {
    terminated: {
      exitCode: 137,
      reason: 'OOMKilled',
      startedAt: at(560),
      finishedAt: at(570),
      containerID: `containerd://${'1'.repeat(64)}`,
    },
  },
};
const RUNNING: Json = { state: { running: { startedAt: at(105) } } };

/** What `kubectl cluster-info dump` writes of a shop, in which checkout is crash-looping, or all is well. */
export function shopDump(state: 'crash-loop' | 'healthy'): Readonly<Record<string, string>> {
  const checkout = pod('checkout-7d9c6b5f4-x2lqv', {
    owner: 'checkout',
    hash: '7d9c6b5f4',
    statuses: state === 'crash-loop' ? CRASHING : RUNNING,
  });
  const frontend = pod('frontend-5d9c7b8f64-abcde', {
    owner: 'frontend',
    hash: '5d9c7b8f64',
    statuses: RUNNING,
  });
  const replicas =
    state === 'healthy' ? { readyReplicas: 1, availableReplicas: 1 } : { unavailableReplicas: 1 };
  const lists: Readonly<Record<string, Json>> = {
    'nodes.json': typedList('Node', 'v1', [
      {
        metadata: { name: 'ip-10-1-2-3', uid: 'n1', creationTimestamp: at(-90_000) },
        status: {
          allocatable: { cpu: '4', memory: '16Gi', pods: '110' },
          conditions: [
            {
              type: 'Ready',
              status: 'True',
              reason: 'KubeletReady',
              lastHeartbeatTime: at(600),
              lastTransitionTime: at(-90_000),
            },
          ],
        },
      },
    ]),
    'shop/pods.json': typedList('Pod', 'v1', [checkout, frontend]),
    'shop/events.json': typedList('Event', 'v1', []),
    'shop/services.json': typedList('Service', 'v1', []),
    'shop/deployments.json': typedList('Deployment', 'apps/v1', [
      {
        metadata: {
          name: 'checkout',
          namespace: 'shop',
          uid: 'd1',
          generation: 2,
          creationTimestamp: at(-90_000),
        },
        spec: { replicas: 1, selector: { matchLabels: { app: 'checkout' } }, template: template('32Mi') },
        status: { observedGeneration: 2, replicas: 1, updatedReplicas: 1, ...replicas },
      },
    ]),
    'shop/replicasets.json': typedList('ReplicaSet', 'apps/v1', [
      replicaSet('5c8d7f6b9', '1', { created: -90_000, memory: '256Mi' }),
      replicaSet('7d9c6b5f4', '2', { created: 99, memory: '32Mi' }),
    ]),
  };
  return Object.fromEntries([
    ...Object.entries(lists).map(([path, list]) => [path, JSON.stringify(list, undefined, 4)] as const),
    [
      'shop/checkout-7d9c6b5f4-x2lqv/logs.txt',
      '==== START logs for container report of pod shop/checkout-7d9c6b5f4-x2lqv ====\nready\n==== END logs for container report of pod shop/checkout-7d9c6b5f4-x2lqv ====\n',
    ],
  ]);
}

/** Writes files into a new directory. */
export function writeDump(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'tapio-dump-'));
  for (const [path, content] of Object.entries(files)) {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return directory;
}
