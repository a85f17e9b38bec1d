import type { ObservationEvent } from '@tapio/domain';
import type { RuleSet } from '@tapio/intelligence';
import { ENGINE_DEFAULTS, createEngine } from '@tapio/intelligence';
import type { Logger } from '@tapio/runtime';
import { BoundedQueue } from '@tapio/runtime';
import type { CommitOutcome, Graph, Lease, OpenedPosition, Stream } from '@tapio/store';
import {
  GraphFacts,
  SignalReader,
  SignalWriter,
  StoreError,
  openPosition,
  readEventsSince,
  readKnownDecisions,
} from '@tapio/store';
import type { LoaderConfig } from './config.ts';
import { Decider } from './decider.ts';
import type { Intake } from './intake.ts';
import { sortMessages, storeDeadLetters } from './intake.ts';
import { ReplayWindow } from './replay-window.ts';
import type { LoaderStatus } from './status.ts';
import { Upkeep } from './upkeep.ts';

export interface PipelineOptions {
  readonly config: LoaderConfig;
  readonly graph: Graph;
  readonly stream: Stream;
  readonly lease: Lease;
  readonly rules: RuleSet;
  readonly status: LoaderStatus;
  readonly log: Logger;
  /** Ends the pipeline after what was read is written and decided over. */
  readonly stop: AbortSignal;
  /** Ends it at once: the lease is lost. */
  readonly cut: AbortSignal;
}

/** Read and on its way through transaction A. */
interface Committing {
  readonly intake: Intake;
  readonly outcome: Promise<CommitOutcome>;
}

const DAY_MS = 86_400_000;
const TICK_MS = 1_000;
/** Transactions A that wait behind the one whose outcome is awaited: their rows are written meanwhile. */
const OVERLAP = 1;
/** Events that are read back from the graph when the stream that held them is gone. */
const RECALLED_EVENTS = 50_000;
const RECALL_MS = 600_000;

function nowUs(): number {
  return Date.now() * 1000;
}

/**
 * What the owner of a cluster runs: read, transaction A, engine, transaction B, in the order of the stream. It ends
 * when it is stopped, or with the first error: nothing is carried over to the next one but what the graph holds.
 */
export async function runPipeline(options: PipelineOptions): Promise<void> {
  const { config, stream, lease, status, stop, cut, log } = options;
  await stream.ensureStreams();
  const { identity } = await stream.signalState();
  const position = await openPosition(lease, identity, cut);
  if (position.recreated) log.warn({ identity }, 'the stream was made anew: it is read from its beginning');
  const writer = await SignalWriter.open(lease, {
    eventRetentionMs: config.eventRetentionDays * DAY_MS,
    signal: cut,
  });
  const failed = new AbortController();
  const ended = AbortSignal.any([cut, failed.signal]);
  const window = new ReplayWindow({ sequence: position.replayFrom, fromUs: position.replayFromUs });
  const decider = new Decider({
    engine: await openEngine(options, position),
    lease,
    stream: identity,
    window,
    incidentRetentionMs: config.incidentRetentionDays * DAY_MS,
    status,
    signal: cut,
    decided: position.decided,
  });
  const upkeep = new Upkeep({
    lease,
    stream,
    status,
    replayFrom: () => decider.replayFrom,
    signal: AbortSignal.any([ended, stop]),
    nowUs,
  });
  await using reader = new SignalReader(stream, {
    cluster: config.cluster,
    fromSequence: Math.min(position.replayFrom, position.sequence + 1),
    identity,
  });
  const run = new Run(options, { reader, writer, decider, upkeep, identity });
  await run.replay(position, AbortSignal.any([stop, cut]));
  if (stop.aborted) return;
  status.phase = 'leading';
  const parts = [run.read(AbortSignal.any([stop, ended])), run.decide(), upkeep.retain(), upkeep.purge()];
  for (const part of parts) {
    part.catch((error: unknown) => {
      failed.abort(error);
      run.giveUp();
    });
  }
  try {
    const results = await Promise.allSettled(parts);
    // The first failure is the reason; the others only follow from it.
    if (failed.signal.aborted) throw failed.signal.reason as Error;
    const rejected = results.find((result) => result.status === 'rejected');
    if (rejected !== undefined) throw rejected.reason as Error;
    await upkeep.purgeOnce();
  } finally {
    status.conservation.drop('given_up', status.inFlight);
    status.inFlight = 0;
  }
}

async function openEngine(
  options: PipelineOptions,
  position: OpenedPosition,
): Promise<ReturnType<typeof createEngine>> {
  const { config, graph, rules, cut } = options;
  const sinceUs = nowUs() - (ENGINE_DEFAULTS.staleMs + ENGINE_DEFAULTS.horizonMs) * 1000;
  return createEngine({
    cluster: config.cluster,
    rules,
    facts: new GraphFacts(graph),
    known: await readKnownDecisions(graph, config.cluster, sinceUs, cut),
    completeFromUs: position.recreated ? nowUs() : position.replayFromUs,
  });
}

