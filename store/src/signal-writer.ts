import type { BatchHeader, ObservationEvent } from '@tapio/domain';
import { producerKey } from '@tapio/domain';
import type { GraphTransaction } from './connection.ts';
import { EntityCache } from './entity-cache.ts';
import type { EntityWrites } from './entity-writes.ts';
import { missingEntities, writeEntities } from './entity-writes.ts';
import { StoreError, toStoreError } from './errors.ts';
import { eventStatements } from './event-rows.ts';
import type { Lease } from './lease.ts';
import type { Marks } from './marks.ts';
import { LATER_RANGES, NO_MARKS, addMark, flattenRanges, hasMark } from './marks.ts';
import type { ClusterPosition } from './position.ts';
import { advancePosition, readCommitted, readMarks, readPosition } from './position.ts';
import { Turns } from './turns.ts';
import type { Turn } from './turns.ts';

/** One message of the stream as transaction A takes it. */
export interface SignalBatch {
  readonly header: BatchHeader;
  /** Events of it that are fit for the graph; those refused were dead-lettered before. */
  readonly events: readonly ObservationEvent[];
}

export interface CommitRequest {
  /** In the order of the stream. */
  readonly batches: readonly SignalBatch[];
  /** Stream sequence of the last message that the request covers, dead letters included. */
  readonly streamPosition: number;
  readonly nowUs: number;
}

export interface CommitOutcome {
  /** Events that this request brought into the graph, with the names that the graph knows. */
  readonly events: readonly ObservationEvent[];
  /** Events that were in the graph before: of repeated batches, or repeated under another batch. */
  readonly duplicates: number;
  readonly duplicateBatches: number;
  /** Entities and bonds merged on the way. */
  readonly merged: number;
}

export interface SignalWriterOptions {
  /** How long events stay that no incident uses. */
  readonly eventRetentionMs: number;
  readonly signal?: AbortSignal;
  readonly cache?: EntityCache;
}

interface Plan {
  readonly events: readonly ObservationEvent[];
  readonly marks: ReadonlyMap<string, { readonly header: BatchHeader; readonly marks: Marks }>;
  readonly duplicates: number;
  readonly duplicateBatches: number;
  readonly fromSequence: number;
}

const CONFLICT_ROUNDS = 5;

/**
 * Transaction A: events, marks of their producers and the stream position, together, under the lease's epoch.
 * A request may be made while the one before it is still on the way: rows are then written side by side, but
 * positions move in order. After any error the writer is spent: open another one, which reads where the graph is.
 */
export class SignalWriter {
  readonly #lease: Lease;
  readonly #stream: string;
  readonly #options: SignalWriterOptions;
  readonly #cache: EntityCache;
  readonly #marks: Map<string, Marks>;
  /** Ids of events on the way: two transactions that create one id would wait for each other. */
  readonly #onTheWay = new Set<string>();
  #sequence: number;
  #entities: Promise<unknown> = Promise.resolve();
  readonly #turns = new Turns();
  #spent: StoreError | undefined;

  private constructor(
    lease: Lease,
    position: ClusterPosition,
    marks: Map<string, Marks>,
    options: SignalWriterOptions,
  ) {
    this.#lease = lease;
    this.#stream = position.stream;
    this.#sequence = position.sequence;
    this.#marks = marks;
    this.#options = options;
    this.#cache = options.cache ?? new EntityCache();
  }

  /** Reads marks and position. The position must be of the stream that is read: see `openPosition`. */
  static async open(lease: Lease, options: SignalWriterOptions): Promise<SignalWriter> {
    const [position, marks] = await lease.graph.connection.transaction(
      { mode: 'read', ...(options.signal && { signal: options.signal }) },
      async (tx) => [await readPosition(tx, lease.cluster), await readMarks(tx, lease.cluster)] as const,
    );
    return new SignalWriter(lease, position, marks, options);
  }

  /** Stream sequence up to which requests were made, committed or on the way. */
  get sequence(): number {
    return this.#sequence;
  }

  get cacheSize(): number {
    return this.#cache.size;
  }

  /**
   * Events that are in the graph already, with the names that it knows: for an engine that reads them again. The
   * entities that they are about become known on the way.
   */
  async recall(events: readonly ObservationEvent[]): Promise<readonly ObservationEvent[]> {
    const merging = this.#entities.then(() => this.#mergeEntities(events));
    this.#entities = merging;
    await merging;
    return events.map((event) => this.#cache.named(event));
  }

  /**
   * @throws StoreError `fenced`, `marks_full` (with the producer's name), `position_moved`, or as the server says
   */
  async commitBatches(request: CommitRequest): Promise<CommitOutcome> {
    if (this.#spent !== undefined) throw this.#spent;
    const plan = this.#plan(request);
    const merging = this.#entities.then(() => this.#mergeEntities(plan.events));
    this.#entities = merging;
    try {
      return await this.#turns.take(async (turn) =>
        this.#commit(plan, request, { merged: await merging, turn }),
      );
    } catch (error) {
      this.#spent ??= toStoreError(error, this.#options.signal);
      throw this.#spent;
    } finally {
      for (const event of plan.events) this.#onTheWay.delete(event.id);
    }
  }

  /** Decides what is new, and counts on it: the marks and the sequence are those after the request. */
  #plan(request: CommitRequest): Plan {
    const fromSequence = this.#sequence;
    const events: ObservationEvent[] = [];
    const touched = new Map<string, { header: BatchHeader; marks: Marks }>();
    let duplicates = 0;
    let duplicateBatches = 0;
    for (const { header, events: batchEvents } of request.batches) {
      const key = producerKey(header.producer);
      const marks = this.#marks.get(key) ?? NO_MARKS;
      if (hasMark(marks, header.batch)) {
        duplicateBatches += 1;
        duplicates += batchEvents.length;
        continue;
      }
      const next = addMark(marks, header.batch);
      if (next === undefined) throw this.#spend(marksFull(key));
      this.#marks.set(key, next);
      touched.set(key, { header, marks: next });
      for (const event of batchEvents) {
        if (this.#onTheWay.has(event.id)) duplicates += 1;
        else {
          this.#onTheWay.add(event.id);
          events.push(event);
        }
      }
    }
    this.#sequence = request.streamPosition;
    return { events, marks: touched, duplicates, duplicateBatches, fromSequence };
  }

  #spend(error: StoreError): StoreError {
    this.#spent = error;
    return error;
  }

