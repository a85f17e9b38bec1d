import type { EventType, GapReason, ObservationEvent } from '@tapio/domain';
import { EVENT_LIMITS, containerRunEventId, derivedEventId, podEventId } from '@tapio/domain';
import type { RunFact } from './container-runs.ts';
import type { FieldManager } from './field-managers.ts';
import { ownerOf } from './field-managers.ts';
import { cut } from './json.ts';
import { KUBE_LIMITS } from './limits.ts';
import type { ContainerKind, ContainerView, PodView } from './pod-view.ts';
import { digest } from './spec-fields.ts';
import type { SpecChange } from './spec-changes.ts';
import type { RevisionChange } from './workload-revisions.ts';

/** Whose kubelet reports. */
export interface PodOrigin {
  readonly cluster: string;
  readonly node: string;
}

/** What an event says about its pod; also kept for pods that are gone. */
export type PodNaming = Pick<PodView, 'podUid' | 'podName' | 'namespace' | 'workload'>;

/** When a list was taken, and the one before it. */
export interface Observed {
  readonly nowUs: number;
  readonly beforeUs: number | undefined;
}

type Data = Readonly<Record<string, string | undefined>>;

interface Draft {
  readonly id: string;
  readonly type: EventType;
  readonly timestamp: number;
  readonly containerId?: string | undefined;
  readonly data: Data;
}

/** The kubelet writes times in whole seconds (metav1.Time). */
const STATUS_RESOLUTION_US = 1_000_000;

export class PodEvents {
  readonly #origin: PodOrigin;
  readonly #observed: Observed;

  constructor(origin: PodOrigin, observed: Observed) {
    this.#origin = origin;
    this.#observed = observed;
  }

