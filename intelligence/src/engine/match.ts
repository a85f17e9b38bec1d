import type { CausalEdge, ObservationEvent } from '@tapio/domain';
import type { Bindings } from '../rules/conditions.ts';
import type { CauseStep, Clause, Exclusion, Lookup, Rule } from '../rules/rule-set.ts';
import type { Template, TemplateValues } from '../rules/templates.ts';
import { renderTemplate } from '../rules/templates.ts';
import type { RuleBudget } from './budget.ts';
import type { Coverage } from './capture.ts';
import type { HeldEvent } from './event-memory.ts';
import type { Finder } from './finder.ts';
import type { Awaited, BoundStep, OutcomeBase, RuleFails, RuleOutcome, TraceLine } from './outcome.ts';
import { distanceUs, lagFactor, round } from './scoring.ts';
import { SCORING } from './settings.ts';
import { EMPTY_VIEW } from './views.ts';

export interface MatchContext {
  readonly finder: Finder;
  readonly budget: RuleBudget;
  readonly candidates: number;
}

/** Combinations of candidates that are tried for one question. */
const COMBINATIONS = 200;

/** Asks one rule about one effect. Undefined when the rule is not about such effects at all. */
export async function matchRule(
  rule: Rule,
  effect: HeldEvent,
  context: MatchContext,
): Promise<RuleOutcome | undefined> {
  const bindings = { [rule.effect.alias]: effect.view };
  if (!context.budget.charge(rule.id, () => clausesHold(rule.effect.clauses, bindings))) return undefined;
  return new Matching(rule, effect, context).run();
}

/** True when all conditions hold. What reads something that the event does not say does not hold. */
export function clausesHold(clauses: readonly Clause[], bindings: Bindings): boolean {
  return clauses.every((clause) => clause.condition.evaluate(bindings) === 'holds');
}

type Bound = ReadonlyMap<string, HeldEvent>;

class Matching {
  readonly #rule: Rule;
  readonly #effect: HeldEvent;
  readonly #context: MatchContext;
  readonly #trace: TraceLine[] = [];
  readonly #gaps = new Set<string>();
  readonly #awaited: Awaited[] = [];
  #clause: string | undefined;
  #combinations = COMBINATIONS;

  constructor(rule: Rule, effect: HeldEvent, context: MatchContext) {
    this.#rule = rule;
    this.#effect = effect;
    this.#context = context;
  }

