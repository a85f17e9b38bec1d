import { parseQuantity } from '@tapio/domain';
import type { JsonObject } from '../../json.ts';
import { asList, asObject, asText, asTimeUs } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import { allContainers } from '../../relations/pod-templates.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
  readonly addedUs: number | undefined;
}

/** Amounts of resources by name, in the unit of the resource: cores, bytes, pieces. */
export type Amounts = ReadonlyMap<string, number>;

/** Taints and resources of one node; more than any has. */
const ENTRIES = 100;

export function taintsOf(node: KubeObject): readonly Taint[] {
  return (asList(node.spec['taints']) ?? []).slice(0, ENTRIES).flatMap((entry) => {
    const taint = asObject(entry);
    const key = asText(taint?.['key']);
    if (taint === undefined || key === undefined) return [];
    return [
      {
        key,
        value: asText(taint['value']) ?? '',
        effect: asText(taint['effect']) ?? '',
        addedUs: asTimeUs(taint['timeAdded']),
      },
    ];
  });
}

/** `dedicated=gpu:NoSchedule`, as kubectl writes it. */
export function taintText({ key, value, effect }: Taint): string {
  return `${key}${value === '' ? '' : `=${value}`}${effect === '' ? '' : `:${effect}`}`;
}

export function isCordoned(node: KubeObject): boolean {
  return node.spec['unschedulable'] === true;
}

/** Undefined where the node says nothing of itself. */
export function isNodeReady(node: KubeObject): boolean | undefined {
  const ready = conditionOf(node, 'Ready');
  return ready === undefined ? undefined : ready.status === 'True';
}

const CONTROL_PLANE = /^node-role\.kubernetes\.io\/(?:control-plane|master)$/;

/** It keeps workloads off, as control planes do. */
export function isControlPlaneTaint({ key }: Pick<Taint, 'key'>): boolean {
  return CONTROL_PLANE.test(key);
}

export function isControlPlane(node: KubeObject): boolean {
  return (
    Object.keys(node.labels).some((key) => CONTROL_PLANE.test(key)) ||
    taintsOf(node).some(isControlPlaneTaint)
  );
}

export function allocatableOf(node: KubeObject): Amounts {
  return amountsOf(asObject(node.status['allocatable']) ?? asObject(node.status['capacity']));
}

/** What a pod asks for: its containers together, or its greediest init container if that is more, and overhead. */
export function requestsOf(podSpec: JsonObject): Amounts {
  const sum = new Map<string, number>();
  const first = new Map<string, number>();
  const inits = new Set(asList(podSpec['initContainers']) ?? []);
  for (const container of allContainers(podSpec)) {
    const resources = asObject(container['resources']);
    const wanted = new Map([
      ...amountsOf(asObject(resources?.['limits'])),
      ...amountsOf(asObject(resources?.['requests'])),
    ]);
    const passes = inits.has(container) && container['restartPolicy'] !== 'Always';
    for (const [name, amount] of wanted) {
      if (passes) first.set(name, Math.max(first.get(name) ?? 0, amount));
      else sum.set(name, (sum.get(name) ?? 0) + amount);
    }
  }
  for (const [name, amount] of first) sum.set(name, Math.max(sum.get(name) ?? 0, amount));
  for (const [name, amount] of amountsOf(asObject(podSpec['overhead'])))
    sum.set(name, (sum.get(name) ?? 0) + amount);
  return sum;
}

/** What running pods request of each node, and how many there are (as `pods`). */
const usedByNode = oncePerSnapshot((snapshot) => {
  const used = new Map<string, Map<string, number>>();
  for (const pod of snapshot.all('Pod')) {
    const nodeName = asText(pod.spec['nodeName']);
    const phase = pod.status['phase'];
    if (nodeName === undefined || phase === 'Succeeded' || phase === 'Failed') continue;
    const ofNode = used.get(nodeName) ?? new Map<string, number>();
    for (const [name, amount] of requestsOf(pod.spec)) ofNode.set(name, (ofNode.get(name) ?? 0) + amount);
    ofNode.set('pods', (ofNode.get('pods') ?? 0) + 1);
    used.set(nodeName, ofNode);
  }
  return used;
});

/** What each node has left. */
const freeByNode = oncePerSnapshot(
  (snapshot) =>
    new Map(
      snapshot.all('Node').map((node) => {
        const used = usedByNode(snapshot).get(node.name);
        const left = [...allocatableOf(node)].map(
          ([name, amount]) => [name, Math.max(0, amount - (used?.get(name) ?? 0))] as const,
        );
        return [node.name, new Map(left)];
      }),
    ),
);

/** What a node has left; only right where all pods are known. */
export function freeOf(snapshot: Snapshot, node: KubeObject): Amounts {
  return freeByNode(snapshot).get(node.name) ?? new Map<string, number>();
}

function amountsOf(object: JsonObject | undefined): Amounts {
  const amounts = new Map<string, number>();
  for (const [name, value] of Object.entries(object ?? {}).slice(0, ENTRIES)) {
    const amount = typeof value === 'number' ? value : parseQuantity(asText(value) ?? '');
    if (amount !== undefined) amounts.set(name, amount);
  }
  return amounts;
}

/** An amount as people write it: `500m`, `2`, `1.5Gi`. */
export function amountText(resource: string, amount: number): string {
  if (resource === 'cpu')
    return amount < 1 ? `${Math.round(amount * 1000)}m` : String(Number(amount.toFixed(2)));
  if (resource !== 'memory' && resource !== 'ephemeral-storage') return String(amount);
  for (const [unit, size] of [
    ['Gi', 1024 ** 3],
    ['Mi', 1024 ** 2],
    ['Ki', 1024],
  ] as const) {
    if (amount >= size) return `${Number((amount / size).toFixed(amount >= 10 * size ? 0 : 1))}${unit}`;
  }
  return String(amount);
}