  created(pod: PodView): ObservationEvent {
    const images = pod.containers.flatMap((c) => (c.image === undefined ? [] : [`${c.name}=${c.image}`]));
    return this.#event(pod, {
      id: this.#podId('pod_created', pod),
      type: 'pod_created',
      timestamp: pod.createdUs ?? this.#observed.nowUs,
      data: {
        qos: pod.qos,
        revision: pod.revision,
        images: images.length === 0 ? undefined : images.join(','),
      },
    });
  }

  deletionRequested(pod: PodView, requestedUs: number): ObservationEvent {
    return this.#event(pod, {
      id: this.#podId('pod_deleted', pod, ['requested']),
      type: 'pod_deleted',
      timestamp: requestedUs,
      data: { stage: 'requested', grace_us: pod.graceUs?.toString() },
    });
  }

  /** @param sinceUs the first list without it */
  gone(pod: PodNaming, sinceUs: number): ObservationEvent {
    return this.#event(pod, {
      id: this.#podId('pod_deleted', pod, ['gone']),
      type: 'pod_deleted',
      timestamp: sinceUs,
      data: { stage: 'gone' },
    });
  }

  evicted(pod: PodView): ObservationEvent {
    return this.#event(pod, {
      id: this.#podId('pod_evicted', pod),
      type: 'pod_evicted',
      timestamp: pod.disruptedUs ?? this.#observed.nowUs,
      data: { reason: pod.statusReason ?? '', message: pod.statusMessage },
    });
  }

  containerFact(pod: PodView, view: ContainerView, fact: RunFact): ObservationEvent {
    if (fact.is === 'missed')
      return this.missedRuns(pod, view.name, { ...fact, containerId: view.containerId });
    const run = {
      cluster: this.#origin.cluster,
      podUid: pod.podUid,
      container: view.name,
      restartCount: fact.run,
    };
    const data = runData(view.name, view.kind, { run: fact.run, image: view.image });
    switch (fact.is) {
      case 'started':
        return this.#event(pod, {
          id: containerRunEventId('container_started', run),
          type: 'container_started',
          timestamp: fact.startedUs,
          containerId: fact.containerId,
          data,
        });
      case 'waiting':
        return this.#event(pod, {
          id: derivedEventId(containerRunEventId('container_waiting', run), fact.reason),
          type: 'container_waiting',
          timestamp: this.#observed.nowUs,
          containerId: fact.containerId,
          data: { ...data, reason: fact.reason, message: fact.message },
        });
      case 'died': {
        const { end } = fact;
        const notLater = this.#observed.beforeUs ?? this.#observed.nowUs;
        return this.#event(pod, {
          id: containerRunEventId('container_died', run),
          type: 'container_died',
          timestamp: end.finishedUs ?? notLater,
          containerId: end.containerId,
          data: {
            ...data,
            exit_code: String(end.exitCode),
            signal: end.signal?.toString(),
            reason: end.reason,
            message: end.message,
            started_us: end.startedUs?.toString(),
            resolution_us: String(
              end.finishedUs === undefined ? this.#observed.nowUs - notLater : STATUS_RESOLUTION_US,
            ),
          },
        });
      }
    }
  }

  /** Ends of runs that no list showed: counted, never invented. */
  missedRuns(
    pod: PodNaming,
    container: string,
    runs: { readonly from: number; readonly through: number; readonly containerId: string | undefined },
  ): ObservationEvent {
    const { from, through, containerId } = runs;
    const lost = through - from + 1;
    const reason: GapReason = 'runs_missed';
    return this.#event(pod, {
      id: this.#podId('capture_gap', pod, [reason, container, from, through]),
      type: 'capture_gap',
      timestamp: this.#observed.nowUs,
      data: {
        reason,
        sources: 'kubelet',
        lanes: 'signal',
        start_us: String(this.#observed.beforeUs ?? this.#observed.nowUs),
        end_us: String(this.#observed.nowUs),
        lost: String(lost),
        containers: containerId,
        detail: `${lost} ${lost === 1 ? 'run' : 'runs'} of container ${container} of ${pod.namespace}/${pod.podName} ended between two pod lists`,
      },
    });
  }

  /**
   * @param managers the entries of managedFields that are new since the pod was last seen: only these can have made
   *   the changes. The kubelet keeps the entries that it first saw (seen on 1.34; pkg/kubelet/config/config.go,
   *   checkAndUpdatePod), so its list names no manager of a change in place; the API server’s list does.
   */
  podChanges(
    pod: PodView,
    changes: readonly SpecChange[],
    managers: readonly FieldManager[],
  ): ObservationEvent[] {
    return boundedChanges(changes, 'spec').map((change) => {
      const owner = change.path === undefined ? undefined : ownerOf(managers, change.path);
      const timestamp = owner?.timeUs ?? this.#observed.nowUs;
      const at = owner?.timeUs ?? pod.generation ?? pod.resourceVersion ?? this.#observed.nowUs;
      return this.#event(pod, {
        id: this.#podId('pod_spec_changed', pod, [change.field, at, digest(change.version)]),
        type: 'pod_spec_changed',
        timestamp,
        data: {
          ...changeData(change),
          manager: owner?.manager,
          operation: owner?.operation,
          resource_version: pod.resourceVersion,
        },
      });
    });
  }

  /** The field manager of a pod is the controller that made it: it says nothing of who changed the template. */
  workloadChanges({ pod, oldRevision, newRevision, changes }: RevisionChange): ObservationEvent[] {
    return boundedChanges(changes, 'spec').map((change) =>
      this.#event(pod, {
        id: this.#podId('workload_spec_changed', pod, [change.field, digest(change.version)]),
        type: 'workload_spec_changed',
        timestamp: pod.createdUs ?? this.#observed.nowUs,
        data: {
          ...changeData(change),
          resource_version: pod.resourceVersion,
          old_revision: oldRevision,
          new_revision: newRevision,
        },
      }),
    );
  }

  #podId(type: EventType, pod: PodNaming, discriminators: readonly (string | number)[] = []): string {
    const id = podEventId(type, { cluster: this.#origin.cluster, podUid: pod.podUid }, discriminators);
    return id.length <= EVENT_LIMITS.idLength
      ? id
      : `${id.slice(0, EVENT_LIMITS.idLength - 5)}~${digest(id)}`;
  }

  #event(pod: PodNaming, draft: Draft): ObservationEvent {
    const data: Record<string, string> = {};
    for (const [key, value] of Object.entries(draft.data)) {
      if (value !== undefined) data[key] = cut(value, EVENT_LIMITS.dataValueLength);
    }
    return {
      id: draft.id,
      timestamp: draft.timestamp,
      source: draft.type === 'capture_gap' ? 'tapio' : 'kubelet',
      type: draft.type,
      ...this.#origin,
      podUid: pod.podUid,
      podName: pod.podName,
      namespace: pod.namespace,
      ...(draft.containerId === undefined ? {} : { containerId: draft.containerId }),
      ...(pod.workload === undefined ? {} : { workload: pod.workload }),
      data,
    };
  }
}

function runData(
  container: string,
  kind: ContainerKind,
  { run, image }: { readonly run: number; readonly image: string | undefined },
): Data {
  return {
    container,
    restart_count: String(run),
    init: kind === 'init' ? 'true' : undefined,
    image,
  };
}

export function changeData(change: SpecChange): Data {
  return {
    field: change.field,
    category: change.category,
    container: change.container,
    old: change.old,
    new: change.new,
    words: change.words,
  };
}

/** One event for each of the first changes, and one that counts the rest. */
export function boundedChanges(changes: readonly SpecChange[], rest: string): readonly SpecChange[] {
  if (changes.length <= KUBE_LIMITS.changedFields) return changes;
  const more = changes.length - KUBE_LIMITS.changedFields;
  const version = changes.slice(KUBE_LIMITS.changedFields).map((c) => `${c.field}=${c.version}`);
  return [
    ...changes.slice(0, KUBE_LIMITS.changedFields),
    { field: rest, category: 'other', version: version.join(), words: `and ${more} more fields changed` },
  ];
}