interface RunParts {
  readonly reader: SignalReader;
  readonly writer: SignalWriter;
  readonly decider: Decider;
  readonly upkeep: Upkeep;
  readonly identity: string;
}

class Run {
  readonly #options: PipelineOptions;
  readonly #parts: RunParts;
  readonly #committing = new BoundedQueue<Committing>({
    name: 'committing',
    capacity: OVERLAP,
    whenFull: 'wait',
  });
  #ended = false;

  constructor(options: PipelineOptions, parts: RunParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** Lets the engine read again what it had in its memory, up to where the graph stands. */
  async replay(position: OpenedPosition, signal: AbortSignal): Promise<void> {
    const { reader, writer, decider } = this.#parts;
    const { graph, config, status, log } = this.#options;
    status.phase = 'replaying';
    if (position.recreated && position.decidedUs > 0) {
      const sinceUs = position.decidedUs - RECALL_MS * 1000;
      const query = { cluster: config.cluster, sinceUs, limit: RECALLED_EVENTS, signal };
      await decider.recall(await readEventsSince(graph, query), nowUs());
      await decider.settle(0, nowUs());
    }
    if (position.sequence < position.replayFrom) return;
    while (!reader.passed(position.sequence) && !signal.aborted) {
      const limits = { records: config.batchRecords, waitMs: TICK_MS, upTo: position.sequence, signal };
      const messages = await reader.read(limits);
      if (messages.length === 0) continue;
      const intake = sortMessages(messages);
      const events: ObservationEvent[] = intake.batches.flatMap((batch) => [...batch.events]);
      await decider.replay(await writer.recall(events), intake);
    }
    if (signal.aborted) return;
    await decider.settle(position.sequence, nowUs());
    log.info({ records: status.replayed, from: position.replayFrom, to: position.sequence }, 'read again');
  }

  /** Reads, stores dead letters, and begins transactions A in the order of the stream. */
  async read(signal: AbortSignal): Promise<void> {
    const { reader, writer, identity } = this.#parts;
    const { config, stream, status, cut } = this.#options;
    const context = { cluster: config.cluster, identity, signal: cut };
    try {
      while (!signal.aborted) {
        const messages = await reader.read({ records: config.batchRecords, waitMs: TICK_MS, signal });
        status.lag = reader.lag;
        const [first] = messages;
        if (first === undefined) continue;
        if (first.sequence <= writer.sequence) {
          throw new StoreError(
            'position_moved',
            `message ${first.sequence} was read again though it is in the graph`,
          );
        }
        const intake = sortMessages(messages);
        status.conservation.receive(intake.records);
        status.inFlight += intake.records;
        await storeDeadLetters(stream, messages, context, status);
        const { batches, lastSequence: streamPosition } = intake;
        const outcome = status.transactionA.of(() =>
          writer.commitBatches({ batches, streamPosition, nowUs: nowUs() }),
        );
        // It is awaited in turn; until then a failure is no unhandled one.
        outcome.catch(() => undefined);
        if (!(await this.#committing.push({ intake, outcome }, cut))) return;
      }
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'aborted' && signal.aborted)) throw error;
    } finally {
      this.giveUp();
    }
  }

  /** Awaits transactions A in order and lets the engine decide; time passes for it also when nothing comes. */
  async decide(): Promise<void> {
    const { decider } = this.#parts;
    for (;;) {
      const next = await this.#nextOrTick();
      if (next !== undefined) await this.#take(next);
      else if (this.#ended) return;
      else await decider.tick(nowUs());
    }
  }

  /** Nothing more is read; what was read is still decided over. */
  giveUp(): void {
    this.#ended = true;
    this.#committing.close();
  }

  async #nextOrTick(): Promise<Committing | undefined> {
    const timer = new AbortController();
    const timeout = setTimeout(() => {
      timer.abort();
    }, TICK_MS);
    try {
      return await this.#committing.shift(timer.signal);
    } finally {
      clearTimeout(timeout);
    }
  }

  async #take({ intake, outcome }: Committing): Promise<void> {
    const { decider, upkeep, writer } = this.#parts;
    const { status } = this.#options;
    const { events, duplicates, merged } = await outcome;
    status.inFlight -= intake.records;
    status.conservation.send(events.length);
    status.conservation.drop('duplicate', duplicates);
    status.conservation.drop('dead_letter', intake.dead);
    status.entitiesMerged += merged;
    status.cacheEntries = writer.cacheSize;
    upkeep.noteWritten(events.length);
    await decider.decide(events, intake, nowUs());
  }
}
