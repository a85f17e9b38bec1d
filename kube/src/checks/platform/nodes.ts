import { asText } from '../../json.ts';
import type { StatusCondition } from '../../relations/conditions.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import { isReady } from '../../relations/pod-templates.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';

/** A node that has just joined is NotReady until its network is up. */
const JOINING_US = 120_000_000;

const podsByNode = oncePerSnapshot((snapshot) => {
  const pods = new Map<string, KubeObject[]>();
  for (const pod of snapshot.all('Pod')) {
    const node = asText(pod.spec['nodeName']);
    if (node === undefined || pod.status['phase'] === 'Succeeded') continue;
    const list = pods.get(node);
    if (list === undefined) pods.set(node, [pod]);
    else list.push(pod);
  }
  return pods;
});

/** Nodes that are not ready, why as far as the kubelet says, and the workloads that have pods there. */
export const nodesCheck: Check = {
  name: 'nodes',
  run(snapshot, emit) {
    for (const node of snapshot.all('Node')) {
      pressures(snapshot, node, emit);
      const found = whyNotReady(snapshot, node);
      if (found === undefined) continue;
      const { problem, condition } = found;
      const pods = podsByNode(snapshot).get(node.name) ?? [];
      emit({
        type: 'node_not_ready',
        about: node,
        ...(condition.sinceUs === undefined ? {} : { atUs: condition.sinceUs }),
        data: {
          problem,
          status: condition.status,
          reason: condition.reason,
          pods: pods.length,
          message: condition.message,
        },
      });
      if (problem !== 'network' || conditionOf(node, 'Ready')?.status !== 'True')
        strandedPods(snapshot, { node, sinceUs: condition.sinceUs }, emit);
    }
  },
};

function whyNotReady(
  snapshot: Snapshot,
  node: KubeObject,
): { readonly problem: string; readonly condition: StatusCondition } | undefined {
  const ready = conditionOf(node, 'Ready');
  const network = conditionOf(node, 'NetworkUnavailable');
  const isJoining = snapshot.takenUs - (node.createdUs ?? 0) < JOINING_US;
  if (isJoining) return undefined;
  if (ready !== undefined && ready.status !== 'True') return { problem: problemOf(ready), condition: ready };
  return network?.status === 'True' ? { problem: 'network', condition: network } : undefined;
}

/**
 * Texts of pkg/controller/nodelifecycle (`Kubelet stopped posting node status.`), pkg/kubelet/kubelet.go and
 * nodestatus/setters.go (`container runtime is down`, `PLEG is not healthy`) and container runtimes
 * (`cni plugin not initialized`, `No CNI configuration file`, `cni config uninitialized`).
 */
function problemOf({ status, message, reason }: StatusCondition): string {
  if (status === 'Unknown' || reason === 'NodeStatusUnknown' || /stopped posting|never posted/i.test(message))
    return 'kubelet';
  if (/cni|NetworkPluginNotReady|network is not ready|NetworkReady=false/i.test(message)) return 'cni';
  if (
    /container runtime|PLEG|RuntimeReady=false|containerd|docker|cri-o|runtime network not ready/i.test(
      message,
    )
  )
    return 'runtime';
  return 'other';
}

const PRESSURES = [
  ['MemoryPressure', 'memory'],
  ['DiskPressure', 'disk'],
  ['PIDPressure', 'pid'],
] as const;

function pressures(snapshot: Snapshot, node: KubeObject, emit: Emit): void {
  for (const [type, problem] of PRESSURES) {
    const condition = conditionOf(node, type);
    if (condition?.status !== 'True') continue;
    const evicted = (podsByNode(snapshot).get(node.name) ?? []).filter(
      ({ status }) => status['reason'] === 'Evicted',
    ).length;
    emit({
      type: 'node_pressure',
      about: node,
      ...(condition.sinceUs === undefined ? {} : { atUs: condition.sinceUs }),
      discriminators: [problem],
      data: { problem, evicted, message: condition.message },
    });
  }
}

function strandedPods(
  snapshot: Snapshot,
  { node, sinceUs }: { readonly node: KubeObject; readonly sinceUs: number | undefined },
  emit: Emit,
): void {
  const byOwner = new Map<string, KubeObject[]>();
  for (const pod of podsByNode(snapshot).get(node.name) ?? []) {
    const owner = snapshot.ownerOf(pod);
    if (owner.kind === 'Pod' && pod.namespace === 'kube-system') continue;
    const key = objectText(owner);
    byOwner.set(key, [...(byOwner.get(key) ?? []), pod]);
  }
  for (const pods of byOwner.values()) {
    const [first] = pods;
    if (first === undefined) continue;
    const elsewhere = snapshot
      .podsOf(snapshot.ownerOf(first))
      .filter((pod) => pod.spec['nodeName'] !== node.name);
    emit({
      type: 'pods_on_lost_node',
      about: first,
      refers: { kind: 'Node', namespace: '', name: node.name },
      ...(sinceUs === undefined ? {} : { atUs: sinceUs }),
      discriminators: [node.name],
      data: {
        pods: pods.length,
        all: !elsewhere.some(isReady),
        terminating: pods.filter(({ deletionUs }) => deletionUs !== undefined).length,
      },
    });
  }
}
