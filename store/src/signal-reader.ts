import { randomUUID } from 'node:crypto';
import type { BatchHeader, DecodedBatch, Result } from '@tapio/domain';
import {
  HEADER,
  STREAMS,
  decodeBatch,
  decodeBatchHeader,
  fault,
  parseObservationSubject,
  signalFilter,
} from '@tapio/domain';
import type { Consumer, JsMsg } from '@nats-io/jetstream';
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { StoreError, toStoreError } from './errors.ts';
import type { Stream } from './stream.ts';
import { orAborted, waitMs } from './wait.ts';

/** One message of SIGNALS, taken apart. */
export interface SignalMessage {
  readonly sequence: number;
  readonly subject: string;
  /** Node that the subject names; empty when the subject can't be read. */
  readonly node: string;
  readonly payload: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  /** When the server stored it. */
  readonly storedUs: number;
  /** The batch, or why the whole of it can't be taken. */
  readonly outcome: Result<DecodedBatch>;
  /** Who numbered it, where that much could be read. */
  readonly header?: BatchHeader;
}

export interface SignalReaderOptions {
  readonly cluster: string;
  readonly fromSequence: number;
  /** As `Stream.signalState` gave it: a stream made anew ends the reader. */
  readonly identity: string;
  /** Messages asked for at once. 64 unless given. */
  readonly prefetch?: number;
}

export interface ReadLimits {
  /** Stop after the message with which this many records are reached. */
  readonly records: number;
  /** How long to wait for a first message. */
  readonly waitMs: number;
  /** Nothing beyond this message is taken: it stays for the next call. */
  readonly upTo?: number;
  readonly signal?: AbortSignal;
}

const PREFETCH = 64;
/** What is held for the caller; with it no more is asked for. A pull may pass either bound once. */
const HELD = { messages: 2_000, sizeBytes: 16 * 1024 * 1024 } as const;
/** A pull request lives this long; the server's heartbeats at half of it tell a broken connection. */
const PULL_EXPIRES_MS = 2_000;
const PAUSE_MS = 250;
/** The server forgets a consumer that nobody has pulled from for this long. */
const FORGET_CONSUMER_NS = 60_000_000_000;
const IDENTITY_CHECK_MS = 5_000;

/**
 * Reads a cluster's signals in order from a sequence on. What it holds is bounded: when the caller is slow,
 * nothing more is asked of the server. Broken connections are mended; a stream made anew is an error.
 */
export class SignalReader implements AsyncDisposable {
  readonly #stream: Stream;
  readonly #options: SignalReaderOptions;
  readonly #held: SignalMessage[] = [];
  #heldBytes = 0;
  readonly #abort = new AbortController();
  readonly #pumping: Promise<void>;
  #next: number;
  #failure: StoreError | undefined;
  #changed = Promise.withResolvers<undefined>();
  #pending = 0;
  /** Messages that the present consumer has delivered. */
  #delivered = 0;
  /** The last pull came back with less than it asked for: the server had no more. */
  #caughtUp = false;
  #identityCheckedMs = performance.now();

