import type { Decision, ObservationEvent } from '@tapio/domain';
import type { Engine, StepInput } from '@tapio/intelligence';
import type { Lease } from '@tapio/store';
import { commitDecision } from '@tapio/store';
import type { Intake } from './intake.ts';
import { NO_DECISION, isEmpty, mergeDecisions } from './merge-decisions.ts';
import type { ReplayWindow } from './replay-window.ts';
import type { LoaderStatus } from './status.ts';

export interface DeciderOptions {
  readonly engine: Engine;
  readonly lease: Lease;
  readonly stream: string;
  readonly window: ReplayWindow;
  readonly incidentRetentionMs: number;
  readonly status: LoaderStatus;
  readonly signal: AbortSignal;
  /** Last message that was decided over before. */
  readonly decided: number;
}

/** The engine and transaction B: events that are in the graph go in, what they mean goes to the graph. */
export class Decider {
  readonly #options: DeciderOptions;
  /** Decisions of a replay, which are written as one at its end. */
  #held: Decision[] = [];
  #decided: number;
  #replayFrom = 0;

  constructor(options: DeciderOptions) {
    this.#options = options;
    this.#decided = options.decided;
  }

  /** First message that a restart would read again: what is below may be purged. 0 before anything was decided. */
  get replayFrom(): number {
    return this.#replayFrom;
  }

  /** Lets the engine read again what it had decided over before. */
  async replay(events: readonly ObservationEvent[], intake: Intake): Promise<void> {
    const { status } = this.#options;
    this.#note(intake);
    status.replayed += events.length;
    const { completeThrough, storedUs } = intake;
    this.#hold(await this.#step({ events, completeThrough, nowUs: storedUs }));
  }

  /** Events that the engine can't read from the stream any more. */
  async recall(events: readonly ObservationEvent[], nowUs: number): Promise<void> {
    this.#options.status.replayed += events.length;
    this.#hold(await this.#step({ events, completeThrough: [], nowUs }));
  }

  /** Ends a replay that reached a message: what it changed is written at once. */
  async settle(sequence: number, nowUs: number): Promise<void> {
    const decision = mergeDecisions(this.#held.splice(0));
    this.#decided = Math.max(this.#decided, sequence);
    await this.#commit(decision, nowUs);
  }

  /** Takes committed events in. */
  async decide(events: readonly ObservationEvent[], intake: Intake, nowUs: number): Promise<void> {
    this.#note(intake);
    const decision = await this.#step({ events, completeThrough: intake.completeThrough, nowUs });
    this.#decided = intake.lastSequence;
    await this.#commit(decision, nowUs);
    this.#options.status.decidedUs = intake.storedUs;
  }

  /** Lets time pass: answers settle though nothing comes in. */
  async tick(nowUs: number): Promise<void> {
    const decision = await this.#step({ events: [], completeThrough: [], nowUs });
    if (!isEmpty(decision)) await this.#commit(decision, nowUs);
  }

  #note(intake: Intake): void {
    for (const { sequence, storedUs } of intake.messages) this.#options.window.note(sequence, storedUs, 0);
    const { lastSequence, storedUs, records } = intake;
    this.#options.window.note(lastSequence, storedUs, records);
  }

  #hold(decision: Decision): void {
    // Merged as it grows, so that a long replay holds no more than its outcome.
    this.#held = [mergeDecisions([...this.#held, decision])];
  }

  async #step(input: StepInput): Promise<Decision> {
    const { engine, status } = this.#options;
    const decision = await status.step.of(() => engine.step(input));
    status.engine = engine.stats();
    return decision;
  }

  async #commit(decision: Decision = NO_DECISION, nowUs: number): Promise<void> {
    const { lease, engine, window, status, stream, incidentRetentionMs, signal } = this.#options;
    const point = window.pointFor(engine.replayFromUs);
    const outcome = await status.transactionB.of(() =>
      commitDecision(lease, {
        decision,
        stream,
        correlatorPosition: this.#decided,
        replayFrom: point.sequence,
        replayFromUs: point.fromUs,
        nowUs,
        incidentRetentionMs,
        signal,
      }),
    );
    this.#replayFrom = point.sequence;
    status.incidentsWritten += outcome.incidentsWritten.length;
    status.edgesAdded += outcome.edgesAdded;
    status.edgesWithdrawn += outcome.edgesWithdrawn;
  }
}
