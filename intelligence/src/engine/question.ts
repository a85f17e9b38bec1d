import type { ObservationEvent } from '@tapio/domain';
import type { ContextLookup, RuleSet, Symptom } from '../rules/rule-set.ts';
import { renderTemplate } from '../rules/templates.ts';
import type { CaptureState } from './capture.ts';
import { HeldEvent } from './event-memory.ts';
import type { Finder } from './finder.ts';
import { fileValue } from './joins.ts';
import type { MatchContext } from './match.ts';
import type { Awaited, Recovery, RuleFails, RuleHolds, RuleOutcome } from './outcome.ts';
import { clausesHold, matchRule } from './match.ts';
import { verdictWord } from './settings.ts';

/** What looking around the symptom found, whatever the rules say. */
export interface ContextFinding {
  readonly lookup: ContextLookup;
  readonly event?: ObservationEvent;
  /** Nothing was found, and nothing can have been missed. */
  readonly isCertain: boolean;
}

/** What is known of one symptom at one moment. */
export interface Answer {
  /** It is no symptom after all: the pod was being deleted. */
  readonly silent: boolean;
  /** Rules that explain it, best first. */
  readonly holding: readonly RuleHolds[];
  readonly failing: readonly RuleFails[];
  readonly context: readonly ContextFinding[];
  readonly gaps: readonly string[];
  readonly settled: boolean;
}

/** A symptom that asks for its cause. */
export class Question {
  readonly effect: HeldEvent;
  readonly symptom: Symptom;
  /** From when on its windows may be settled with gaps named, whoever has not reported. */
  readonly deadlineUs: number;
  answer: Answer | undefined;
  awaited: readonly Awaited[] = [];
  /** What is known of its container since; unset when an event may have changed it. */
  recovery: Recovery | undefined;

  constructor(effect: ObservationEvent, symptom: Symptom, deadlineUs: number) {
    this.effect = new HeldEvent(effect);
    this.symptom = symptom;
    this.deadlineUs = deadlineUs;
  }

  get id(): string {
    return this.effect.event.id;
  }

  get timeUs(): number {
    return this.effect.event.timestamp;
  }

  /** Symptoms of one line are of the same subject and container: a crash loop is a line of deaths. */
  get line(): string {
    const { event } = this.effect;
    const subject =
      event.data['object'] ??
      fileValue(event, 'workload') ??
      `${event.namespace ?? ''}/Pod/${event.podUid ?? event.node}`;
    return [this.symptom.id, subject, event.data['container'] ?? ''].join('\n');
  }

  get best(): RuleHolds | undefined {
    return this.answer?.holding[0];
  }
}

export interface AskOptions extends MatchContext {
  readonly rules: RuleSet;
  readonly capture: CaptureState;
  readonly nowUs: number;
}

/** Symptom that an event is, if any. */
export function symptomOf(event: HeldEvent, rules: RuleSet): Symptom | undefined {
  return rules.symptoms.find(
    (s) => s.type === event.event.type && clausesHold(s.clauses, { [s.alias]: event.view }),
  );
}

/** Asks all rules about a symptom. The answer depends on nothing but events, facts, marks and the rules. */
export async function ask(question: Question, options: AskOptions): Promise<void> {
  const { effect } = question;
  const silencer = await silencedBy(question, options.finder);
  if (silencer.silent) {
    question.awaited = [];
    question.answer = { silent: true, holding: [], failing: [], context: [], gaps: [], settled: true };
    return;
  }
  const outcomes: RuleOutcome[] = [];
  for (const rule of options.rules.rules) {
    if (rule.effect.type !== effect.event.type || options.budget.isStopped(rule.id)) continue;
    const outcome = await matchRule(rule, effect, options);
    if (outcome !== undefined) outcomes.push(outcome);
  }
  const { findings, awaited: contextAwaited } = await lookAround(question, options.finder);
  const awaited = [...silencer.awaited, ...outcomes.flatMap((o) => o.awaited), ...contextAwaited];
  const isDue = options.nowUs >= question.deadlineUs;
  const holding = outcomes.filter((o) => o.holds).sort(byScore);
  const gaps = new Set(
    (holding[0] === undefined ? outcomes : outcomes.filter((o) => o.holds)).flatMap((o) => o.gaps),
  );
  const isSure = holding[0] !== undefined && verdictWord(holding[0].score) === 'Likely';
  const missed = isSure ? holding.flatMap((o) => o.awaited) : awaited;
  if (isDue) for (const late of missed) gaps.add(options.capture.lateWords(late.node, late.source));
  question.awaited = awaited;
  question.answer = {
    silent: false,
    holding,
    failing: outcomes
      .filter((o) => !o.holds)
      .sort((a, b) => b.nearness - a.nearness || (a.rule.id < b.rule.id ? -1 : 1)),
    context: findings,
    gaps: [...gaps].sort(),
    settled: awaited.length === 0 || isDue,
  };
}

/** Looks for what the symptom's context names. What is only of use when found is not waited for. */
async function lookAround(
  { effect, symptom }: Question,
  finder: Finder,
): Promise<{ readonly findings: readonly ContextFinding[]; readonly awaited: readonly Awaited[] }> {
  const awaited: Awaited[] = [];
  const findings: ContextFinding[] = [];
  for (const lookup of symptom.context) {
    const { held, coverage } = await finder.find(lookup, effect.event);
    const event = held.findLast((item) =>
      clausesHold(lookup.clauses, { [symptom.alias]: effect.view, [lookup.alias]: item.view }),
    )?.event;
    if (coverage.state === 'pending' && event === undefined && lookup.none !== undefined)
      awaited.push(coverage);
    findings.push({
      lookup,
      ...(event !== undefined && { event }),
      isCertain: coverage.state === 'complete',
    });
  }
  return { findings, awaited };
}

function byScore(a: RuleHolds, b: RuleHolds): number {
  return b.score - a.score || (a.rule.id < b.rule.id ? -1 : 1);
}

async function silencedBy(
  { symptom, effect }: Question,
  finder: Finder,
): Promise<{ readonly silent: boolean; readonly awaited: readonly Awaited[] }> {
  const awaited: Awaited[] = [];
  for (const exclusion of symptom.unless) {
    const { held, coverage } = await finder.find(exclusion, effect.event);
    const isFound = held.some((item) =>
      clausesHold(exclusion.clauses, { [symptom.alias]: effect.view, [exclusion.alias]: item.view }),
    );
    if (isFound) return { silent: true, awaited: [] };
    if (coverage.state === 'pending') awaited.push(coverage);
  }
  return { silent: false, awaited };
}

/** Renders a sentence about what was found around a symptom. */
export function contextSentence(
  question: Question,
  finding: ContextFinding,
  key: 'found' | 'none' | 'unknown' | 'appends',
): string | undefined {
  const template = finding.lookup[key];
  if (template === undefined) return undefined;
  const events = new Map([[question.symptom.alias, question.effect.event]]);
  if (finding.event !== undefined) events.set(finding.lookup.alias, finding.event);
  return renderTemplate(template, { events, words: {} });
}
