import type { CausalEdge, ObservationEvent, Source } from '@tapio/domain';
import type { CauseLookup, CauseStep, Rule } from '../rules/rule-set.ts';
import type { HeldEvent } from './event-memory.ts';

/** What one part of a rule came to, for people who ask why a rule did or did not hold. */
export interface TraceLine {
  readonly name: string;
  readonly outcome: 'matched' | 'failed' | 'absent' | 'unknown' | 'found';
  readonly words: string;
}

export interface BoundStep {
  readonly step: CauseStep;
  readonly lookup: CauseLookup;
  readonly held: HeldEvent;
  readonly score: number;
}

/** Where nodes have to report up to before a question can be settled. */
export interface Awaited {
  readonly node: string;
  readonly source: Source;
  readonly untilUs: number;
}

export interface OutcomeBase {
  readonly rule: Rule;
  readonly trace: readonly TraceLine[];
  /** Reasons why something may have been missed. */
  readonly gaps: readonly string[];
  readonly awaited: readonly Awaited[];
  /** Share of the rule's parts that held. */
  readonly nearness: number;
}

export interface RuleHolds extends OutcomeBase {
  readonly holds: true;
  readonly score: number;
  /** From the proximate cause to the originating one; optional ones that were not found are left out. */
  readonly steps: readonly BoundStep[];
  /** All named events, the effect included. */
  readonly events: ReadonlyMap<string, ObservationEvent>;
  readonly edges: readonly CausalEdge[];
}

export interface RuleFails extends OutcomeBase {
  readonly holds: false;
  /** Why not, in one clause, where evidence shows it; undefined when it is not known or not worth saying. */
  readonly clause?: string;
}

export type RuleOutcome = RuleHolds | RuleFails;

/** Whether a container, or all of an incident, is well again. */
export interface Recovery {
  readonly isRecovered: boolean;
  /** When, by the kubelet's mark of the node, it is worth looking again. */
  readonly lookAgainUs: number;
  /** The node whose mark is meant. */
  readonly node: string;
}
