import { asObject, asText } from '../../json.ts';
import { servingContainers } from '../../relations/pod-templates.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { cordonBehind } from './displacement.ts';
import type { Taint } from './node-facts.ts';
import {
  freeOf,
  isControlPlane,
  isControlPlaneTaint,
  isCordoned,
  isNodeReady,
  requestsOf,
  taintsOf,
} from './node-facts.ts';
import { affinityFits, entriesOf, selectorFits, untolerated } from './node-selection.ts';
import { volumesReach } from './pod-volumes.ts';
import type { PlacementProblem, SchedulerMessage } from './scheduler-message.ts';

export type Problem = PlacementProblem | 'node_affinity' | 'node_down';

/** Why one node does not take a pod, as far as objects tell; undefined where they don't. */
interface Refusal {
  readonly node: KubeObject;
  readonly problem: Problem | undefined;
  readonly taint?: Taint;
  readonly resource?: string;
}

/** What to act on so that a pod gets a node. */
export interface Verdict {
  readonly problem: Problem;
  readonly resource?: string | undefined;
  readonly taint?: Taint | undefined;
  /** Nodes that refuse for it. */
  readonly nodes: readonly KubeObject[];
  /** Nodes that the pod could go to but for it. */
  readonly eligible: readonly KubeObject[];
}

/** Of several reasons on as many nodes, the first here is the one to act on. */
const ORDER: readonly Problem[] = [
  'cpu',
  'memory',
  'extended_resource',
  'ephemeral_storage',
  'pods',
  'host_port',
  'volume_zone',
  'claim_unbound',
  'pod_anti_affinity',
  'pod_affinity',
  'topology_spread',
  'node_selector',
  'node_affinity',
  'taint',
  'cordoned',
  'node_down',
];

/** About the pod as a whole, whatever the nodes. */
const WHOLE: ReadonlySet<Problem> = new Set(['claim_missing', 'claim_terminating', 'claim_lost', 'no_nodes']);

/**
 * Decides between the reasons of several nodes: what no node can satisfy comes first (a selector that none has), then
 * nodes that are out of service or reserved are left aside as long as others are left, then the majority.
 */
export function judgePlacement(
  snapshot: Snapshot,
  pod: KubeObject,
  said: SchedulerMessage,
): Verdict | undefined {
  const whole = said.reasons.find(({ why }) => WHOLE.has(why));
  if (whole !== undefined) return { problem: whole.why, nodes: [], eligible: [] };
  const immediate = said.reasons.find(
    ({ why, nodes }) => why === 'claim_unbound' && nodes >= (said.nodes ?? 1),
  );
  if (immediate !== undefined) return { problem: 'claim_unbound', nodes: [], eligible: [] };
  const all = snapshot.all('Node');
  const nodes = snapshot.knowsAll('Node') || all.length === said.nodes ? all : [];
  return nodes.length === 0 ? byMessage(pod, said) : byObjects(snapshot, { pod, nodes, said });
}

