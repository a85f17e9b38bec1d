import type { ObservationEvent, Result } from '@tapio/domain';
import { fault, ok } from '@tapio/domain';
import type { RunMarks } from './container-runs.ts';
import { followRuns, missedAtEnd } from './container-runs.ts';
import { KUBE_LIMITS } from './limits.ts';
import type { PodNaming, PodOrigin } from './pod-events.ts';
import { PodEvents } from './pod-events.ts';
import type { PodView } from './pod-view.ts';
import { managerKey } from './field-managers.ts';
import { rememberFields, specChanges } from './spec-changes.ts';
import type { TrackedPod } from './tracked-pod.ts';
import { readSnapshot, writeSnapshot } from './tracker-snapshot.ts';
import { WorkloadRevisions } from './workload-revisions.ts';

export interface PodTrackerLimits {
  /** Pods that are followed; further ones are ignored and counted in `skippedPods`. */
  readonly pods: number;
  /**
   * How long a pod must be missing from every list before it is gone, unless its deletion was asked for. A
   * kubelet that has just started lists only what it has read so far.
   */
  readonly goneAfterUs: number;
}

const DEFAULT_LIMITS: PodTrackerLimits = { pods: KUBE_LIMITS.pods, goneAfterUs: 10_000_000 };

/**
 * Turns successive pod lists of one node into events: each fact once, whatever the order of the pods, and with
 * the same id when it is read again. Not for two nodes at once.
 */
export class PodTracker {
  readonly #origin: PodOrigin;
  readonly #limits: PodTrackerLimits;
  #pods: ReadonlyMap<string, TrackedPod>;
  #revisions: WorkloadRevisions;
  #observedUs: number | undefined;
  #skippedPods = 0;

  constructor(origin: PodOrigin, limits: Partial<PodTrackerLimits> = {}) {
    this.#origin = origin;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#pods = new Map();
    this.#revisions = new WorkloadRevisions();
  }

  /** Pods of the last list that were over the limit. */
  get skippedPods(): number {
    return this.#skippedPods;
  }

  get trackedPods(): number {
    return this.#pods.size;
  }

  /**
   * Compares a list with the one before and returns what is new, oldest first.
   *
   * @param observedUs when the list was asked for, in microseconds since the Unix epoch; never before the last one
   */
  observe(pods: readonly PodView[], observedUs: number): readonly ObservationEvent[] {
    const events = new PodEvents(this.#origin, { nowUs: observedUs, beforeUs: this.#observedUs });
    const out: ObservationEvent[] = [];
    const listed = pods.toSorted((a, b) => (a.podUid < b.podUid ? -1 : 1));
    const taken = listed.slice(0, this.#limits.pods);
    this.#skippedPods = listed.length - taken.length;
    const next = new Map<string, TrackedPod>();
    for (const pod of taken) {
      const before = this.#pods.get(pod.podUid);
      out.push(...this.#podEvents(pod, before, events));
      const followed = this.#containerEvents(pod, before, events);
      out.push(...followed.events);
      next.set(pod.podUid, {
        naming: namingOf(pod),
        containers: followed.containers,
        spec: rememberFields(pod.spec),
        managers: pod.managers.map(managerKey),
        deletionRequested: pod.deletionRequestedUs !== undefined,
        evicted: before?.evicted === true || isEvicted(pod),
      });
    }
    for (const [podUid, pod] of this.#pods) {
      if (next.has(podUid)) continue;
      const sinceUs = pod.missingSinceUs ?? observedUs;
      if (pod.deletionRequested || observedUs - sinceUs >= this.#limits.goneAfterUs) {
        out.push(...this.#goneEvents(pod, sinceUs, events));
      } else next.set(podUid, { ...pod, missingSinceUs: sinceUs });
    }
    for (const change of this.#revisions.observe(taken)) out.push(...events.workloadChanges(change));
    this.#pods = next;
    this.#observedUs = observedUs;
    return out.sort((a, b) => a.timestamp - b.timestamp || (a.id < b.id ? -1 : 1));
  }

  /** Everything that is remembered, as JSON. It holds no secret value. */
  snapshot(): unknown {
    return writeSnapshot({
      origin: this.#origin,
      observedUs: this.#observedUs,
      pods: this.#pods,
      revisions: this.#revisions.entries(),
    });
  }

  /** Goes on where a snapshot was taken; a fault when it is none, or one of another node. */
  static restore(
    origin: PodOrigin,
    snapshot: unknown,
    limits: Partial<PodTrackerLimits> = {},
  ): Result<PodTracker> {
    const read = readSnapshot(snapshot);
    if (!read.ok) return read;
    const { origin: of, observedUs, pods, revisions } = read.value;
    if (of.cluster !== origin.cluster || of.node !== origin.node) {
      return fault('origin', 'snapshot.origin', `the snapshot is of ${of.cluster}/${of.node}`);
    }
    const tracker = new PodTracker(origin, limits);
    tracker.#pods = new Map(pods);
    tracker.#revisions = new WorkloadRevisions(revisions);
    tracker.#observedUs = observedUs;
    return ok(tracker);
  }

  #podEvents(pod: PodView, before: TrackedPod | undefined, events: PodEvents): ObservationEvent[] {
    const out: ObservationEvent[] = [];
    if (before === undefined) out.push(events.created(pod));
    else {
      const known = new Set(before.managers);
      const managers = pod.managers.filter((entry) => !known.has(managerKey(entry)));
      out.push(...events.podChanges(pod, specChanges(before.spec, pod.spec), managers));
    }
    if (pod.deletionRequestedUs !== undefined && before?.deletionRequested !== true) {
      out.push(events.deletionRequested(pod, pod.deletionRequestedUs));
    }
    if (isEvicted(pod) && before?.evicted !== true) out.push(events.evicted(pod));
    return out;
  }

  #containerEvents(
    pod: PodView,
    before: TrackedPod | undefined,
    events: PodEvents,
  ): { readonly events: ObservationEvent[]; readonly containers: ReadonlyMap<string, RunMarks> } {
    const out: ObservationEvent[] = [];
    const containers = new Map<string, RunMarks>();
    for (const view of pod.containers) {
      const { marks, facts } = followRuns(before?.containers.get(view.name), view);
      containers.set(view.name, marks);
      for (const fact of facts) out.push(events.containerFact(pod, view, fact));
    }
    return { events: out, containers };
  }

  #goneEvents(pod: TrackedPod, sinceUs: number, events: PodEvents): ObservationEvent[] {
    const out = [events.gone(pod.naming, sinceUs)];
    for (const [container, marks] of pod.containers) {
      const missed = missedAtEnd(marks);
      if (missed?.is !== 'missed') continue;
      out.push(events.missedRuns(pod.naming, container, { ...missed, containerId: marks.containerId }));
    }
    return out;
  }
}

function isEvicted(pod: PodView): boolean {
  return pod.statusReason === 'Evicted';
}

function namingOf(pod: PodView): PodNaming {
  const { podUid, podName, namespace, workload } = pod;
  return { podUid, podName, namespace, ...(workload === undefined ? {} : { workload }) };
}
