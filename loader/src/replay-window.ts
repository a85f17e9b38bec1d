/** From where a restarted engine reads again. */
export interface ReplayPoint {
  /** First message to read again. */
  readonly sequence: number;
  /** Every event from this time on, Unix microseconds, is in that message or a later one. */
  readonly fromUs: number;
}

interface Checkpoint extends ReplayPoint {
  /** Records seen before it. */
  readonly records: number;
}

export interface ReplayLimits {
  /** Distance of two checkpoints. */
  readonly everyUs: number;
  /** How far the clocks of nodes may run ahead of the stream's server. */
  readonly clockErrorUs: number;
  /** Records to read again at most: the engine would not hold more. */
  readonly records: number;
}

const REPLAY_LIMITS: ReplayLimits = {
  everyUs: 10_000_000,
  clockErrorUs: 60_000_000,
  records: 400_000,
};

/** So many checkpoints cover more than a day. */
const MAX_CHECKPOINTS = 10_000;

/** Remembers which message was stored when, so that a time can be turned into a place in the stream. */
export class ReplayWindow {
  readonly #limits: ReplayLimits;
  #checkpoints: Checkpoint[];
  #records = 0;
  #lastStoredUs = 0;

  /** @param from the point of the run before; a run without one begins with all there is */
  constructor(from: ReplayPoint, limits: ReplayLimits = REPLAY_LIMITS) {
    this.#limits = limits;
    this.#checkpoints = [{ ...from, records: 0 }];
  }

  /** Notes a message, in the order of the stream. */
  note(sequence: number, storedUs: number, records: number): void {
    if (storedUs >= this.#lastStoredUs + this.#limits.everyUs) {
      this.#lastStoredUs = storedUs;
      const fromUs = storedUs + this.#limits.clockErrorUs;
      this.#checkpoints.push({ sequence, fromUs, records: this.#records });
      if (this.#checkpoints.length > MAX_CHECKPOINTS) this.#checkpoints.shift();
    }
    this.#records += records;
  }

  /** The newest point from which all events since a time are read again, within the limit of records. */
  pointFor(neededFromUs: number): ReplayPoint {
    let index = 0;
    for (const [at, checkpoint] of this.#checkpoints.entries()) {
      const old = checkpoint.fromUs <= neededFromUs;
      const previous = this.#checkpoints[at - 1];
      const tooMany = previous !== undefined && this.#records - previous.records > this.#limits.records;
      if (old || tooMany) index = at;
      else break;
    }
    if (index > 0) this.#checkpoints = this.#checkpoints.slice(index);
    const [first] = this.#checkpoints;
    return { sequence: first?.sequence ?? 1, fromUs: first?.fromUs ?? 0 };
  }
}