  constructor(stream: Stream, options: SignalReaderOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#next = Math.max(1, options.fromSequence);
    this.#pumping = this.#pump().catch((error: unknown) => {
      this.#failure = toStoreError(error, this.#abort.signal);
      this.#wake();
    });
  }

  /** Messages of the cluster that are stored and not yet read, as of the last one that came. */
  get lag(): number {
    return this.#pending + this.#held.length;
  }

  /** Whether all stored messages up to a sequence were given out. */
  passed(sequence: number): boolean {
    const [held] = this.#held;
    if (held !== undefined) return held.sequence > sequence;
    return this.#next > sequence || this.#caughtUp;
  }

  /**
   * The next messages in order: at least one, or none when `waitMs` passed without any, or the next is beyond `upTo`.
   * @throws StoreError `stream_recreated`, `aborted`, or why reading ended
   */
  async read(limits: ReadLimits): Promise<SignalMessage[]> {
    const deadlineMs = performance.now() + limits.waitMs;
    while (this.#held.length === 0) {
      if (this.#failure !== undefined) throw this.#failure;
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) return [];
      await this.#changeOrTimeout(leftMs, limits.signal);
    }
    const taken: SignalMessage[] = [];
    for (let records = 0; records < limits.records;) {
      const [message] = this.#held;
      if (message === undefined || message.sequence > (limits.upTo ?? Infinity)) break;
      this.#held.shift();
      this.#heldBytes -= message.payload.byteLength;
      taken.push(message);
      records += recordCount(message);
    }
    this.#wake();
    return taken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    this.#wake();
    await this.#pumping;
  }

  #wake(): void {
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers<undefined>();
  }

  async #changeOrTimeout(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const timer = new AbortController();
    const timeout = waitMs(ms, timer.signal).catch(() => undefined);
    try {
      await orAborted(Promise.race([this.#changed.promise, timeout]), signal);
    } finally {
      timer.abort();
    }
  }

  async #pump(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await this.#pull();
      } catch (error) {
        const failure = toStoreError(error, signal);
        if (failure.code === 'aborted') return;
        if (failure.code === 'stream_recreated') throw failure;
        await waitMs(PAUSE_MS, signal).catch(() => undefined);
        await this.#checkIdentity();
      }
    }
  }

  /** Pulls with one consumer until something goes wrong with it; the next one begins behind what was read. */
  async #pull(): Promise<void> {
    const { signal } = this.#abort;
    const capacity = this.#options.prefetch ?? PREFETCH;
    // A plain consumer, not the client's ordered one: a missed message shows in the delivery numbers, checked below.
    const { name, num_pending: pending } = await this.#stream.manager.consumers.add(STREAMS.SIGNALS.name, {
      name: `tapio-${randomUUID()}`,
      filter_subject: signalFilter(this.#options.cluster),
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#next,
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: FORGET_CONSUMER_NS,
    });
    const consumer = await this.#stream.jetstream.consumers.get(STREAMS.SIGNALS.name, name);
    this.#delivered = 0;
    this.#pending = pending;
    try {
      while (!signal.aborted) {
        if (this.#held.length >= HELD.messages || this.#heldBytes >= HELD.sizeBytes) {
          await this.#changed.promise;
          continue;
        }
        const before = this.#next;
        await this.#fetch(consumer, capacity);
        if (this.#next === before || performance.now() - this.#identityCheckedMs > IDENTITY_CHECK_MS) {
          await this.#checkIdentity();
        }
      }
    } finally {
      await consumer.delete().catch(() => false);
    }
  }

  async #fetch(consumer: Consumer, capacity: number): Promise<void> {
    const messages = await consumer.fetch({ max_messages: capacity, expires: PULL_EXPIRES_MS });
    const state = { late: false };
    const stop = (): void => void messages.close();
    const watchdog = setTimeout(() => {
      state.late = true;
      stop();
    }, 2 * PULL_EXPIRES_MS);
    this.#abort.signal.addEventListener('abort', stop, { once: true });
    let received = 0;
    try {
      for await (const message of messages) {
        received += 1;
        this.#delivered += 1;
        if (message.info.deliverySequence !== this.#delivered) {
          throw new StoreError('transient', 'a message was delivered to a pull that had ended', {
            retryable: true,
          });
        }
        this.#next = message.seq + 1;
        this.#pending = message.info.pending;
        this.#held.push(takeApart(message));
        this.#heldBytes += message.data.byteLength;
        this.#wake();
      }
      if (state.late) throw new StoreError('unavailable', 'a pull did not end in time', { retryable: true });
      this.#caughtUp = received < capacity && this.#pending === 0;
    } finally {
      clearTimeout(watchdog);
      this.#abort.signal.removeEventListener('abort', stop);
    }
  }

  async #checkIdentity(): Promise<void> {
    let found: string;
    try {
      found = (await this.#stream.signalState()).identity;
    } catch (error) {
      const failure = toStoreError(error);
      if (failure.code === 'stream_recreated') throw failure;
      return;
    }
    this.#identityCheckedMs = performance.now();
    if (found === this.#options.identity) return;
    throw new StoreError(
      'stream_recreated',
      `stream ${STREAMS.SIGNALS.name} was made anew: it is ${found}, not ${this.#options.identity}`,
    );
  }
}

/** Records of a message: those of its batch, or as many as its header claims, or one. */
export function recordCount(message: SignalMessage): number {
  const { outcome, header } = message;
  return outcome.ok ? outcome.value.header.count : (header?.count ?? 1);
}

function takeApart(message: JsMsg): SignalMessage {
  const headers: Record<string, string> = {};
  for (const name of message.headers?.keys() ?? []) headers[name] = message.headers?.get(name) ?? '';
  const origin = parseObservationSubject(message.subject);
  const base = {
    sequence: message.seq,
    subject: message.subject,
    node: origin?.node ?? '',
    payload: message.data,
    headers,
    storedUs: Math.floor(message.info.timestampNanos / 1000),
  };
  if (origin === undefined) {
    return {
      ...base,
      outcome: fault('subject', 'subject', `${message.subject} is no subject of observations`),
    };
  }
  const header = decodeBatchHeader((name) => headers[name], origin);
  if (!header.ok) return { ...base, outcome: header };
  const contentType = headers[HEADER.contentType] ?? '';
  return { ...base, header: header.value, outcome: decodeBatch(message.data, contentType, header.value) };
}
