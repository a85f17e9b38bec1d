import type { ObservationEvent } from '@tapio/domain';
import type { RingBatch, RingReader } from '@tapio/native';
import type { BootClock } from '../clock/boot-clock.ts';
import type { Capture } from '../collectors/shared/capture.ts';
import type { CgroupContexts } from '../collectors/shared/cgroup-contexts.ts';
import type { SlotDecoder } from '../collectors/shared/slot-decoder.ts';
import type { MemoryViews } from '../collectors/shared/text-cache.ts';
import { memoryViews } from '../collectors/shared/text-cache.ts';
import type { Gap } from '../gaps/gap-events.ts';
import type { RingsProgress } from './checkpoint.ts';
import { RingState } from './ring-state.ts';

export interface KernelFeedOptions {
  readonly capture: Capture;
  readonly clock: BootClock;
  readonly decoder: SlotDecoder;
  readonly cgroups: CgroupContexts;
  /** Where an earlier agent stopped. */
  readonly from: RingsProgress;
  /** Up to when it had seen all, in Unix microseconds; undefined when there was none. */
  readonly completeThroughUs: number | undefined;
  /** Called when there is something to take. */
  readonly wake: () => void;
}

interface Mark {
  readonly bootUs: number;
  /** By ring, in the capture's order. */
  readonly positions: readonly number[];
}

/**
 * Records of the rings on their way to the spool: taken slot by slot, their space given back only when what
 * they became is stored. It also knows up to when all is seen: when everything that was in the rings at some
 * moment has been taken, nothing from before that moment is missing but what the drop counters tell.
 */
export class KernelFeed implements AsyncDisposable {
  readonly #options: KernelFeedOptions;
  readonly #reader: RingReader;
  readonly #views: MemoryViews;
  readonly #waiting: RingBatch[] = [];
  readonly #rings: readonly RingState[];
  #mark: Mark | undefined;
  #lookedBootUs: number;
  #completeThroughUs: number | undefined;

  constructor(options: KernelFeedOptions) {
    const { capture, clock, from } = options;
    this.#options = options;
    this.#rings = capture.rings.map((ring) => new RingState(ring, from[ring]));
    this.#lookedBootUs = clock.refresh();
    // Before a capture began there was nothing that it could have missed.
    this.#completeThroughUs = capture.resumed ? options.completeThroughUs : clock.wallUs(this.#lookedBootUs);
    this.#reader = capture.read((batch) => {
      this.#waiting.push(batch);
      options.wake();
    });
    this.#views = memoryViews(this.#reader.memory);
  }

  /** Slots that wait; the reader fills no more than there are. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How far each ring was taken. */
  get progress(): RingsProgress {
    const taken = this.#rings.map(({ name, progress }) => [name, progress] as const);
    return { ...this.#options.from, ...Object.fromEntries(taken) };
  }

  get completeThroughUs(): number | undefined {
    return this.#completeThroughUs;
  }

  /**
   * Decodes the next slot, those of the first ring before the others'. When a record names a pod that is not
   * known, `onUnknown` may look for it; what it finds is then in the events, because the slot is decoded once
   * more.
   */
  async take(
    onUnknown: (podUids: readonly string[]) => Promise<boolean>,
  ): Promise<readonly ObservationEvent[]> {
    const first = this.#waiting.findIndex(({ ring }) => ring === 0);
    const [batch] = this.#waiting.splice(Math.max(first, 0), 1);
    const ring = batch === undefined ? undefined : this.#rings[batch.ring];
    if (batch === undefined || ring === undefined) return [];
    const { cgroups, decoder } = this.#options;
    let events: ObservationEvent[] = [];
    let counts = decoder.decode(this.#views, batch, events, ring.fromPosition);
    const unknown = cgroups.takeUnknownPods();
    if (unknown.length > 0 && (await onUnknown(unknown))) {
      events = [];
      counts = decoder.decode(this.#views, batch, events, ring.fromPosition);
      cgroups.takeUnknownPods();
    }
    decoder.account(counts);
    this.#reader.freeSlot(batch.slot);
    ring.take(batch.endPosition, counts.malformed);
    return events;
  }

  /** What the events up to `progress` became is stored: the kernel gets the space back. */
  release(progress: RingsProgress): void {
    const { rings } = this.#reader.counters();
    for (const [index, ring] of this.#rings.entries()) {
      const { position } = progress[ring.name];
      if (ring.mayRelease(position, rings[index]?.readPosition ?? 0)) this.#reader.release(index, position);
    }
  }

  /** Looks at clock, drops and how far the rings were read; to be called about once a second. */
  look(): readonly Gap[] {
    const bootUs = this.#options.clock.refresh();
    const nowUs = this.#options.clock.wallUs(bootUs);
    const gaps = this.#rings.flatMap((ring) => this.#gapsOf(ring, nowUs));
    this.#lookedBootUs = bootUs;
    this.#mark ??= {
      bootUs,
      positions: this.#reader.counters().rings.map(({ producerPosition }) => producerPosition),
    };
    this.#settleMark();
    return gaps;
  }

  /** Ends reading. What was not released is read again by the next agent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
  }

  #settleMark(): void {
    const mark = this.#mark;
    if (mark === undefined) return;
    const taken = this.#rings.every(
      ({ progress }, index) => progress.position >= (mark.positions[index] ?? 0),
    );
    if (!taken) return;
    const { clock } = this.#options;
    const throughUs = clock.wallUs(mark.bootUs) - clock.errorUs;
    this.#completeThroughUs = Math.max(this.#completeThroughUs ?? 0, throughUs);
    this.#mark = undefined;
  }

  #gapsOf(ring: RingState, nowUs: number): readonly Gap[] {
    const { capture, clock } = this.#options;
    const gaps: Gap[] = [];
    const common: Pick<Gap, 'sources' | 'lanes' | 'detail'> = {
      sources: ['kernel'],
      lanes: ring.name === 'crit' ? ['signal', 'bulk'] : ['bulk'],
      detail: `ring ${ring.name}`,
    };
    const drops = ring.newDrops(capture.drops(ring.name), this.#lookedBootUs);
    if (drops !== undefined) {
      gaps.push({
        ...common,
        reason: 'ring_overflow',
        startUs: clock.wallUs(drops.startBootUs),
        endUs: clock.wallUs(drops.endBootUs),
        lost: drops.lost,
      });
    }
    const malformed = ring.newMalformed();
    if (malformed > 0) {
      // When it happened is in the part that can't be read: after what was complete, and before now.
      const startUs = this.#completeThroughUs ?? clock.wallUs(this.#lookedBootUs);
      gaps.push({ ...common, reason: 'record_malformed', startUs, endUs: nowUs, lost: malformed });
    }
    return gaps;
  }
}
