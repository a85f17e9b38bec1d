import { asList, asText } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { knowsEverywhere } from '../../relations/known.ts';
import { reportsAbout } from '../../relations/object-reports.ts';
import { podTemplates } from '../../relations/pod-templates.ts';
import { nearestName } from '../../relations/near-names.ts';
import { unseenObject } from '../../relations/unseen-object.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit, Observation } from '../check.ts';
import { controlPlanePod } from './control-plane.ts';
import {
  allocatableOf,
  amountText,
  freeOf,
  isControlPlane,
  requestsOf,
  taintText,
  taintsOf,
} from './node-facts.ts';
import { unmetLabel } from './node-selection.ts';
import type { Verdict } from './placement.ts';
import { hostPortsOf, judgePlacement } from './placement.ts';
import type { SchedulerMessage } from './scheduler-message.ts';
import { parseSchedulerMessage } from './scheduler-message.ts';
import { claimsOf } from './pod-volumes.ts';

/** A scheduler that works looks at a pod within a second; a busy one within a minute. */
const SILENT_US = 60_000_000;
const DEFAULT_SCHEDULER = 'default-scheduler';

/** Pods that get no node: what the scheduler says, judged by nodes, taints, labels and requests. */
export const unschedulableCheck: Check = {
  name: 'unschedulable',
  run(snapshot, emit) {
    const byOwner = new Map<string, KubeObject[]>();
    for (const pod of snapshot.all('Pod')) {
      if (pod.deletionUs !== undefined || pod.status['phase'] !== 'Pending') continue;
      if (asText(pod.spec['nodeName']) !== undefined) continue;
      const owner = objectText(snapshot.ownerOf(pod));
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), pod]);
    }
    for (const pods of byOwner.values()) lookAt(snapshot, pods, emit);
    nodesThatAreNot(snapshot, emit);
  },
};

/** What the node's own part in it is called. */
const NODE_REFUSALS: Readonly<Record<string, string>> = {
  cordoned: 'cordoned',
  taint: 'tainted',
  pods: 'full',
};

type Found = Pick<Observation, 'refers' | 'data'> & { readonly problem: string };

function lookAt(snapshot: Snapshot, pods: readonly KubeObject[], emit: Emit): void {
  const newestFirst = pods.toSorted((a, b) => (b.createdUs ?? 0) - (a.createdUs ?? 0));
  for (const pod of newestFirst) {
    const found = whyNoNode(snapshot, pod);
    if (found === undefined) continue;
    const { problem, refers, data } = found;
    const sinceUs = conditionOf(pod, 'PodScheduled')?.sinceUs ?? pod.createdUs;
    emit({
      type: 'pod_unschedulable',
      about: pod,
      ...(refers === undefined ? {} : { refers }),
      ...(sinceUs === undefined ? {} : { atUs: sinceUs }),
      data: { problem, pods: pods.length, ...data },
    });
    const refusal = NODE_REFUSALS[problem];
    if (refusal !== undefined && refers?.kind === 'Node') {
      emit({
        type: 'node_refuses_pods',
        about: snapshot.get('Node', '', refers.name) ?? unseenObject(refers),
        discriminators: [refusal],
        data: { problem: refusal, taint: data?.['taint'] },
      });
    }
    return;
  }
}

function whyNoNode(snapshot: Snapshot, pod: KubeObject): Found | undefined {
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'True') return undefined;
  if (scheduled?.reason === 'SchedulingGated' || (asList(pod.spec['schedulingGates']) ?? []).length > 0) {
    return { problem: 'gated', data: { message: scheduled?.message, proven: 'objects' } };
  }
  const report = reportsAbout(snapshot, pod).findLast(({ reason }) => reason === 'FailedScheduling');
  const message = scheduled?.message || report?.message || '';
  if (message === '') return unseen(snapshot, pod);
  const said = parseSchedulerMessage(message);
  const verdict = judgePlacement(snapshot, pod, said);
  return verdict === undefined
    ? { problem: 'unknown', data: { message, proven: 'message' } }
    : describe(snapshot, { pod, said, verdict, message });
}

/** No scheduler has said a word about the pod. */
function unseen(snapshot: Snapshot, pod: KubeObject): Found | undefined {
  if (snapshot.takenUs - (pod.createdUs ?? snapshot.takenUs) < SILENT_US) return undefined;
  const scheduler = asText(pod.spec['schedulerName']) ?? DEFAULT_SCHEDULER;
  if (scheduler !== DEFAULT_SCHEDULER && !isServed(snapshot, scheduler)) {
    return {
      problem: 'scheduler_unknown',
      data: {
        scheduler,
        nearest: nearestName(scheduler, [DEFAULT_SCHEDULER]) ?? DEFAULT_SCHEDULER,
        proven: 'objects',
      },
    };
  }
  return {
    problem: 'scheduler_silent',
    refers: controlPlanePod(snapshot, 'kube-scheduler'),
    data: { scheduler, proven: 'objects' },
  };
}

/** Another pod has been placed by it, or something runs under its name. */
function isServed(snapshot: Snapshot, scheduler: string): boolean {
  return snapshot
    .all('Pod')
    .some(
      (pod) =>
        (pod.spec['schedulerName'] === scheduler && asText(pod.spec['nodeName']) !== undefined) ||
        pod.name.startsWith(scheduler),
    );
}

