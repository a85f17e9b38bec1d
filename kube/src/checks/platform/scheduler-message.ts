/** Why the scheduler leaves out how many nodes. */
export interface SchedulerReason {
  readonly why: PlacementProblem;
  /** How many nodes; all where the message gives no number. */
  readonly nodes: number;
  /** Resource, taint, claim or volume that it names. */
  readonly subject: string | undefined;
}

export type PlacementProblem =
  | 'cpu'
  | 'memory'
  | 'ephemeral_storage'
  | 'extended_resource'
  | 'pods'
  | 'node_selector'
  | 'pod_affinity'
  | 'pod_anti_affinity'
  | 'topology_spread'
  | 'taint'
  | 'cordoned'
  | 'host_port'
  | 'volume_zone'
  | 'claim_unbound'
  | 'claim_missing'
  | 'claim_terminating'
  | 'claim_lost'
  | 'node_name'
  | 'no_nodes'
  | 'unknown';

export interface SchedulerMessage {
  /** Nodes that there are; undefined where the message doesn't say. */
  readonly nodes: number | undefined;
  readonly reasons: readonly SchedulerReason[];
}

/**
 * Texts of pkg/scheduler/framework/plugins (noderesources/fit.go, tainttoleration, nodeaffinity, nodeunschedulable,
 * nodeports, interpodaffinity, podtopologyspread, volumebinding, volumezone, nodevolumelimits) and, before 1.19, of
 * pkg/scheduler/algorithm/predicates/error.go.
 */
const TEXTS: readonly (readonly [RegExp, PlacementProblem])[] = [
  [/^Insufficient cpu$/, 'cpu'],
  [/^Insufficient memory$/, 'memory'],
  [/^Insufficient ephemeral-storage$/, 'ephemeral_storage'],
  [/^Insufficient (\S+)$/, 'extended_resource'],
  [/^Too many pods$/, 'pods'],
  [/^node\(s\) had (?:untolerated )?taints?(?:\(s\))? ?(?:(\{[^}]*\}))?/, 'taint'],
  [/^node\(s\) were unschedulable/, 'cordoned'],
  [/^node\(s\) (?:didn't|did not) match (?:Pod's )?node (?:affinity|selector)/, 'node_selector'],
  [/^node\(s\) didn't match the requested (?:node name|hostname)/, 'node_name'],
  [/^node\(s\) didn't have free ports/, 'host_port'],
  [/^node\(s\) didn't match pod affinity rules/, 'pod_affinity'],
  [/^node\(s\) didn't (?:match|satisfy existing) pods? anti-affinity rules/, 'pod_anti_affinity'],
  [/^node\(s\) didn't match pod affinity\/anti-affinity/, 'pod_anti_affinity'],
  [/^node\(s\) didn't match pod topology spread constraints/, 'topology_spread'],
  [/^node\(s\) had (?:no available )?volume (?:node affinity conflict|zone)/, 'volume_zone'],
  [/^node\(s\) didn't find available persistent volumes to bind/, 'claim_unbound'],
  [/^(?:pod|node\(s\)) ha(?:s|d) unbound immediate PersistentVolumeClaims/, 'claim_unbound'],
  [/^node\(s\) exceed max volume count/, 'extended_resource'],
  [/^persistentvolumeclaim "([^"]+)" not found/, 'claim_missing'],
  [/^persistentvolumeclaim "([^"]+)" is being deleted/, 'claim_terminating'],
  [/^persistentvolumeclaim "([^"]+)" bound to non-existent persistentvolume/, 'claim_lost'],
  [/^node\(s\) unavailable due to (?:one or more pvc|PersistentVolume)/, 'claim_lost'],
];

/** Reasons in one message: a scheduler of 5000 nodes names a dozen. */
const REASONS = 32;

/** Takes a FailedScheduling message or the message of the PodScheduled condition apart (1.12 to 1.34). */
export function parseSchedulerMessage(message: string): SchedulerMessage {
  const text = message.slice(0, 4_096).split(/\.?\s*preemption: /)[0] ?? '';
  if (/^no nodes available to schedule pods/.test(text)) {
    return { nodes: 0, reasons: [{ why: 'no_nodes', nodes: 0, subject: undefined }] };
  }
  const head = /(\d+)\/(\d+) nodes are available:?\s*/.exec(text);
  const nodes = head === null ? undefined : Number(head[2]);
  // What follows the first sentence is about preemption and, since 1.34, about claims (`no new claims to deallocate`).
  const body = (head === null ? text : text.slice(head.index + head[0].length)).split(/\.(?:\s|$)/)[0] ?? '';
  const reasons = splitReasons(body)
    .slice(0, REASONS)
    .map((part): SchedulerReason => {
      const numbered = /^(\d+) (.*)$/s.exec(part);
      const said = numbered?.[2] ?? part;
      const count = numbered === null ? (nodes ?? 0) : Number(numbered[1]);
      for (const [pattern, why] of TEXTS) {
        const match = pattern.exec(said);
        if (match !== null) return { why, nodes: count, subject: match[1] };
      }
      return { why: 'unknown', nodes: count, subject: said.slice(0, 200) };
    });
  return { nodes, reasons };
}

/** At commas outside braces that a number or a known beginning follows: taints and their clauses hold commas too. */
function splitReasons(body: string): readonly string[] {
  const trimmed = body.trim().replace(/\.+$/, '');
  if (trimmed === '') return [];
  return trimmed
    .split(/, (?=\d+ |persistentvolumeclaim "|pod has unbound|node\(s\) )(?![^{]*\})/)
    .map((part) => part.trim());
}
