import type { PodIndex, PodNames } from '../../enrich/pod-index.ts';
import { containerIdentity } from '../../identity/container-identity.ts';
import { u64 } from './number-text.ts';
import type { MemoryViews } from './text-cache.ts';
import { TextCache } from './text-cache.ts';

/** Where a process runs, as events say it. */
export interface CgroupContext {
  /** Path of the cgroup, as far as the record holds it: relative when names above are missing. */
  readonly path: string;
  readonly containerId: string | undefined;
  readonly podUid: string | undefined;
  readonly containerDepth: number | undefined;
  readonly pod: PodNames | undefined;
  /** Names by level, the cgroup's own first. */
  readonly names: readonly string[];
}

/** Offsets of a `struct tapio_cgroup` in a record. */
export interface CgroupFields {
  readonly cgroupId: number;
  readonly cgroupHierarchyId: number;
  readonly cgroupLevel: number;
  readonly cgroupLeaf: number;
  readonly cgroupParent: number;
  readonly cgroupGrandparent: number;
}

const NAME_BYTES = 160;
const CACHE_SLOTS = 4096;

interface Sender {
  readonly leaf: string;
  readonly parent: string;
  readonly revision: number;
  readonly context: CgroupContext;
}

interface Slot {
  readonly id: number;
  readonly hierarchy: number;
  readonly leafWord: number;
  readonly revision: number;
  readonly context: CgroupContext;
}

/**
 * Cgroups by their kernfs id, with what their names and the pod list say about them. Direct-mapped and bounded;
 * an entry is made anew when the pod list has changed since. The first four bytes of the name are compared
 * too: an id that was given again belongs to another cgroup.
 */
export class CgroupContexts {
  readonly #pods: PodIndex;
  readonly #slots = new Array<Slot | undefined>(CACHE_SLOTS).fill(undefined);
  readonly #texts = new TextCache(1024, NAME_BYTES);
  /** Who kills once often kills again. */
  #lastSender: Sender | undefined;
  /** Pods and containers that records named and the pod list did not know, since they were last taken. */
  readonly #unknown = new Set<string>();

  constructor(pods: PodIndex) {
    this.#pods = pods;
  }

  of(views: MemoryViews, record: number, fields: CgroupFields): CgroupContext {
    const { words } = views;
    const base = record >>> 2;
    const id = u64(words, base + (fields.cgroupId >>> 2));
    const hierarchy = words[base + (fields.cgroupHierarchyId >>> 2)] ?? 0;
    const leafWord = words[base + (fields.cgroupLeaf >>> 2)] ?? 0;
    const index = (id ^ (id / 4_294_967_296)) & (CACHE_SLOTS - 1);
    const known = this.#slots[index];
    if (
      known?.id === id &&
      known.hierarchy === hierarchy &&
      known.leafWord === leafWord &&
      known.revision === this.#pods.revision
    ) {
      return known.context;
    }
    const context = this.#read(views, record, fields);
    this.#slots[index] = { id, hierarchy, leafWord, revision: this.#pods.revision, context };
    return context;
  }

  /** For the sender of a signal, of whose cgroup a record holds two names. */
  ofNames(views: MemoryViews, leafAt: number, parentAt: number): CgroupContext {
    const leaf = this.#texts.terminated(views, leafAt, NAME_BYTES);
    const parent = this.#texts.terminated(views, parentAt, NAME_BYTES);
    const { revision } = this.#pods;
    const last = this.#lastSender;
    if (last?.revision === revision && last.leaf === leaf && last.parent === parent) return last.context;
    const context = this.#context([leaf, parent], Number.POSITIVE_INFINITY);
    this.#lastSender = { leaf, parent, revision, context };
    return context;
  }

  /** Takes the uids of pods that were met and not known; empty when nothing is missing. */
  takeUnknownPods(): readonly string[] {
    if (this.#unknown.size === 0) return [];
    const unknown = [...this.#unknown];
    this.#unknown.clear();
    return unknown;
  }

  #read(views: MemoryViews, record: number, fields: CgroupFields): CgroupContext {
    const level = views.words[(record + fields.cgroupLevel) >>> 2] ?? 0;
    const names = [fields.cgroupLeaf, fields.cgroupParent, fields.cgroupGrandparent].map((at) =>
      this.#texts.terminated(views, record + at, NAME_BYTES),
    );
    return this.#context(names, level);
  }

  #context(names: readonly string[], level: number): CgroupContext {
    const held = names.slice(0, Math.max(level, 0)).filter((name) => name !== '' && name !== '/');
    const path = [...held].reverse().join('/');
    const { containerId, podUid, containerDepth } = containerIdentity(names);
    const pod = this.#pods.find(podUid, containerId);
    if (pod === undefined && podUid !== undefined && this.#unknown.size < 1024) this.#unknown.add(podUid);
    return {
      path: level <= names.length ? `/${path}` : path,
      containerId,
      podUid: podUid ?? pod?.podUid,
      containerDepth,
      pod,
      names,
    };
  }
}
