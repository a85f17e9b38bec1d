import type {
  CausalEdge,
  CompleteThrough,
  Decision,
  FactStore,
  Incident,
  ObservationEvent,
} from '@tapio/domain';

import type { RuleSet } from '../rules/rule-set.ts';
import type { RuleCost } from './budget.ts';
import { RuleBudget } from './budget.ts';
import { CaptureState } from './capture.ts';
import { EdgeLedger } from './edge-ledger.ts';
import { EventMemory, HeldEvent } from './event-memory.ts';
import { FactCache } from './fact-cache.ts';
import { Finder } from './finder.ts';
import { IncidentBook } from './incident-book.ts';
import { Interests } from './interests.ts';
import type { RuleExplanation } from './near-miss.ts';
import { explainOutcome } from './near-miss.ts';
import { matchRule } from './match.ts';
import { Question, ask, symptomOf } from './question.ts';
import type { AskOptions } from './question.ts';
import { QuestionBook } from './question-book.ts';
import type { RecoveryOptions } from './recovery.ts';
import { containerRecovery, recoveryOf } from './recovery.ts';
import type { EngineSettings } from './settings.ts';
import { ENGINE_DEFAULTS } from './settings.ts';
import { WorkloadNodes } from './workload-nodes.ts';

export interface EngineOptions {
  readonly cluster: string;
  readonly rules: RuleSet;
  readonly facts: FactStore;
  readonly settings?: Partial<EngineSettings>;
  /**
   * Every event from this time on (Unix microseconds) is given to `step`, also after a restart. What is older is
   * asked of `facts`. The time of the first step if left out.
   */
  readonly completeFromUs?: number;
  /** What the graph holds from before a restart: with it, ids, revisions and withdrawn edges go on seamlessly. */
  readonly known?: { readonly incidents?: readonly Incident[]; readonly edges?: readonly CausalEdge[] };
  /** Monotonic clock that rules are timed by. */
  readonly clockMs?: () => number;
}

export interface StepInput {
  /** In any order, repeated ones too. They must be in `facts` already. */
  readonly events: readonly ObservationEvent[];
  readonly completeThrough: readonly { readonly node: string; readonly completeThrough: CompleteThrough }[];
  /** Wall clock, Unix microseconds. */
  readonly nowUs: number;
}

export interface EngineStats {
  readonly events: number;
  readonly duplicates: number;
  readonly foreign: number;
  readonly eventsHeld: number;
  readonly eventsEvicted: number;
  readonly questions: number;
  readonly questionsUnsettled: number;
  readonly questionsEvicted: number;
  readonly incidents: number;
  readonly evaluations: number;
  readonly factQueries: number;
  readonly rules: readonly RuleCost[];
}

