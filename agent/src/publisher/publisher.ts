import type { Msg, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { connect, createInbox, headers } from '@nats-io/transport-node';
import { encodeBatchHeader, observationSubject } from '@tapio/domain';
import type { Logger } from '@tapio/runtime';
import { Backoff, Conservation, waitMs } from '@tapio/runtime';
import type { SpooledBatch } from '../spool/frame.ts';
import type { Spool } from '../spool/spool.ts';
import { readAcknowledgement } from './acknowledgement.ts';
import { ensureStreams } from './streams.ts';
import type { Outstanding } from './window.ts';
import { SendWindow } from './window.ts';

export interface PublisherOptions {
  readonly spool: Pick<Spool, 'read' | 'acknowledge'>;
  readonly cluster: string;
  readonly node: string;
  readonly connection: NodeConnectionOptions;
  readonly log: Logger;
  /** Batches in flight at once. */
  readonly windowBatches?: number;
  /** A batch that is not acknowledged for this long is sent again, with the same Nats-Msg-Id. */
  readonly ackTimeoutMs?: number;
}

const SWEEP_MS = 250;

/**
 * Sends what the spool holds, in order, one message a batch, and acknowledges a frame to the spool when the
 * server has stored all its batches. It never gives up: a lost connection is made again with jitter, an
 * unanswered batch is sent again, a full stream is waited out.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #window: SendWindow;
  readonly #fullBackoff = new Backoff({ firstMs: 200, maxMs: 5_000 });
  readonly stage: Conservation<'none'>;
  #connection: NatsConnection | undefined;
  #connected = false;
  #inbox = '';
  #pausedUntilMs = 0;
  #reason = 'not connected yet';
  #resent = 0;
  #duplicates = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#window = new SendWindow(options.windowBatches ?? 64);
    this.stage = new Conservation('publish', [], () => this.#window.size);
  }

  /** Whether batches flow, and if not, why. */
  get health(): { readonly ok: boolean; readonly reason?: string } {
    if (this.#connected && this.#reason === '') return { ok: true };
    return { ok: false, reason: this.#reason };
  }

  get counts(): { readonly resent: number; readonly duplicates: number; readonly inFlight: number } {
    return { resent: this.#resent, duplicates: this.#duplicates, inFlight: this.#window.size };
  }

  /** Runs until `signal` is aborted. What is then in flight stays in the spool. */
  async run(signal: AbortSignal): Promise<void> {
    const feeding = this.#feed(signal);
    const sweeping = this.#sweep(signal);
    await this.#stayConnected(signal);
    await Promise.all([feeding, sweeping]);
  }

  async #feed(signal: AbortSignal): Promise<void> {
    const { spool } = this.#options;
    for await (const frame of spool.read(signal)) {
      if (frame.batches.length === 0) {
        spool.acknowledge(frame.sequence);
        continue;
      }
      this.#window.begin(frame);
      for (const batch of frame.batches) {
        const outstanding = await this.#window.admit(batch, frame, signal);
        if (outstanding === undefined) return;
        this.stage.receive();
        this.#send(outstanding);
      }
    }
  }

  /** Sends what is unsent, refused or unanswered for too long, oldest first. */
  async #sweep(signal: AbortSignal): Promise<void> {
    const { ackTimeoutMs = 10_000 } = this.#options;
    while (await waitMs(SWEEP_MS, signal)) {
      const now = Date.now();
      for (const outstanding of this.#window.values()) {
        if (!this.#connected || now < this.#pausedUntilMs) break;
        const { sentMs } = outstanding;
        if (sentMs !== undefined && now - sentMs < ackTimeoutMs) continue;
        if (sentMs !== undefined) this.#resent += 1;
        this.#send(outstanding);
      }
    }
  }

  #send(outstanding: Outstanding): void {
    const connection = this.#connection;
    if (connection === undefined || !this.#connected || Date.now() < this.#pausedUntilMs) return;
    const { batch } = outstanding;
    try {
      connection.publish(this.#subject(batch), batch.payload, {
        headers: this.#headers(batch),
        reply: `${this.#inbox}.${outstanding.id}`,
      });
      outstanding.sentMs = Date.now();
    } catch (error) {
      this.#pause(`the client refused a batch: ${error instanceof Error ? error.message : 'unknown'}`);
    }
  }

  #subject({ source, lane }: SpooledBatch): string {
    const { cluster, node } = this.#options;
    return observationSubject({ source, lane, cluster, node });
  }

  #headers(batch: SpooledBatch): ReturnType<typeof headers> {
    const { cluster, node } = this.#options;
    const { lane, incarnation, count, completeThrough } = batch;
    const all = headers();
    const fields = encodeBatchHeader({
      producer: { cluster, node, lane, incarnation },
      batch: batch.batch,
      count,
      completeThrough,
    });
    for (const [name, value] of Object.entries(fields)) all.set(name, value);
    return all;
  }

  #onAnswer(message: Msg): void {
    const id = Number(message.subject.slice(this.#inbox.length + 1));
    const outstanding = this.#window.get(id);
    if (outstanding === undefined) return;
    const answer = readAcknowledgement(message.data, message.headers?.code ?? 0);
    switch (answer.kind) {
      case 'stored': {
        if (answer.duplicate) this.#duplicates += 1;
        this.#fullBackoff.reset();
        this.#reason = '';
        this.stage.send();
        const frame = this.#window.settle(id);
        if (frame !== undefined) this.#options.spool.acknowledge(frame);
        return;
      }
      case 'full':
        this.#pause('the stream is full: does the loader run? Batches wait in the spool');
        break;
      case 'nobody':
        this.#pause('no stream takes the batches: is JetStream enabled?');
        void this.#ensureStreams();
        break;
      case 'refused':
        this.#pause(`the server refused a batch: ${answer.reason}`);
    }
    outstanding.sentMs = undefined;
  }

  #pause(reason: string): void {
    if (this.#reason !== reason) this.#options.log.warn({ reason }, 'publishing is held up');
    this.#reason = reason;
    const now = Date.now();
    if (now >= this.#pausedUntilMs) this.#pausedUntilMs = now + this.#fullBackoff.nextMs();
  }

  async #ensureStreams(): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    try {
      const made = await ensureStreams(connection);
      if (made.length > 0) this.#options.log.info({ streams: made }, 'streams made');
    } catch (error) {
      this.#reason = `streams can't be looked up or made: ${error instanceof Error ? error.message : 'unknown'}`;
      this.#options.log.warn({ error }, 'streams could not be ensured');
    }
  }

  async #stayConnected(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ firstMs: 250, maxMs: 10_000 });
    while (!signal.aborted) {
      const connection = await this.#connect();
      if (connection === undefined) {
        await waitMs(backoff.nextMs(), signal);
        continue;
      }
      backoff.reset();
      await this.#session(connection, signal);
    }
  }

  async #connect(): Promise<NatsConnection | undefined> {
    try {
      return await connect({
        ...this.#options.connection,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        reconnectJitter: 500,
        reconnectJitterTLS: 500,
        pingInterval: 20_000,
        timeout: 5_000,
      });
    } catch (error) {
      const reason = `can't connect to NATS: ${error instanceof Error ? error.message : 'unknown'}; check --nats-url, and --nats-ca-file where NATS speaks TLS`;
      if (this.#reason !== reason) this.#options.log.warn({ reason }, 'publishing is held up');
      this.#reason = reason;
      return undefined;
    }
  }

  async #session(connection: NatsConnection, signal: AbortSignal): Promise<void> {
    this.#connection = connection;
    this.#inbox = createInbox();
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#onAnswer(message);
      },
    });
    const watching = this.#watch(connection);
    await this.#ensureStreams();
    this.#becomeConnected();
    const aborted = Promise.withResolvers<undefined>();
    const onAbort = (): void => {
      aborted.resolve(undefined);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const reason = await Promise.race([connection.closed(), aborted.promise]);
    signal.removeEventListener('abort', onAbort);
    this.#becomeDisconnected(reason instanceof Error ? reason.message : 'the connection was closed');
    this.#connection = undefined;
    if (signal.aborted) await this.#settleLast(connection);
    await connection.close();
    await watching;
  }

  /** Gives batches that were just sent a moment to be acknowledged, so that a clean stop resends little. */
  async #settleLast(connection: NatsConnection): Promise<void> {
    if (this.#window.size === 0 || connection.isClosed()) return;
    await Promise.race([connection.flush().catch(() => undefined), waitMs(500)]);
  }

  async #watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect')
        this.#becomeDisconnected('the connection was lost: it is being made again');
      else if (status.type === 'reconnect') {
        await this.#ensureStreams();
        this.#becomeConnected();
      }
    }
  }

  #becomeConnected(): void {
    this.#connected = true;
    this.#reason = '';
    this.#pausedUntilMs = 0;
    this.#options.log.info({ server: this.#connection?.getServer() }, 'connected to NATS');
    // What was in flight on the old connection may or may not be stored: its id tells the server.
    for (const outstanding of this.#window.values()) {
      if (outstanding.sentMs !== undefined) this.#resent += 1;
      this.#send(outstanding);
    }
  }

  #becomeDisconnected(reason: string): void {
    if (this.#connected) this.#options.log.warn({ reason }, 'disconnected from NATS');
    this.#connected = false;
    this.#reason = reason;
  }
}
