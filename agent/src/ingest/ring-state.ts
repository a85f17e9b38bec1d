import type { RingDrops, RingName } from '../collectors/shared/rings.ts';
import type { NewDrops } from '../gaps/ring-drops.ts';
import { newDrops } from '../gaps/ring-drops.ts';
import type { RingProgress } from './checkpoint.ts';

/** What is known of a ring that is being taken. */
export class RingState {
  readonly name: RingName;
  /** Records before it were stored by an earlier agent. */
  readonly fromPosition: number;
  #position: number;
  #released = 0;
  #malformed = 0;
  #reported: RingProgress['reportedDrops'];

  constructor(name: RingName, from: RingProgress) {
    this.name = name;
    this.fromPosition = from.position;
    this.#position = from.position;
    this.#reported = from.reportedDrops;
  }

  get progress(): RingProgress {
    return { position: this.#position, reportedDrops: this.#reported };
  }

  /** Everything before `endPosition` was taken, with so many records that could not be read. */
  take(endPosition: number, malformed: number): void {
    this.#position = Math.max(this.#position, endPosition);
    this.#malformed += malformed;
  }

  /** How many records could not be read since the last call. */
  newMalformed(): number {
    const count = this.#malformed;
    this.#malformed = 0;
    return count;
  }

  /** Whether space up to `position` can be given back now; each position once. */
  mayRelease(position: number, readPosition: number): boolean {
    if (position <= this.#released || position > readPosition) return false;
    this.#released = position;
    return true;
  }

  /** Drops since the last call. */
  newDrops(now: RingDrops, lastLookBootUs: number): NewDrops | undefined {
    const drops = newDrops(now, this.#reported, lastLookBootUs);
    if (drops !== undefined) this.#reported = { dropped: now.dropped, gaps: now.gaps };
    return drops;
  }
}