function byObjects(
  snapshot: Snapshot,
  {
    pod,
    nodes,
    said,
  }: { readonly pod: KubeObject; readonly nodes: readonly KubeObject[]; readonly said: SchedulerMessage },
): Verdict | undefined {
  const selected = nodes.filter((node) => selectorFits(pod.spec, node));
  if (selected.length === 0) return { problem: 'node_selector', nodes, eligible: [] };
  const matching = selected.filter((node) => affinityFits(pod.spec, node));
  if (matching.length === 0) return { problem: 'node_affinity', nodes, eligible: [] };
  const reached = matching.filter((node) => volumesReach(snapshot, pod, node));
  if (reached.length === 0) return { problem: 'volume_zone', nodes, eligible: [] };
  const workers = reached.filter((node) => !isReserved(pod, node));
  const eligible = workers.length > 0 ? workers : reached;
  const refusals = eligible.map((node) => refusalOf(snapshot, pod, node));
  const told = said.reasons.filter(({ why }) => REST.has(why)).map(({ why }) => why)[0];
  // Where not all pods are known, what a node has left is told by the scheduler alone.
  const toldFull = told ?? said.reasons.find(({ why }) => COUNTED.has(why))?.why;
  const saidProblems = new Set<string>(said.reasons.map(({ why }) => why).filter((why) => why !== 'unknown'));
  const known = refusals.map((refusal): Refusal => {
    // The scheduler knows of more than the objects show; what it does not say is not what holds the pod up.
    const { problem } = refusal;
    const isUnsaid =
      saidProblems.size > 0 && problem !== undefined && COUNTED.has(problem) && !saidProblems.has(problem);
    return { ...refusal, problem: isUnsaid ? (told ?? problem) : (problem ?? toldFull) };
  });
  const chosen = choose(known.flatMap(({ problem }) => problem ?? []));
  if (chosen === undefined) {
    const verdict = byMessage(pod, said);
    return verdict === undefined ? undefined : { ...verdict, nodes: eligible, eligible };
  }
  const cordoned = ASIDE.includes(chosen) ? undefined : cordonBehind(snapshot, pod, eligible);
  if (cordoned !== undefined) return { problem: 'cordoned', nodes: [cordoned], eligible };
  const behind = known.filter(({ problem }) => problem === chosen);
  return {
    problem: chosen,
    nodes: behind.map(({ node }) => node),
    eligible,
    taint: behind[0]?.taint,
    resource: behind[0]?.resource ?? said.reasons.find(({ why }) => why === chosen)?.subject,
  };
}

/** What a scheduler that looked at the pod would have said. */
const COUNTED: ReadonlySet<Problem> = new Set([
  'cpu',
  'memory',
  'ephemeral_storage',
  'extended_resource',
  'pods',
  'host_port',
]);

/** What is told by the scheduler alone. */
const REST: ReadonlySet<Problem> = new Set([
  'host_port',
  'volume_zone',
  'claim_unbound',
  'pod_anti_affinity',
  'pod_affinity',
  'topology_spread',
  'extended_resource',
  'unknown',
]);

function isReserved(pod: KubeObject, node: KubeObject): boolean {
  return (
    isControlPlane(node) && untolerated(pod.spec, taintsOf(node).filter(isControlPlaneTaint)) !== undefined
  );
}

const NODE_DOWN =
  /^node\.kubernetes\.io\/(?:not-ready|unreachable|network-unavailable)$|^node\.cloudprovider\.kubernetes\.io\//;
const CORDONED = 'node.kubernetes.io/unschedulable';

function refusalOf(snapshot: Snapshot, pod: KubeObject, node: KubeObject): Refusal {
  const taints = taintsOf(node);
  const isToleratedCordon =
    untolerated(pod.spec, [{ key: CORDONED, value: '', effect: 'NoSchedule', addedUs: undefined }]) ===
    undefined;
  if (isNodeReady(node) === false) return { node, problem: 'node_down' };
  if (isCordoned(node) && !isToleratedCordon) return { node, problem: 'cordoned' };
  const taint = untolerated(
    pod.spec,
    taints.filter(({ key }) => key !== CORDONED),
  );
  if (taint !== undefined) return { node, problem: NODE_DOWN.test(taint.key) ? 'node_down' : 'taint', taint };
  if (hasPortTaken(snapshot, pod, node)) return { node, problem: 'host_port' };
  // What is left is at most what there is, less the pods that are known.
  const free = freeOf(snapshot, node);
  const short = [...requestsOf(pod.spec)].find(
    ([name, amount]) => amount > 0 && amount > (free.get(name) ?? 0),
  );
  if (short !== undefined) return { node, problem: resourceProblem(short[0]), resource: short[0] };
  if ((free.get('pods') ?? 1) < 1) return { node, problem: 'pods' };
  return { node, problem: undefined };
}

function resourceProblem(resource: string): Problem {
  if (resource === 'cpu') return 'cpu';
  if (resource === 'memory') return 'memory';
  return resource === 'ephemeral-storage' ? 'ephemeral_storage' : 'extended_resource';
}

