import type { VerdictWord } from '@tapio/domain';

/**
 * How evidence becomes a score and a score becomes a word. The factors are judgements until they are
 * calibrated against labelled faults; they stand here and nowhere else.
 */
export const SCORING = {
  /** From here on: `Likely`. */
  likely: 0.8,
  /** From here on: `Possible`; below, a rule explains nothing. */
  possible: 0.45,
  /** A hole in what was captured that costs less than this is not worth a reader's time. */
  worthNaming: 0.95,
  /** Something that should have followed may have been there, unseen. */
  unknownExpectation: 0.9,
  /** At the far end of its window a cause is worth this much of one at its usual distance. */
  farLag: 0.6,
} as const;

export function verdictWord(score: number): VerdictWord {
  if (score >= SCORING.likely) return 'Likely';
  return score >= SCORING.possible ? 'Possible' : 'No clear cause';
}

/** Bounds and waits of the engine. What is over a bound is evicted, oldest first, and counted. */
export interface EngineSettings {
  /** Events and settled questions are kept in memory this long before the newest event. */
  readonly horizonMs: number;
  readonly eventsHeld: number;
  /** Events of one type that share one container, pod, workload or node. */
  readonly eventsPerKey: number;
  readonly questionsHeld: number;
  readonly incidentsHeld: number;
  /** How long after its windows ended a question waits for nodes that have not reported so far. */
  readonly settleWaitMs: number;
  /**
   * Symptoms of one container further apart begin a new episode. The kubelet's back-off is at most 5 minutes
   * and is reset after 10 healthy ones: kubelet `MaxContainerBackOff`, `backOffPeriod`
   * (kubernetes/kubernetes pkg/kubelet/kubelet.go).
   */
  readonly episodeGapMs: number;
  /** An incident closes when its containers have run this long since the last symptom. */
  readonly healthyMs: number;
  /** An incident of which nothing was heard any more is closed after this. */
  readonly staleMs: number;
  /** How far the clocks of two nodes may differ: windows across nodes widen by it. */
  readonly clockErrorMs: number;
  /** One evaluation of one rule for one symptom may take this long. */
  readonly ruleDeadlineMs: number;
  /** All evaluations of one rule in one step may take this long together. */
  readonly ruleBudgetMs: number;
  /** A rule that oversteps a bound in this many steps in a row is stopped and named. */
  readonly ruleStrikes: number;
  /** Candidates for one cause that meet all conditions; more, and the rule names nothing. */
  readonly candidates: number;
  /** Questions that are answered side by side while the graph is asked. */
  readonly concurrency: number;
}

const MINUTE_MS = 60_000;

export const ENGINE_DEFAULTS: EngineSettings = {
  horizonMs: 60 * MINUTE_MS,
  eventsHeld: 200_000,
  eventsPerKey: 1_000,
  questionsHeld: 20_000,
  incidentsHeld: 5_000,
  settleWaitMs: 12_000,
  episodeGapMs: 15 * MINUTE_MS,
  healthyMs: 10 * MINUTE_MS,
  staleMs: 24 * 60 * MINUTE_MS,
  clockErrorMs: 1_000,
  ruleDeadlineMs: 100,
  ruleBudgetMs: 1_500,
  ruleStrikes: 3,
  candidates: 64,
  concurrency: 16,
};