function describe(
  snapshot: Snapshot,
  {
    pod,
    said,
    verdict,
    message,
  }: {
    readonly pod: KubeObject;
    readonly said: SchedulerMessage;
    readonly verdict: Verdict;
    readonly message: string;
  },
): Found {
  const { problem } = verdict;
  const counts = countsOf(said);
  const isByObjects = verdict.nodes.length > 0;
  const base = {
    nodes: said.nodes ?? (snapshot.all('Node').length || undefined),
    ...counts,
    message,
    proven: isByObjects ? 'both' : 'message',
  };
  if (RESOURCES.has(problem)) {
    return {
      problem,
      ...nodeOf(problem === 'pods' ? verdict : undefined),
      data: { ...base, ...resourceData(snapshot, pod, verdict) },
    };
  }
  if (problem === 'node_selector' || problem === 'node_affinity') {
    const unmet = unmetLabel(pod.spec, snapshot.all('Node'));
    return { problem, data: { ...base, label: unmet?.label, nearest: unmet?.nearest } };
  }
  if (problem === 'taint')
    return { problem, ...nodeOf(verdict), data: { ...base, ...taintData(snapshot, pod, verdict) } };
  if (problem === 'cordoned' || problem === 'node_down') return { problem, ...nodeOf(verdict), data: base };
  if (problem === 'host_port') return { problem, data: { ...base, host_port: hostPortsOf(pod)[0] } };
  if (problem.startsWith('claim_') || problem === 'volume_zone')
    return { problem, ...claimOf(snapshot, pod, said), data: base };
  return { problem, data: base };
}

const RESOURCES: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'ephemeral_storage',
  'extended_resource',
  'pods',
]);

function countsOf(said: SchedulerMessage): Readonly<Record<string, number | undefined>> {
  const sum = (...whys: readonly string[]): number | undefined => {
    const total = said.reasons
      .filter(({ why }) => whys.includes(why))
      .reduce((all, { nodes }) => all + nodes, 0);
    return total === 0 ? undefined : total;
  };
  return {
    cpu_nodes: sum('cpu'),
    memory_nodes: sum('memory'),
    resource_nodes: sum('ephemeral_storage', 'extended_resource', 'pods'),
    selector_nodes: sum('node_selector'),
    taint_nodes: sum('taint'),
    cordoned_nodes: sum('cordoned'),
    affinity_nodes: sum('pod_affinity', 'pod_anti_affinity', 'topology_spread'),
    port_nodes: sum('host_port'),
    volume_nodes: sum('volume_zone', 'claim_unbound'),
  };
}

function resourceData(
  snapshot: Snapshot,
  pod: KubeObject,
  { problem, resource, eligible }: Verdict,
): Observation['data'] {
  const name =
    problem === 'pods'
      ? 'pods'
      : problem === 'ephemeral_storage'
        ? 'ephemeral-storage'
        : (resource ?? problem);
  const wanted = requestsOf(pod.spec).get(name);
  const most = (amounts: readonly number[]): string | undefined =>
    amounts.length === 0 ? undefined : amountText(name, Math.max(...amounts));
  return {
    resource: name,
    requested: wanted === undefined ? undefined : amountText(name, wanted),
    free: knowsEverywhere(snapshot, 'Pod')
      ? most(eligible.map((node) => freeOf(snapshot, node).get(name) ?? 0))
      : undefined,
    largest: most(eligible.map((node) => allocatableOf(node).get(name) ?? 0)),
  };
}

const DAY_US = 86_400_000_000;

function taintData(snapshot: Snapshot, pod: KubeObject, verdict: Verdict): Observation['data'] {
  const { taint } = verdict;
  if (taint === undefined) return {};
  const owner = snapshot.ownerOf(pod);
  const madeUs = snapshot.get(owner.kind, owner.namespace, owner.name)?.createdUs ?? pod.createdUs;
  const { addedUs } = taint;
  const isRecent =
    addedUs !== undefined && (snapshot.takenUs - addedUs < DAY_US || addedUs > (madeUs ?? Infinity));
  const workers = snapshot.all('Node').filter((node) => !isControlPlane(node));
  const isEverywhere =
    workers.length > 0 && workers.every((node) => taintsOf(node).some(({ key }) => key === taint.key));
  return { taint: taintText(taint), taint_recent: isRecent, taint_everywhere: isEverywhere };
}

function nodeOf(verdict: Verdict | undefined): { readonly refers?: ObjectName } {
  const node = verdict?.nodes[0];
  return node === undefined ? {} : { refers: { kind: 'Node', namespace: '', name: node.name } };
}

function claimOf(
  snapshot: Snapshot,
  pod: KubeObject,
  said: SchedulerMessage,
): { readonly refers?: ObjectName } {
  const named = said.reasons.find(({ why }) => why.startsWith('claim_') && why !== 'claim_unbound')?.subject;
  const claims = claimsOf(pod).map(({ claim }) => claim);
  const pending = claims.find(
    (name) => snapshot.get('PersistentVolumeClaim', pod.namespace, name)?.status['phase'] === 'Pending',
  );
  const name = named ?? pending ?? claims[0];
  return name === undefined
    ? {}
    : { refers: { kind: 'PersistentVolumeClaim', namespace: pod.namespace, name } };
}

/** Workloads that name a node which is not there: their pods are bound to nothing and collected as orphans. */
function nodesThatAreNot(snapshot: Snapshot, emit: Emit): void {
  if (!snapshot.knowsAll('Node')) return;
  const nodes = snapshot.all('Node').map(({ name }) => name);
  for (const { object, podSpec, pods } of podTemplates(snapshot)) {
    const named = asText(podSpec['nodeName']);
    if (named === undefined || nodes.length === 0 || nodes.includes(named)) continue;
    if (object.kind === 'Pod' && object.status['phase'] === 'Running') continue;
    emit({
      type: 'pod_unschedulable',
      about: object,
      data: {
        problem: 'node_name',
        pods: pods.length,
        nodes: nodes.length,
        label: named,
        nearest: nearestName(named, nodes),
        proven: 'objects',
      },
    });
  }
}
