/** A timer that has not fired. */
interface Timer {
  readonly dueUs: number;
  readonly order: number;
  readonly fire: () => void;
}

/** A clock that moves only when told, in microseconds since the Unix epoch, with timers that fire on the way. */
export class FakeClock {
  #nowUs: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  /** Starts at 2026-01-01T00:00:00Z unless told otherwise. */
  constructor(startUs = Date.UTC(2026, 0, 1) * 1_000) {
    this.#nowUs = startUs;
  }

  /** The time, bound: it can be handed over as a function. */
  readonly nowUs = (): number => this.#nowUs;

  /** The same in milliseconds, as `Date.now` gives it. */
  readonly nowMs = (): number => Math.floor(this.#nowUs / 1_000);

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Calls back once the clock has advanced that far; the result cancels. */
  setTimer(callback: () => void, delayUs: number): () => void {
    const timer = { dueUs: this.#nowUs + Math.max(0, delayUs), order: (this.#order += 1), fire: callback };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }

  /**
   * Resolves once the clock has advanced that far.
   * @throws the signal's reason when that aborts first
   */
  sleep(delayUs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        cancel();
        reject(signal?.reason as Error);
      };
      const cancel = this.setTimer(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, delayUs);
      if (signal?.aborted === true) abort();
      else signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /**
   * Moves on. Timers fire in the order of their time, those of the same time in the order they were set, each seeing
   * its own time as now; timers set meanwhile fire too when they are due. Between two timers pending promise
   * callbacks run.
   */
  async advance(byUs: number): Promise<void> {
    if (byUs < 0) throw new RangeError('a clock that runs backwards is set with jump()');
    const targetUs = this.#nowUs + byUs;
    for (let next = this.#next(targetUs); next !== undefined; next = this.#next(targetUs)) {
      this.#timers.delete(next);
      this.#nowUs = next.dueUs;
      next.fire();
      await Promise.resolve();
    }
    this.#nowUs = targetUs;
  }

  /** Sets the time without firing anything, as an operator or NTP steps a wall clock. Timers keep their due times. */
  jump(toUs: number): void {
    this.#nowUs = toUs;
  }

  #next(targetUs: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueUs > targetUs) continue;
      if (
        earliest === undefined ||
        timer.dueUs < earliest.dueUs ||
        (timer.dueUs === earliest.dueUs && timer.order < earliest.order)
      ) {
        earliest = timer;
      }
    }
    return earliest;
  }
}
