/** One reading of both clocks, taken together. */
export interface ClockReading {
  /** CLOCK_BOOTTIME. */
  readonly bootNs: bigint;
  /** CLOCK_REALTIME. */
  readonly realNs: bigint;
  /** At most this long passed while they were read. */
  readonly errorNs: number;
}

export interface BootClockOptions {
  readonly read: () => ClockReading;
  /** A jump of the wall clock beyond this is a step and not slewing (which is at most 500 ppm, adjtimex(2)). */
  readonly stepUs?: number;
}

interface Sample {
  readonly bootUs: number;
  readonly offsetUs: number;
}

/**
 * Wall clock time of records that carry CLOCK_BOOTTIME, which goes on while the machine sleeps. The offset is
 * measured anew at every `refresh`; a step of the wall clock applies to records from after the reading before
 * it, so what happened before a step keeps the time that a clock on the wall had then.
 *
 * Error: the reading's bracket, plus 500 ppm of the time since the last refresh, plus, when the clock was
 * stepped, for records between the two readings around it the step itself: one refresh interval at most.
 */
export class BootClock {
  readonly #read: () => ClockReading;
  readonly #stepUs: number;
  #current: Sample;
  /** Before the last step, for records that are older than it. */
  #before: Sample | undefined;
  #errorUs = 0;
  #steps = 0;

  constructor(options: BootClockOptions) {
    this.#read = options.read;
    this.#stepUs = options.stepUs ?? 10_000;
    this.#current = this.#sample();
  }

  /** Steps of the wall clock seen so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Width of the last reading's bracket, in microseconds. */
  get errorUs(): number {
    return this.#errorUs;
  }

  /** Measures the offset again. Returns CLOCK_BOOTTIME in microseconds. */
  refresh(): number {
    const next = this.#sample();
    if (Math.abs(next.offsetUs - this.#current.offsetUs) > this.#stepUs) {
      this.#before = this.#current;
      this.#steps += 1;
    }
    this.#current = next;
    return next.bootUs;
  }

  /** Unix time in microseconds, an integer, of a CLOCK_BOOTTIME in microseconds. */
  wallUs(bootUs: number): number {
    const before = this.#before;
    if (before !== undefined && bootUs <= before.bootUs) return bootUs + before.offsetUs;
    return bootUs + this.#current.offsetUs;
  }

  #sample(): Sample {
    let best = this.#read();
    // A reading that was interrupted has a wide bracket; another one is seldom as wide.
    for (let attempt = 0; attempt < 3 && best.errorNs > 10_000; attempt += 1) {
      const again = this.#read();
      if (again.errorNs < best.errorNs) best = again;
    }
    this.#errorUs = Math.ceil(best.errorNs / 1000);
    return { bootUs: Number(best.bootNs / 1000n), offsetUs: Number((best.realNs - best.bootNs) / 1000n) };
  }
}
