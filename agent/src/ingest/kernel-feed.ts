import type { ObservationEvent } from '@tapio/domain';
import type { RingBatch, RingReader } from '@tapio/native';
import type { BootClock } from '../clock/boot-clock.ts';
import type { Capture } from '../collectors/shared/capture.ts';
import type { CgroupContexts } from '../collectors/shared/cgroup-contexts.ts';
import type { SlotDecoder } from '../collectors/shared/slot-decoder.ts';
import type { MemoryViews } from '../collectors/shared/text-cache.ts';
import { memoryViews } from '../collectors/shared/text-cache.ts';
import type { Gap } from '../gaps/gap-events.ts';
import { newDrops } from '../gaps/ring-drops.ts';

export interface KernelFeedOptions {
  readonly capture: Capture;
  readonly clock: BootClock;
  readonly decoder: SlotDecoder;
  readonly cgroups: CgroupContexts;
  /** Records before it are stored already. */
  readonly fromPosition: number;
  readonly reportedDrops: { readonly dropped: number; readonly gaps: number };
  /** Called when there is something to take. */
  readonly wake: () => void;
}

interface Mark {
  readonly bootUs: number;
  readonly position: number;
}

/**
 * Records of the rings on their way to the spool: taken slot by slot, their space given back only when what
 * they became is stored. It also knows up to when all is seen: when everything that was in the ring at some
 * moment has been taken, nothing from before that moment is missing but what the drop counters tell.
 */
export class KernelFeed implements AsyncDisposable {
  readonly #options: KernelFeedOptions;
  readonly #reader: RingReader;
  readonly #views: MemoryViews;
  readonly #waiting: RingBatch[] = [];
  #position: number;
  #released = 0;
  #mark: Mark | undefined;
  #reported: { dropped: number; gaps: number };
  #lookedBootUs: number;
  #completeThroughUs: number | undefined;

  constructor(options: KernelFeedOptions) {
    this.#options = options;
    this.#position = options.fromPosition;
    this.#reported = { ...options.reportedDrops };
    this.#lookedBootUs = options.clock.refresh();
    // Before a capture began there was nothing that it could have missed.
    if (!options.capture.resumed) this.#completeThroughUs = options.clock.wallUs(this.#lookedBootUs);
    this.#reader = options.capture.read((batch) => {
      this.#waiting.push(batch);
      options.wake();
    });
    this.#views = memoryViews(this.#reader.memory);
  }

  /** Slots that wait; the reader fills no more than there are. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Everything before it was taken. */
  get position(): number {
    return this.#position;
  }

  get reportedDrops(): { readonly dropped: number; readonly gaps: number } {
    return { ...this.#reported };
  }

  get completeThroughUs(): number | undefined {
    return this.#completeThroughUs;
  }

  /**
   * Decodes the next slot. When a record names a pod that is not known, `onUnknown` may look for it; what it
   * finds is then in the events, because the slot is decoded once more.
   */
  async take(
    onUnknown: (podUids: readonly string[]) => Promise<boolean>,
  ): Promise<readonly ObservationEvent[]> {
    const batch = this.#waiting.shift();
    if (batch === undefined) return [];
    const { cgroups, decoder, fromPosition } = this.#options;
    let events: ObservationEvent[] = [];
    let counts = decoder.decode(this.#views, batch, events, fromPosition);
    const unknown = cgroups.takeUnknownPods();
    if (unknown.length > 0 && (await onUnknown(unknown))) {
      events = [];
      counts = decoder.decode(this.#views, batch, events, fromPosition);
      cgroups.takeUnknownPods();
    }
    decoder.account(counts);
    this.#reader.freeSlot(batch.slot);
    this.#position = Math.max(this.#position, batch.endPosition);
    return events;
  }

  /** What the events up to `position` became is stored: the kernel gets the space back. */
  release(position: number): void {
    const ring = this.#reader.counters().rings[0];
    if (ring === undefined || position <= this.#released || position > ring.readPosition) return;
    this.#released = position;
    this.#reader.release(0, position);
  }

  /** Looks at clock, drops and how far the ring was read; to be called about once a second. */
  look(): Gap | undefined {
    const { clock } = this.#options;
    const bootUs = clock.refresh();
    const gap = this.#lookForDrops(bootUs);
    const ring = this.#reader.counters().rings[0];
    if (this.#mark === undefined && ring !== undefined)
      this.#mark = { bootUs, position: ring.producerPosition };
    this.#settleMark();
    return gap;
  }

  /** Ends reading. What was not released is read again by the next agent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
  }

  #settleMark(): void {
    const mark = this.#mark;
    if (mark === undefined || this.#position < mark.position) return;
    const { clock } = this.#options;
    const throughUs = clock.wallUs(mark.bootUs) - clock.errorUs;
    this.#completeThroughUs = Math.max(this.#completeThroughUs ?? 0, throughUs);
    this.#mark = undefined;
  }

  #lookForDrops(bootUs: number): Gap | undefined {
    const { capture, clock } = this.#options;
    const now = capture.drops();
    const drops = newDrops(now, this.#reported, this.#lookedBootUs);
    this.#lookedBootUs = bootUs;
    if (drops === undefined) return undefined;
    this.#reported = { dropped: now.dropped, gaps: now.gaps };
    return {
      reason: 'ring_overflow',
      sources: ['kernel'],
      lanes: ['signal', 'bulk'],
      startUs: clock.wallUs(drops.startBootUs),
      endUs: clock.wallUs(drops.endBootUs),
      lost: drops.lost,
    };
  }
}
