import type { ObservationEvent } from '@tapio/domain';
import { NO_NODE } from '@tapio/domain';
import { CONTROL_CHECKS } from './checks/control.ts';
import { NETWORK_CHECKS } from './checks/network.ts';
import { runChecks } from './checks/observe.ts';
import { PLATFORM_CHECKS } from './checks/platform.ts';
import { WORKLOAD_CHECKS } from './checks/workload.ts';
import { asText } from './json.ts';
import { kubeEvents } from './kube-events.ts';
import { KUBE_LIMITS } from './limits.ts';
import { parsePodList } from './parse-pod-list.ts';
import { PodEvents } from './pod-events.ts';
import { PodTracker } from './pod-tracker.ts';
import type { PodView } from './pod-view.ts';
import type { KubeObject } from './snapshot/kube-object.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { templateChanges } from './template-changes.ts';
import { WorkloadRevisions } from './workload-revisions.ts';

const CHECKS = [...WORKLOAD_CHECKS, ...PLATFORM_CHECKS, ...NETWORK_CHECKS, ...CONTROL_CHECKS];

/**
 * All that the objects of a snapshot show, as events, oldest first: what became of containers, what Events say, what
 * changed between revisions, and what the checks see. Logs are matched elsewhere.
 */
export function observeSnapshot(snapshot: Snapshot): ObservationEvent[] {
  const { compared, events: changes } = templateChanges(snapshot);
  const { pods, events: podEvents } = observePods(snapshot);
  const events = [
    ...podEvents,
    ...changes,
    ...podRevisionChanges(snapshot, pods, compared),
    ...kubeEvents(snapshot),
    ...runChecks(snapshot, CHECKS),
  ];
  const unique = new Map(events.map((event) => [event.id, event]));
  return [...unique.values()].sort((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1));
}

/** Each node's pods as its kubelet would list them, and the pods that no node has taken. */
function observePods(snapshot: Snapshot): {
  readonly pods: readonly PodView[];
  readonly events: readonly ObservationEvent[];
} {
  const byNode = new Map<string, KubeObject[]>();
  for (const pod of snapshot.all('Pod')) {
    const node = asText(pod.spec['nodeName']) ?? NO_NODE;
    const known = byNode.get(node);
    if (known === undefined) byNode.set(node, [pod]);
    else known.push(pod);
  }
  const pods: PodView[] = [];
  const events: ObservationEvent[] = [];
  for (const [node, all] of byNode) {
    for (let from = 0; from < all.length; from += KUBE_LIMITS.pods) {
      const items = all.slice(from, from + KUBE_LIMITS.pods).map(({ raw }) => raw);
      const parsed = parsePodList({ kind: 'List', items });
      if (!parsed.ok) continue;
      pods.push(...parsed.value.pods);
      const tracker = new PodTracker({ cluster: snapshot.cluster, node });
      events.push(...tracker.observe(parsed.value.pods, snapshot.takenUs));
    }
  }
  // Revisions are compared below, over all nodes.
  return { pods, events: events.filter(({ type }) => type !== 'workload_spec_changed') };
}

/** Workloads whose revisions the dump does not hold: by their pods, as a live agent does. */
function podRevisionChanges(
  snapshot: Snapshot,
  pods: readonly PodView[],
  compared: ReadonlySet<string>,
): ObservationEvent[] {
  const rest = pods.filter((pod) => !compared.has(`${pod.namespace}/${pod.workload ?? ''}`));
  const origin = { cluster: snapshot.cluster, node: NO_NODE };
  const events = new PodEvents(origin, { nowUs: snapshot.takenUs, beforeUs: undefined });
  return new WorkloadRevisions().observe(rest).flatMap((change) => events.workloadChanges(change));
}
