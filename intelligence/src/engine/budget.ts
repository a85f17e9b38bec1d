/** What one rule did and cost. */
export interface RuleCost {
  readonly rule: string;
  readonly evaluations: number;
  readonly timeMs: number;
  readonly strikes: number;
  /** Why it was stopped; absent while it runs. */
  readonly stopped?: string;
}

interface Entry {
  evaluations: number;
  timeMs: number;
  stepMs: number;
  stepEvaluations: number;
  isStruck: boolean;
  strikes: number;
  stopped?: string;
}

/** Keeps one rule from stalling all others: what oversteps its bounds again and again is stopped and named. */
export class RuleBudget {
  readonly #entries = new Map<string, Entry>();
  readonly #limits: { readonly deadlineMs: number; readonly budgetMs: number; readonly strikes: number };
  readonly #clockMs: () => number;

  constructor(
    limits: { readonly deadlineMs: number; readonly budgetMs: number; readonly strikes: number },
    clockMs: () => number,
  ) {
    this.#limits = limits;
    this.#clockMs = clockMs;
  }

  #entry(rule: string): Entry {
    let entry = this.#entries.get(rule);
    if (entry === undefined) {
      entry = { evaluations: 0, timeMs: 0, stepMs: 0, stepEvaluations: 0, isStruck: false, strikes: 0 };
      this.#entries.set(rule, entry);
    }
    return entry;
  }

  beginStep(): void {
    for (const entry of this.#entries.values()) {
      if (entry.stepEvaluations > 0 && !entry.isStruck) entry.strikes = 0;
      entry.stepMs = 0;
      entry.stepEvaluations = 0;
      entry.isStruck = false;
    }
  }

  isStopped(rule: string): boolean {
    return this.#entries.get(rule)?.stopped !== undefined;
  }

  /** Runs the synchronous part of an evaluation and charges it to the rule. */
  charge<T>(rule: string, work: () => T): T {
    const startMs = this.#clockMs();
    try {
      return work();
    } finally {
      const tookMs = this.#clockMs() - startMs;
      const entry = this.#entry(rule);
      entry.evaluations += 1;
      entry.stepEvaluations += 1;
      entry.timeMs += tookMs;
      const before = entry.stepMs;
      entry.stepMs += tookMs;
      if (tookMs > this.#limits.deadlineMs) {
        this.strike(
          rule,
          `one evaluation took ${Math.round(tookMs)} ms; ${this.#limits.deadlineMs} ms are allowed`,
        );
      } else if (before <= this.#limits.budgetMs && entry.stepMs > this.#limits.budgetMs) {
        this.strike(
          rule,
          `it took ${Math.round(entry.stepMs)} ms in one step; ${this.#limits.budgetMs} ms are allowed`,
        );
      }
    }
  }

  /**
   * Notes that a rule overstepped a bound in this step. Only one that does so step after step is stopped: a busy
   * machine makes any rule slow once.
   */
  strike(rule: string, reason: string): void {
    const entry = this.#entry(rule);
    if (entry.isStruck) return;
    entry.isStruck = true;
    entry.strikes += 1;
    if (entry.strikes >= this.#limits.strikes) entry.stopped ??= reason;
  }

  costs(): readonly RuleCost[] {
    return [...this.#entries].map(([rule, entry]) => ({
      rule,
      evaluations: entry.evaluations,
      timeMs: entry.timeMs,
      strikes: entry.strikes,
      ...(entry.stopped !== undefined && { stopped: entry.stopped }),
    }));
  }
}
