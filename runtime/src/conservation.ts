/** State of one stage under the conservation law. */
export interface ConservationState {
  readonly stage: string;
  readonly received: number;
  readonly sent: number;
  readonly dropped: Readonly<Record<string, number>>;
  readonly inFlight: number;
  /** received - sent - dropped - in flight: 0, unless the stage loses or makes up records. */
  readonly imbalance: number;
}

/**
 * The law that each stage keeps: received = sent + dropped (by reason) + in flight. `inFlight` is measured
 * from what the stage holds, not computed, so that a leak shows as an imbalance.
 */
export class Conservation<Reason extends string> {
  readonly stage: string;
  readonly #inFlight: () => number;
  readonly #dropped = new Map<Reason, number>();
  #received = 0;
  #sent = 0;

  constructor(stage: string, reasons: readonly Reason[], inFlight: () => number) {
    this.stage = stage;
    this.#inFlight = inFlight;
    for (const reason of reasons) this.#dropped.set(reason, 0);
  }

  receive(count = 1): void {
    this.#received += count;
  }

  send(count = 1): void {
    this.#sent += count;
  }

  drop(reason: Reason, count = 1): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
  }

  state(): ConservationState {
    const inFlight = this.#inFlight();
    let dropped = 0;
    for (const count of this.#dropped.values()) dropped += count;
    return {
      stage: this.stage,
      received: this.#received,
      sent: this.#sent,
      dropped: Object.fromEntries(this.#dropped),
      inFlight,
      imbalance: this.#received - this.#sent - dropped - inFlight,
    };
  }
}
