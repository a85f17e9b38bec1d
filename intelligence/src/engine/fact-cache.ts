import type { EventJoin, FactStore, ObservationEvent } from '@tapio/domain';
import type { JoinKind } from '../rules/schema.ts';
import type { FileKind } from './joins.ts';
import { factJoin, fileKey, joinKey } from './joins.ts';

/** The most events that a fact store returns for one question. */
const FACT_LIMIT = 1_000;

/** Answers that are kept; the oldest go first. */
const ANSWERS_KEPT = 5_000;

/** Events whose time is known this coarsely may lie before a window and still belong to it. */
const COARSEST_TIME_US = 2_000_000;

const HOUR_US = 3_600_000_000;

/** Marks of capture are looked for under the node, beside what rules ask of it. */
export const CAPTURE_TYPES = ['capture_gap', 'capture_started'] as const;

/** What lookups ask of the past under one join: all types in one question, as far back as any of them reaches. */
export interface FactScope {
  readonly types: ReadonlySet<string>;
  readonly beforeUs: number;
}

interface Answer {
  readonly fromUs: number;
  readonly events: Promise<readonly ObservationEvent[]>;
}

const FILES: readonly (FileKind & EventJoin['on'])[] = [
  'container',
  'pod',
  'workload',
  'node',
  'object',
  'refers',
  'namespace',
  'cluster',
];

/**
 * Answers of the fact store about one container, pod, workload or node, all types at once, kept until an event of
 * it arrives. A thousand crashes ask about as many questions as there are pods, however many rules there are.
 */
export class FactCache {
  readonly #cluster: string;
  readonly #facts: FactStore;
  readonly #scopes: ReadonlyMap<FileKind, FactScope>;
  readonly #answers = new Map<string, Answer>();
  #queries = 0;

  constructor(cluster: string, facts: FactStore, scopes: ReadonlyMap<FileKind, FactScope>) {
    this.#cluster = cluster;
    this.#facts = facts;
    this.#scopes = scopes;
  }

  /** Questions put to the fact store so far. */
  get queries(): number {
    return this.#queries;
  }

  /** An event came: what was answered about the things it is about is asked again when needed. */
  forget(event: ObservationEvent): void {
    if (this.#answers.size === 0) return;
    for (const file of FILES) {
      if (this.#scopes.get(file)?.types.has(event.type) !== true) continue;
      const key = fileKey(event, file);
      if (key !== undefined) this.#answers.delete(key);
    }
  }

  /** Events of some types that share something with an anchor, in a window; in no order. */
  async events(question: {
    readonly types: readonly string[];
    readonly join: JoinKind;
    readonly anchor: ObservationEvent;
    readonly fromUs: number;
    readonly toUs: number;
  }): Promise<readonly ObservationEvent[]> {
    const { types, join, anchor, fromUs, toUs } = question;
    const on = factJoin(anchor, join);
    if (on === undefined) return [];
    const scope = this.#scopes.get(on.on);
    const isKnown = scope !== undefined && types.every((type) => scope.types.has(type));
    const all = isKnown ? await this.#about(on, scope, anchor, fromUs) : undefined;
    const isWhole = all !== undefined && all.length < FACT_LIMIT;
    const events = isWhole ? all : await this.#ask(types, on, fromUs, toUs);
    return events.filter((e) => types.includes(e.type) && e.timestamp <= toUs);
  }

  async #about(
    on: EventJoin,
    scope: FactScope,
    anchor: ObservationEvent,
    fromUs: number,
  ): Promise<readonly ObservationEvent[]> {
    const key = joinKey(on, this.#cluster);
    const known = this.#answers.get(key);
    if (known !== undefined && known.fromUs <= fromUs) return known.events;
    const earliestUs = Math.min(fromUs, anchor.timestamp - scope.beforeUs) - COARSEST_TIME_US;
    // Down to the hour, so that the next symptom of the same thing need not ask for a moment more.
    const reachUs = Math.floor(earliestUs / HOUR_US) * HOUR_US;
    const answer = {
      fromUs: reachUs,
      events: this.#ask([...scope.types], on, reachUs, Number.MAX_SAFE_INTEGER),
    };
    this.#answers.set(key, answer);
    if (this.#answers.size > ANSWERS_KEPT) {
      for (const oldest of this.#answers.keys()) {
        this.#answers.delete(oldest);
        break;
      }
    }
    try {
      return await answer.events;
    } catch (error) {
      this.#answers.delete(key);
      throw error;
    }
  }

  #ask(
    types: readonly string[],
    join: EventJoin,
    fromUs: number,
    toUs: number,
  ): Promise<readonly ObservationEvent[]> {
    this.#queries += 1;
    return this.#facts.events({ cluster: this.#cluster, types, join, fromUs, toUs, limit: FACT_LIMIT });
  }
}