  async #mergeEntities(events: readonly ObservationEvent[]): Promise<number> {
    const writes = missingEntities(events, this.#cache);
    const count = writes.entities.length + writes.bonds.length;
    if (count > 0) await this.#merge(writes);
    for (const event of writes.subjects) this.#cache.learnSubject(event);
    return count;
  }

  async #merge(writes: EntityWrites): Promise<void> {
    const known = await this.#lease.write((tx) => writeEntities(tx, writes), this.#options.signal);
    for (const [key, entity] of known) this.#cache.learn(key, entity);
    for (const bond of writes.bonds) this.#cache.learnBond(bond);
  }

  async #commit(
    plan: Plan,
    request: CommitRequest,
    context: { readonly merged: number; readonly turn: Turn },
  ): Promise<CommitOutcome> {
    let events = plan.events.map((event) => this.#cache.named(event));
    let first = true;
    for (let round = 1; ; round += 1) {
      try {
        await this.#write(plan, request, { events, turn: context.turn });
        return {
          events,
          duplicates: plan.duplicates + plan.events.length - events.length,
          duplicateBatches: plan.duplicateBatches,
          merged: context.merged,
        };
      } catch (error) {
        const failure = toStoreError(error, this.#options.signal);
        if (failure.code === 'position_moved' && first) {
          // The request before this one may have needed another try after this one had queued up behind it.
          await context.turn.previousCommitted();
          first = false;
          continue;
        }
        if (failure.code !== 'conflict' || round >= CONFLICT_ROUNDS) throw failure;
        events = await this.#without(events);
      }
    }
  }

  async #write(
    plan: Plan,
    request: CommitRequest,
    context: { readonly events: readonly ObservationEvent[]; readonly turn: Turn },
  ): Promise<void> {
    const expiresAtUs = request.nowUs + this.#options.eventRetentionMs * 1000;
    const statements = eventStatements(context.events, expiresAtUs);
    const move = {
      cluster: this.#lease.cluster,
      stream: this.#stream,
      from: plan.fromSequence,
      to: request.streamPosition,
    };
    let attempt = 0;
    await this.#lease.write(async (tx, check) => {
      attempt += 1;
      // The connection may have broken after the server had committed: then there is nothing left to do.
      if (attempt > 1 && (await readCommitted(tx, move))) return;
      const rows = statements.map(({ text, rows: lists }) => tx.run(text, { rows: lists }));
      const moving = context.turn
        .previousMoved()
        .then(() => allOf([advancePosition(tx, move), writeMarks(tx, plan, request.nowUs), check()]));
      await allOf([...rows, moving]);
      context.turn.moved();
    }, this.#options.signal);
  }

  async #without(events: readonly ObservationEvent[]): Promise<ObservationEvent[]> {
    const ids = events.map((event) => event.id);
    const records = await this.#lease.graph.connection.transaction(
      { mode: 'read', ...(this.#options.signal && { signal: this.#options.signal }) },
      (tx) => tx.run('UNWIND $ids AS id MATCH (e:Event {id: id}) RETURN e.id AS id', { ids }),
    );
    const present = new Set(records.map((record) => String(record.get('id'))));
    return events.filter((event) => !present.has(event.id));
  }
}

/** Waits for all, and fails with the first failure in their order. */
async function allOf(parts: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(parts);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw toStoreError(failed.reason);
}

const WRITE_MARKS = `
  UNWIND $rows AS r
  MERGE (m:_Producer {key: r[0]})
  ON CREATE SET m.cluster = r[1], m.node = r[2], m.lane = r[3], m.incarnation = r[4]
  SET m.contiguous = toInteger(r[5]), m.later = [x IN r[6] | toInteger(x)], m.updated_at = toInteger(r[7])`;

async function writeMarks(tx: GraphTransaction, plan: Plan, nowUs: number): Promise<void> {
  if (plan.marks.size === 0) return;
  const rows = [...plan.marks].map(([key, { header, marks }]) => [
    key,
    header.producer.cluster,
    header.producer.node,
    header.producer.lane,
    header.producer.incarnation,
    marks.contiguous,
    flattenRanges(marks.later),
    nowUs,
  ]);
  await tx.run(WRITE_MARKS, { rows });
}

function marksFull(key: string): StoreError {
  return new StoreError(
    'marks_full',
    `producer ${key} left more than ${LATER_RANGES} holes in its batches: look for its missing batches in the stream, ` +
      `or give its agent a new spool`,
  );
}
