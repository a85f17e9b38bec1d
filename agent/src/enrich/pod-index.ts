/** What an event may say about the pod it belongs to. */
export interface PodNames {
  readonly podUid: string;
  readonly podName: string;
  readonly namespace: string;
  readonly workload?: string;
}

/** A pod with the ids of the runs of its containers. */
export interface IndexedPod extends PodNames {
  readonly containers: ReadonlyMap<string, unknown>;
}

export interface PodIndexOptions {
  /** How long a pod that is gone can still be found: its last records come late. */
  readonly tombstoneMs?: number;
  /** Pods in all; the one that is gone longest makes room. */
  readonly capacity?: number;
  readonly nowMs?: () => number;
}

interface Entry {
  readonly names: PodNames;
  readonly containerIds: readonly string[];
  readonly workloadText: string;
  goneMs?: number;
}

/**
 * Pods of the node by uid and by container id. `revision` changes when an answer may have changed, so that
 * what was asked before can be kept.
 */
export class PodIndex {
  readonly #tombstoneMs: number;
  readonly #capacity: number;
  readonly #nowMs: () => number;
  readonly #byUid = new Map<string, Entry>();
  readonly #byContainer = new Map<string, Entry>();
  #revision = 1;

  constructor(options: PodIndexOptions = {}) {
    this.#tombstoneMs = options.tombstoneMs ?? 600_000;
    this.#capacity = options.capacity ?? 4096;
    this.#nowMs = options.nowMs ?? Date.now;
  }

  get revision(): number {
    return this.#revision;
  }

  get size(): number {
    return this.#byUid.size;
  }

  /** Takes over a complete list: pods that are not in it are gone, and found for a while still. */
  replace(pods: readonly IndexedPod[]): void {
    const now = this.#nowMs();
    const present = new Set<string>();
    for (const pod of pods) {
      present.add(pod.podUid);
      this.#put(pod);
    }
    for (const [uid, entry] of this.#byUid) {
      if (present.has(uid)) continue;
      entry.goneMs ??= now;
      if (now - entry.goneMs > this.#tombstoneMs) this.#remove(uid, entry);
    }
    for (const [uid, entry] of this.#byUid) {
      if (this.#byUid.size <= this.#capacity) break;
      if (entry.goneMs !== undefined) this.#remove(uid, entry);
    }
  }

  find(podUid: string | undefined, containerId: string | undefined): PodNames | undefined {
    const entry =
      (podUid === undefined ? undefined : this.#byUid.get(podUid)) ??
      (containerId === undefined ? undefined : this.#byContainer.get(containerId));
    return entry?.names;
  }

  #put(pod: IndexedPod): void {
    const old = this.#byUid.get(pod.podUid);
    const containerIds = [...pod.containers.keys()];
    const workloadText = `${pod.namespace}/${pod.podName}/${pod.workload ?? ''}`;
    if (old !== undefined && old.goneMs === undefined && old.workloadText === workloadText) {
      if (containerIds.every((id) => this.#byContainer.get(id) === old)) return;
    }
    const { podUid, podName, namespace, workload } = pod;
    const names = { podUid, podName, namespace, ...(workload === undefined ? {} : { workload }) };
    // Ids of earlier runs stay: records of a run may come after the list no longer names it.
    const kept = (old?.containerIds ?? []).filter((id) => !containerIds.includes(id)).slice(-32);
    const entry: Entry = { names, containerIds: [...kept, ...containerIds], workloadText };
    for (const id of old?.containerIds ?? []) this.#byContainer.delete(id);
    this.#byUid.delete(podUid);
    this.#byUid.set(podUid, entry);
    for (const id of entry.containerIds) this.#byContainer.set(id, entry);
    this.#revision += 1;
  }

  #remove(uid: string, entry: Entry): void {
    this.#byUid.delete(uid);
    for (const id of entry.containerIds) this.#byContainer.delete(id);
    this.#revision += 1;
  }
}