  async run(): Promise<RuleOutcome> {
    const rule = this.#rule;
    const start: Bound = new Map([[rule.effect.alias, this.#effect]]);
    for (const exception of rule.exceptions) {
      if (exception.condition.evaluate(this.#bindings(start)) === 'holds') {
        const words = renderTemplate(exception.because, values(start));
        this.#trace.push({ name: 'exception', outcome: 'found', words });
        return this.#fails(words);
      }
    }
    const chain = await this.#bindFrom(0, start, []);
    if (chain === undefined) return this.#fails(this.#clause);
    const bound = new Map(start);
    for (const link of chain) bound.set(link.step.alias, link.held);
    let score = rule.prior * (chain[0]?.score ?? 1);
    const expectations = await this.#expectations(bound);
    score *= expectations.factor;
    for (const exclusion of rule.absent) {
      const verdict = await this.#exclude(exclusion, bound);
      if (verdict.found !== undefined) return this.#fails(verdict.found);
      if (!verdict.certain) score *= exclusion.unseen;
    }
    for (const link of chain) score = 1 - (1 - score) * (1 - link.lookup.lift);
    const linkScores = chain.slice(1).reduce((product, link) => product * link.score, 1);
    const total = round(score * linkScores);
    if (total < SCORING.possible) return this.#fails(expectations.clause);
    return {
      holds: true,
      rule,
      score: total,
      steps: chain,
      events: new Map([...bound].map(([alias, held]) => [alias, held.event])),
      edges: this.#edges(chain, round(score), bound),
      ...this.#base(1),
    };
  }

  #base(nearness: number): Omit<OutcomeBase, 'rule'> {
    return { trace: this.#trace, gaps: [...this.#gaps], awaited: this.#awaited, nearness };
  }

  #fails(clause: string | undefined): RuleFails {
    const matched = this.#trace.filter((line) => line.outcome === 'matched').length;
    const parts = this.#rule.steps.filter((s) => !s.optional).length + this.#rule.expect.length + 1;
    return {
      holds: false,
      rule: this.#rule,
      ...(clause !== undefined && { clause }),
      ...this.#base(Math.min(0.99, matched / parts)),
    };
  }

  #bindings(bound: Bound): Bindings {
    const bindings: Record<string, unknown> = {};
    for (const { alias } of this.#rule.steps) bindings[alias] = EMPTY_VIEW;
    for (const [alias, held] of bound) bindings[alias] = held.view;
    return bindings;
  }

  /** Binds the step at `index` and all after it; undefined when a required one can't be bound. */
  async #bindFrom(
    index: number,
    bound: Bound,
    chain: readonly BoundStep[],
  ): Promise<readonly BoundStep[] | undefined> {
    const step = this.#rule.steps[index];
    if (step === undefined) return chain;
    for (const candidate of await this.#candidates(step, bound)) {
      if ((this.#combinations -= 1) < 0) break;
      const rest = await this.#bindFrom(index + 1, new Map(bound).set(step.alias, candidate.held), [
        ...chain,
        candidate,
      ]);
      if (rest !== undefined) return rest;
    }
    return step.optional ? this.#bindFrom(index + 1, bound, chain) : undefined;
  }

  /** All that can stand for a step, the best link first. */
  async #candidates(step: CauseStep, bound: Bound): Promise<readonly BoundStep[]> {
    const passing: BoundStep[] = [];
    const coverages: Coverage[] = [];
    let clause: string | undefined;
    for (const lookup of step.lookups) {
      const anchor = bound.get(lookup.of);
      if (anchor === undefined) continue;
      const { held, coverage } = await this.#context.finder.find(lookup, anchor.event);
      coverages.push(coverage);
      const tested = this.#context.budget.charge(this.#rule.id, () => this.#test(lookup, held, bound));
      clause ??= tested.clause;
      for (const candidate of this.#bounded(step, tested.passing)) {
        const link = await this.#link({ step, lookup, held: candidate, anchor: anchor.event }, bound);
        if (typeof link === 'string') clause = link;
        else if (!step.optional || link.score >= SCORING.possible) passing.push(link);
      }
      clause ??= lookup.missing && renderTemplate(lookup.missing, values(bound));
    }
    // What was missed matters little once the step is bound, but a node that has yet to report may bring a better one.
    const certain = coverages.map((c) => this.#note(c, passing.length === 0)).every(Boolean);
    if (passing.length > 0) {
      passing.sort(
        (a, b) =>
          b.score - a.score ||
          nearer(a, b, this.#effect.event) ||
          (a.held.event.id < b.held.event.id ? -1 : 1),
      );
      this.#trace.push({ name: step.alias, outcome: 'matched', words: summaryOf(passing[0], bound) });
      return passing;
    }
    const outcome = certain ? (clause === undefined ? 'absent' : 'failed') : 'unknown';
    this.#trace.push({ name: step.alias, outcome, words: clause ?? `no ${step.alias} was found` });
    if (!step.optional && certain) this.#clause ??= clause;
    return [];
  }

  /** A cause that must be found and is found everywhere names nothing. */
  #bounded(step: CauseStep, passing: readonly HeldEvent[]): readonly HeldEvent[] {
    const { candidates, budget } = this.#context;
    if (passing.length <= candidates) return passing;
    if (!step.optional) {
      const reason = `${step.alias} matched ${passing.length} events of one symptom; more than ${candidates} name nothing`;
      budget.strike(this.#rule.id, reason);
    }
    return passing.slice(-candidates);
  }

  #test(
    lookup: Lookup,
    held: readonly HeldEvent[],
    bound: Bound,
  ): { readonly passing: readonly HeldEvent[]; readonly clause?: string } {
    const passing: HeldEvent[] = [];
    let clause: string | undefined;
    for (const item of held) {
      if (item === bound.get(lookup.of)) continue;
      const bindings = this.#bindings(new Map(bound).set(lookup.alias, item));
      const failed = lookup.clauses.find((c) => c.condition.evaluate(bindings) !== 'holds');
      if (failed === undefined) passing.push(item);
      else if (failed.otherwise !== undefined) {
        clause = renderTemplate(failed.otherwise, values(new Map(bound).set(lookup.alias, item)));
      }
    }
    return { passing, ...(clause !== undefined && { clause }) };
  }

  /** Scores one candidate; the clause that speaks against it when there is one. */
  async #link(
    link: Omit<BoundStep, 'score'> & { readonly anchor: ObservationEvent },
    bound: Bound,
  ): Promise<BoundStep | string> {
    const { step, lookup, held, anchor } = link;
    let score = lookup.prior * lagFactor(lookup, held.event, anchor);
    const withCandidate: Bound = new Map(bound).set(step.alias, held);
    for (const exclusion of lookup.unless) {
      const verdict = await this.#exclude(exclusion, withCandidate);
      if (verdict.found !== undefined) return verdict.found;
      if (!verdict.certain) score *= exclusion.unseen;
    }
    return { step, lookup, held, score: round(score) };
  }

  async #exclude(
    exclusion: Exclusion,
    bound: Bound,
  ): Promise<{ readonly found?: string; readonly certain: boolean }> {
    const anchor = bound.get(exclusion.of);
    if (anchor === undefined) return { certain: true };
    const { held, coverage } = await this.#context.finder.find(exclusion, anchor.event);
    const { passing } = this.#context.budget.charge(this.#rule.id, () => this.#test(exclusion, held, bound));
    const first = passing[0];
    if (first !== undefined) {
      const words = renderTemplate(exclusion.because, values(new Map(bound).set(exclusion.alias, first)));
      this.#trace.push({ name: exclusion.alias, outcome: 'found', words });
      return { found: words, certain: true };
    }
    const certain = this.#note(coverage, exclusion.unseen < SCORING.worthNaming);
    this.#trace.push({
      name: exclusion.alias,
      outcome: certain ? 'absent' : 'unknown',
      words: certain ? 'there was none, and capture was healthy' : 'it may have been there unseen',
    });
    return { certain };
  }

  async #expectations(
    bound: Map<string, HeldEvent>,
  ): Promise<{ readonly factor: number; readonly clause?: string }> {
    let factor = 1;
    let clause: string | undefined;
    for (const expectation of this.#rule.expect) {
      const anchor = bound.get(expectation.of);
      if (anchor === undefined) continue;
      const { held, coverage } = await this.#context.finder.find(expectation, anchor.event);
      const { passing } = this.#context.budget.charge(this.#rule.id, () =>
        this.#test(expectation, held, bound),
      );
      const first = passing[0];
      if (first !== undefined) {
        bound.set(expectation.alias, first);
        this.#trace.push({ name: expectation.alias, outcome: 'matched', words: 'seen, as expected' });
        continue;
      }
      const certain = this.#note(coverage);
      const words = renderTemplate(expectation.missing, values(bound));
      this.#trace.push({ name: expectation.alias, outcome: certain ? 'absent' : 'unknown', words });
      factor *= certain ? expectation.penalty : SCORING.unknownExpectation;
      if (certain) clause ??= words;
    }
    return { factor, ...(clause !== undefined && { clause }) };
  }

  /** Keeps what coverage says; true when absence proves something. */
  #note(coverage: Coverage, isWorthNaming = true): boolean {
    if (coverage.state === 'broken' && isWorthNaming) this.#gaps.add(coverage.reason);
    if (coverage.state === 'pending') this.#awaited.push(coverage);
    return coverage.state === 'complete';
  }

  #edges(chain: readonly BoundStep[], firstScore: number, bound: Bound): CausalEdge[] {
    let effectId = this.#effect.event.id;
    return chain.map((link, index) => {
      const edge: CausalEdge = {
        effectId,
        causeId: link.held.event.id,
        rule: this.#rule.id,
        mechanism: renderTemplate(link.lookup.mechanism, values(bound)),
        score: index === 0 ? firstScore : link.score,
      };
      effectId = link.held.event.id;
      return edge;
    });
  }
}

function values(bound: Bound): TemplateValues {
  return { events: new Map([...bound].map(([alias, held]) => [alias, held.event])), words: {} };
}

function summaryOf(link: BoundStep | undefined, bound: Bound): string {
  if (link === undefined) return '';
  const text: Template = link.lookup.text;
  return renderTemplate(text, values(new Map(bound).set(link.step.alias, link.held)));
}

function nearer(a: BoundStep, b: BoundStep, effect: ObservationEvent): number {
  return distanceUs(a.held.event, effect) - distanceUs(b.held.event, effect);
}
