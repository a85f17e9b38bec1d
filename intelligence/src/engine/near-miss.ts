import type { Rule } from '../rules/rule-set.ts';
import type { HeldEvent } from './event-memory.ts';
import { clausesHold } from './match.ts';
import type { RuleOutcome, TraceLine } from './outcome.ts';

/** Why a rule did or did not explain a symptom. */
export interface RuleExplanation {
  readonly rule: string;
  readonly holds: boolean;
  /** 0 when it does not hold. */
  readonly score: number;
  /** One sentence: `matched kill; exit was absent, and capture was healthy`. */
  readonly sentence: string;
  readonly trace: readonly TraceLine[];
}

const WORDS: Readonly<Record<TraceLine['outcome'], (name: string) => string>> = {
  matched: (name) => name,
  failed: (name) => `${name} did not meet its conditions`,
  absent: (name) => `${name} was absent, and capture was healthy`,
  unknown: (name) => `${name} was not seen, but may have been missed`,
  found: (name) => `${name} speaks against it`,
};

function notAbout(rule: Rule, effect: HeldEvent): string {
  const { type, alias, clauses } = rule.effect;
  if (type !== effect.event.type) return `it explains ${type}; this symptom is ${effect.event.type}`;
  const failed = clauses.find((clause) => !clausesHold([clause], { [alias]: effect.view }));
  return `it is not about this ${type}: ${failed?.condition.text ?? 'its condition'} does not hold`;
}

/** @param outcome undefined when the rule is not about such symptoms at all */
export function explainOutcome(
  rule: Rule,
  outcome: RuleOutcome | undefined,
  effect: HeldEvent,
): RuleExplanation {
  if (outcome === undefined) {
    return { rule: rule.id, holds: false, score: 0, sentence: notAbout(rule, effect), trace: [] };
  }
  const exclusions = new Set(
    [...rule.absent, ...rule.steps.flatMap((s) => s.lookups.flatMap((l) => l.unless))].map((e) => e.alias),
  );
  const matched = outcome.trace.filter((line) => line.outcome === 'matched').map((line) => line.name);
  const rest = outcome.trace.filter((line) => line.outcome !== 'matched');
  const said = rest.filter((line) => !(exclusions.has(line.name) && line.outcome === 'absent'));
  const clauses = said.map((line) => {
    const words = line.outcome === 'failed' || line.outcome === 'found' ? ` (${line.words})` : '';
    return `${WORDS[line.outcome](line.name)}${words}`;
  });
  const sentence = [`matched ${matched.length === 0 ? 'nothing' : matched.join(' and ')}`, ...clauses].join(
    '; ',
  );
  return {
    rule: rule.id,
    holds: outcome.holds,
    score: outcome.holds ? outcome.score : 0,
    sentence,
    trace: outcome.trace,
  };
}
