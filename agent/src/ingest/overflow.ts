import type { ObservationEvent } from '@tapio/domain';
import type { Gap } from '../gaps/gap-events.ts';

/** Share of the spool from which bulk is given up, and at which it is taken again. */
const SHED_FROM = 0.75;
const TAKE_AGAIN = 0.65;
/** While bulk goes on being given up, it is told this often. */
const REPORT_US = 30_000_000;

/**
 * Bulk events go first when the spool fills up: signals then have the rest of it, and when that is gone they wait
 * in the ring. What was given up becomes a gap.
 */
export class BulkOverflow {
  readonly #fill: () => number;
  #shedding = false;
  #lost = 0;
  #startUs = 0;
  #endUs = 0;

  constructor(fill: () => number) {
    this.#fill = fill;
  }

  shedding(): boolean {
    return this.#shedding;
  }

  shed(event: ObservationEvent): void {
    if (this.#lost === 0 || event.timestamp < this.#startUs) this.#startUs = event.timestamp;
    if (event.timestamp > this.#endUs) this.#endUs = event.timestamp;
    this.#lost += 1;
  }

  /** Looks at the spool again; the gap, when there is one to tell. */
  look(nowUs: number): Gap | undefined {
    const fill = this.#fill();
    this.#shedding = this.#shedding ? fill > TAKE_AGAIN : fill >= SHED_FROM;
    if (this.#lost === 0 || (this.#shedding && nowUs - this.#startUs < REPORT_US)) return undefined;
    const gap: Gap = {
      reason: 'spool_overflow',
      sources: ['kernel'],
      lanes: ['bulk'],
      startUs: this.#startUs,
      endUs: this.#endUs,
      lost: this.#lost,
    };
    this.#lost = 0;
    this.#endUs = 0;
    return gap;
  }
}