export function hostPortsOf(pod: KubeObject): readonly number[] {
  const usesHostNetwork = pod.spec['hostNetwork'] === true;
  return servingContainers(pod.spec).flatMap((container) =>
    entriesOf(container['ports']).flatMap((entry) => {
      const port = entry['hostPort'] ?? (usesHostNetwork ? entry['containerPort'] : undefined);
      return typeof port === 'number' && port > 0 ? [port] : [];
    }),
  );
}

function hasPortTaken(snapshot: Snapshot, pod: KubeObject, node: KubeObject): boolean {
  const wanted = hostPortsOf(pod);
  if (wanted.length === 0) return false;
  return snapshot
    .all('Pod')
    .some(
      (other) =>
        asText(other.spec['nodeName']) === node.name &&
        other.status['phase'] !== 'Succeeded' &&
        other.status['phase'] !== 'Failed' &&
        hostPortsOf(other).some((port) => wanted.includes(port)),
    );
}

function byMessage(pod: KubeObject, said: SchedulerMessage): Verdict | undefined {
  const counted = said.reasons.map((reason) => ({
    ...reason,
    problem: problemOf(reason.why, reason.subject),
  }));
  const open = counted.filter(
    ({ problem, subject }) => problem !== 'taint' || !/control-plane|master/.test(subject ?? ''),
  );
  // Filters run in order, and the selector's before these: where one of them refuses, the selector has let a node through.
  const isPastSelector = open.some(({ problem }) => LATER.has(problem));
  const left = isPastSelector ? open.filter(({ problem }) => problem !== 'node_selector') : open;
  const list = (left.length > 0 ? left : counted).flatMap(({ problem, nodes }) =>
    Array.from({ length: Math.min(Math.max(nodes, 1), 1_000) }, () => problem),
  );
  const chosen = choose(list);
  if (chosen === undefined) return undefined;
  const reason = counted.find(({ problem }) => problem === chosen);
  const usesSelector = Object.keys(asObject(pod.spec['nodeSelector']) ?? {}).length > 0;
  // A pod's description shows its selector and not its affinity: without the one it is the other.
  const isSpecKnown = servingContainers(pod.spec).length > 0;
  const problem = chosen === 'node_selector' && !usesSelector && isSpecKnown ? 'node_affinity' : chosen;
  return {
    problem,
    nodes: [],
    eligible: [],
    resource: chosen === 'cpu' || chosen === 'memory' ? chosen : reason?.subject,
  };
}

const LATER: ReadonlySet<Problem> = new Set([...COUNTED, ...REST].filter((problem) => problem !== 'unknown'));

function problemOf(why: PlacementProblem, subject: string | undefined): Problem {
  if (why !== 'taint') return why;
  const key = /\{([^:}=]+)/.exec(subject ?? '')?.[1] ?? '';
  if (NODE_DOWN.test(key)) return 'node_down';
  return key === CORDONED ? 'cordoned' : 'taint';
}

/** Left aside in this order as long as something else is left: a taint is mostly meant. */
const ASIDE: readonly Problem[] = ['taint', 'cordoned', 'node_down'];

function choose(problems: readonly Problem[]): Problem | undefined {
  const counts = new Map<Problem, number>();
  for (const problem of problems) counts.set(problem, (counts.get(problem) ?? 0) + 1);
  // A volume excludes nodes as a selector does: a node that is out of service may be the one that it is on.
  if (counts.has('cordoned') || counts.has('node_down')) counts.delete('volume_zone');
  for (const aside of ASIDE) if (counts.size > 1) counts.delete(aside);
  const [best] = [...counts].sort(([a, countA], [b, countB]) => countB - countA || rank(a) - rank(b));
  return best?.[0];
}

function rank(problem: Problem): number {
  const at = ORDER.indexOf(problem);
  return at === -1 ? ORDER.length : at;
}