/**
 * The correlation engine: symptoms open questions, rules answer them, answers become edges and incidents. What it
 * decides is a function of events, facts, marks and rules: their order and how they were split into steps change
 * nothing in the end. Its memory is a cache of what the fact store holds.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #settings: EngineSettings;
  readonly #memory: EventMemory;
  readonly #capture = new CaptureState();
  readonly #interests: Interests;
  readonly #facts: FactCache;
  readonly #questions: QuestionBook;
  readonly #incidents: IncidentBook;
  readonly #edges: EdgeLedger;
  readonly #budget: RuleBudget;
  readonly #workloadNodes = new WorkloadNodes();
  readonly #effectTypes: ReadonlySet<string>;
  #completeFromUs: number | undefined;
  #watermarkUs = 0;
  #nowUs = 0;
  #isStepping = false;
  readonly #counts = {
    events: 0,
    duplicates: 0,
    foreign: 0,
    questionsEvicted: 0,
    evaluations: 0,
  };

  constructor(options: EngineOptions) {
    const settings = { ...ENGINE_DEFAULTS, ...options.settings };
    this.#options = options;
    this.#settings = settings;
    this.#interests = new Interests(options.rules);
    this.#facts = new FactCache(options.cluster, options.facts, this.#interests.scopes);
    this.#memory = new EventMemory(this.#interests.kept, {
      events: settings.eventsHeld,
      perKey: settings.eventsPerKey,
    });
    this.#questions = new QuestionBook(this.#interests, settings.clockErrorMs * 1000);
    this.#incidents = new IncidentBook(
      {
        cluster: options.cluster,
        rulesVersion: options.rules.version,
        ruleCount: options.rules.rules.length,
        episodeGapUs: settings.episodeGapMs * 1000,
        incidentsHeld: settings.incidentsHeld,
        known: options.known?.incidents ?? [],
      },
      this.#questions,
    );
    this.#edges = new EdgeLedger(options.known?.edges ?? []);
    this.#budget = new RuleBudget(
      { deadlineMs: settings.ruleDeadlineMs, budgetMs: settings.ruleBudgetMs, strikes: settings.ruleStrikes },
      options.clockMs ?? (() => performance.now()),
    );
    this.#effectTypes = new Set(options.rules.symptoms.map((s) => s.type));
    this.#completeFromUs = options.completeFromUs;
  }

  /** Takes what came and says what changed. Steps do not overlap. */
  async step(input: StepInput): Promise<Decision> {
    if (this.#isStepping) throw new Error('a step was begun while another runs: await each step');
    this.#isStepping = true;
    try {
      return await this.#step(input);
    } finally {
      this.#isStepping = false;
    }
  }

  async #step({ events, completeThrough, nowUs }: StepInput): Promise<Decision> {
    this.#nowUs = Math.max(this.#nowUs, nowUs);
    this.#completeFromUs ??= this.#nowUs;
    this.#budget.beginStep();
    const dirty = new Set<Question>();
    for (const event of events) this.#take(event, dirty);
    const moved = new Map<string, CompleteThrough>();
    for (const mark of completeThrough) {
      this.#capture.advance(mark.node, mark.completeThrough);
      moved.set(mark.node, mark.completeThrough);
    }
    for (const question of this.#questions.due(this.#capture, moved, this.#nowUs)) dirty.add(question);
    const finder = this.#finder();
    await this.#answer(dirty, finder);
    this.#incidents.touchDue((node) => Math.min(this.#capture.through(node, 'kubelet') ?? 0, this.#nowUs));
    const recovery: RecoveryOptions = {
      finder,
      capture: this.#capture,
      nowUs: this.#nowUs,
      healthyUs: this.#settings.healthyMs * 1000,
      staleUs: this.#settings.staleMs * 1000,
    };
    const incidents = await this.#incidents.takeChanges((questions) => recoveryOf(questions, recovery));
    const { added, withdrawn } = this.#edges.takeChanges();
    await this.#evict(recovery);
    return { edgesAdded: added, edgesWithdrawn: withdrawn, incidents };
  }

  #take(event: ObservationEvent, dirty: Set<Question>): void {
    if (event.cluster !== this.#options.cluster) {
      this.#counts.foreign += 1;
      return;
    }
    this.#counts.events += 1;
    if (this.#memory.has(event.id) || this.#questions.get(event.id) !== undefined) {
      this.#counts.duplicates += 1;
      return;
    }
    this.#facts.forget(event);
    this.#watermarkUs = Math.max(this.#watermarkUs, Math.min(event.timestamp, this.#nowUs));
    if (this.#capture.note(event)) {
      for (const question of this.#questions.ofNode(event.node)) dirty.add(question);
      return;
    }
    this.#workloadNodes.note(event);
    if (event.timestamp >= this.#horizonUs()) this.#memory.add(event);
    for (const question of this.#questions.concernedBy(event)) dirty.add(question);
    if (event.podUid !== undefined && (event.type === 'container_started' || event.type === 'pod_deleted')) {
      this.#incidents.touchPod(event.podUid);
    }
    if (this.#effectTypes.has(event.type)) this.#open(event, dirty);
  }

  #open(event: ObservationEvent, dirty: Set<Question>): void {
    const held = this.#memory.get(event.id) ?? new HeldEvent(event);
    const symptom = symptomOf(held, this.#options.rules);
    if (symptom === undefined) return;
    const deadlineUs = Math.max(event.timestamp, this.#nowUs) + this.#settings.settleWaitMs * 1000;
    const question = new Question(event, symptom, deadlineUs);
    this.#questions.add(question);
    dirty.add(question);
  }

  #horizonUs(): number {
    return this.#watermarkUs - this.#settings.horizonMs * 1000;
  }

  #finder(): Finder {
    return new Finder({
      memory: this.#memory,
      capture: this.#capture,
      facts: this.#facts,
      clockErrorUs: this.#settings.clockErrorMs * 1000,
      wholeFromUs: Math.max(this.#completeFromUs ?? this.#nowUs, this.#horizonUs()),
      nodesOf: (workload) => this.#workloadNodes.of(workload),
    });
  }

  #askOptions(finder: Finder): AskOptions {
    return {
      finder,
      budget: this.#budget,
      candidates: this.#settings.candidates,
      rules: this.#options.rules,
      capture: this.#capture,
      nowUs: this.#nowUs,
    };
  }

  async #answer(dirty: ReadonlySet<Question>, finder: Finder): Promise<void> {
    const options = this.#askOptions(finder);
    const queue = [...dirty];
    const work = async (): Promise<void> => {
      for (let question = queue.pop(); question !== undefined; question = queue.pop()) {
        await ask(question, options);
        this.#counts.evaluations += 1;
        this.#questions.answered(question);
        const edges = question.answer?.holding.flatMap((holds) => holds.edges) ?? [];
        this.#edges.set(question.id, question.id, edges);
        this.#incidents.answered(question);
      }
    };
    await Promise.all(Array.from({ length: this.#settings.concurrency }, work));
  }

  async #evict(recovery: RecoveryOptions): Promise<void> {
    const horizonUs = this.#horizonUs();
    this.#memory.evictBefore(horizonUs);
    const surplus = this.#questions.size - this.#settings.questionsHeld;
    let evicted = 0;
    for (const question of this.#questions.oldest()) {
      const isOver = evicted < surplus;
      if (!isOver && question.timeUs >= horizonUs) break;
      if (!isOver && (await this.#isNeeded(question, recovery))) continue;
      this.#incidents.fold(question);
      this.#edges.forget(question.id);
      this.#questions.remove(question);
      evicted += 1;
    }
    this.#counts.questionsEvicted += evicted;
  }

  async #isNeeded(question: Question, recovery: RecoveryOptions): Promise<boolean> {
    if (question.answer?.settled !== true) return true;
    if (!this.#incidents.isLast(question)) return false;
    return !(await containerRecovery(question, recovery)).isRecovered;
  }

  /**
   * Why a rule did or did not explain a symptom. Undefined when the symptom is not in memory or there is no such
   * rule; not to be called while a step runs.
   *
   * @param questionId id of the symptom's event
   */
  async explainRule(questionId: string, ruleId: string): Promise<RuleExplanation | undefined> {
    const question = this.#questions.get(questionId);
    const rule = this.#options.rules.rules.find((r) => r.id === ruleId);
    if (question === undefined || rule === undefined) return undefined;
    const outcome = await matchRule(rule, question.effect, this.#askOptions(this.#finder()));
    return explainOutcome(rule, outcome, question.effect);
  }

  /** The incident that a symptom was last reported in. */
  incidentOf(questionId: string): Incident | undefined {
    const question = this.#questions.get(questionId);
    return question === undefined ? undefined : this.#incidents.incidentOf(question);
  }

  /**
   * Oldest time of an event that open questions may still need from `step`: the position from which a restart
   * replays lies before it.
   */
  get replayFromUs(): number {
    return this.#horizonUs();
  }

  stats(): EngineStats {
    return {
      ...this.#counts,
      factQueries: this.#facts.queries,
      eventsHeld: this.#memory.size,
      eventsEvicted: this.#memory.evicted,
      questions: this.#questions.size,
      questionsUnsettled: this.#questions.unsettled,
      incidents: this.#incidents.size,
      rules: this.#budget.costs(),
    };
  }
}

/** Makes an engine for one cluster. */
export function createEngine(options: EngineOptions): Engine {
  return new Engine(options);
}
