import type { ObservationEvent } from '@tapio/domain';
import type { FileKind } from './joins.ts';
import { fileValue } from './joins.ts';
import type { EventView } from './views.ts';
import { viewOf } from './views.ts';

/** An event in memory, with its view made when a condition first reads it. */
export class HeldEvent {
  readonly event: ObservationEvent;
  evicted = false;
  #view: EventView | undefined;

  constructor(event: ObservationEvent) {
    this.event = event;
  }

  get view(): EventView {
    this.#view ??= viewOf(this.event);
    return this.#view;
  }
}

interface Bucket {
  items: HeldEvent[];
  dead: number;
  /** Newest time of what was evicted for being one too many: older is to be asked of the fact store. */
  lostThroughUs: number;
}

interface TypeIndex {
  readonly file: FileKind;
  readonly buckets: Map<string, Bucket>;
}

/**
 * Recent events, indexed by what rules can ask for: the type and what they are filed under. Bounded by age, by number in all and by number per key; what is evicted is counted and stays in the
 * fact store.
 */
export class EventMemory {
  readonly #byId = new Map<string, HeldEvent>();
  readonly #indexes = new Map<string, TypeIndex[]>();
  readonly #limits: { readonly events: number; readonly perKey: number };
  #evicted = 0;

  /** @param wanted what is ever asked for: events of other types are not kept */
  constructor(
    wanted: Iterable<{ readonly type: string; readonly file: FileKind }>,
    limits: { readonly events: number; readonly perKey: number },
  ) {
    this.#limits = limits;
    for (const { type, file } of wanted) {
      const list = this.#indexes.get(type) ?? [];
      if (!list.some((index) => index.file === file)) list.push({ file, buckets: new Map() });
      this.#indexes.set(type, list);
    }
  }

  get size(): number {
    return this.#byId.size;
  }

  get evicted(): number {
    return this.#evicted;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  get(id: string): HeldEvent | undefined {
    return this.#byId.get(id);
  }

  /** False when the event is held already, or of a type that nothing asks for. */
  add(event: ObservationEvent): boolean {
    const indexes = this.#indexes.get(event.type);
    if (indexes === undefined || this.#byId.has(event.id)) return false;
    const held = new HeldEvent(event);
    this.#byId.set(event.id, held);
    for (const { file, buckets } of indexes) {
      const value = fileValue(event, file);
      if (value === undefined) continue;
      let bucket = buckets.get(value);
      if (bucket === undefined) {
        bucket = { items: [], dead: 0, lostThroughUs: Number.NEGATIVE_INFINITY };
        buckets.set(value, bucket);
      }
      bucket.items.push(held);
      if (bucket.items.length - bucket.dead > this.#limits.perKey) this.#shrink(bucket);
    }
    if (this.#byId.size > this.#limits.events) this.#evictFirst();
    return true;
  }

  /** Events of a type filed under the value between two times, and from when on the answer is whole. */
  find(
    type: string,
    file: FileKind,
    value: string,
  ): { readonly held: readonly HeldEvent[]; readonly lostThroughUs: number } {
    const bucket = this.#indexes
      .get(type)
      ?.find((index) => index.file === file)
      ?.buckets.get(value);
    if (bucket === undefined) return { held: [], lostThroughUs: Number.NEGATIVE_INFINITY };
    return { held: bucket.items.filter((item) => !item.evicted), lostThroughUs: bucket.lostThroughUs };
  }

  /** Evicts what is older than the time. Events come in roughly by time, so the oldest arrivals are looked at first. */
  evictBefore(us: number): void {
    for (const [id, held] of this.#byId) {
      if (held.event.timestamp >= us) break;
      this.#evict(id, held);
    }
  }

  #evictFirst(): void {
    for (const [id, held] of this.#byId) {
      this.#evict(id, held);
      return;
    }
  }

  #evict(id: string, held: HeldEvent): void {
    held.evicted = true;
    this.#byId.delete(id);
    this.#evicted += 1;
    for (const { file, buckets } of this.#indexes.get(held.event.type) ?? []) {
      const value = fileValue(held.event, file);
      const bucket = value === undefined ? undefined : buckets.get(value);
      if (value === undefined || bucket === undefined) continue;
      bucket.dead += 1;
      bucket.lostThroughUs = Math.max(bucket.lostThroughUs, held.event.timestamp);
      if (bucket.dead === bucket.items.length) buckets.delete(value);
      else if (bucket.dead > 32 && bucket.dead * 2 > bucket.items.length) {
        bucket.items = bucket.items.filter((item) => !item.evicted);
        bucket.dead = 0;
      }
    }
  }

  /** Lets go of the oldest quarter of a key that has too many: one at a time would cost a search each. */
  #shrink(bucket: Bucket): void {
    const live = bucket.items.filter((item) => !item.evicted);
    live.sort((a, b) => a.event.timestamp - b.event.timestamp);
    for (const held of live.slice(0, Math.ceil(live.length / 4))) {
      bucket.lostThroughUs = Math.max(bucket.lostThroughUs, held.event.timestamp);
      this.#evict(held.event.id, held);
    }
  }
}
