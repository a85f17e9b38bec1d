import type { StreamDefinition } from '@tapio/domain';
import { STREAMS, signalFilter } from '@tapio/domain';
import type { JetStreamClient, JetStreamManager, StreamInfo } from '@nats-io/jetstream';
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node';
import { connect } from '@nats-io/transport-node';
import { StoreError, toStoreError } from './errors.ts';

export interface StreamOptions {
  /** `nats://host:4222`, or several separated by commas; `tls://` for TLS. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** File with the certificates to trust (PEM). */
  readonly caFile?: string;
  /** Name of the connection, for the server's monitoring. */
  readonly name?: string;
  /** Largest size of streams that are made, by name, in place of the definition's. */
  readonly maxSizeBytes?: Readonly<Partial<Record<keyof typeof STREAMS, number>>>;
}

export interface SignalState {
  /** Changes when the stream is made anew: sequences of another identity mean other messages. */
  readonly identity: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly sizeBytes: number;
}

const NANOSECONDS_A_MS = 1_000_000;

/** JetStream's error code for a stream name that is in use (nats-server, errors.json, JSStreamNameExistErr). */
const STREAM_NAME_IN_USE = 10058;

/** The streams in NATS JetStream: set-up, state, purge. Reading is `SignalReader`'s, dead letters `deadLetter`'s. */
export class Stream implements AsyncDisposable {
  /** For this package. */
  readonly jetstream: JetStreamClient;
  /** For this package. */
  readonly connection: NatsConnection;
  /** For this package. */
  readonly manager: JetStreamManager;
  readonly #options: StreamOptions;

  constructor(connection: NatsConnection, manager: JetStreamManager, options: StreamOptions) {
    this.connection = connection;
    this.jetstream = jetstream(connection);
    this.manager = manager;
    this.#options = options;
  }

  get connected(): boolean {
    return !this.connection.isClosed();
  }

  /**
   * Makes the streams that are missing; those that are there keep their limits.
   * @throws StoreError `stream_unfit` when one is set up in a way that would lose data
   */
  async ensureStreams(): Promise<void> {
    for (const definition of Object.values(STREAMS)) await this.#ensure(definition);
  }

  async signalState(): Promise<SignalState> {
    const { created, state } = await this.#info(STREAMS.SIGNALS.name);
    return {
      identity: `${STREAMS.SIGNALS.name}@${created}`,
      firstSequence: state.first_seq,
      lastSequence: state.last_seq,
      sizeBytes: state.bytes,
    };
  }

  /** Drops the cluster's signals below a sequence. @returns messages dropped */
  async purgeSignals(cluster: string, belowSequence: number): Promise<number> {
    if (belowSequence <= 1) return 0;
    try {
      const outcome = await this.manager.streams.purge(STREAMS.SIGNALS.name, {
        filter: signalFilter(cluster),
        seq: belowSequence,
      });
      return outcome.purged;
    } catch (error) {
      throw toStoreError(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.connection.isClosed()) return;
    await this.connection.close();
  }

  async #info(name: string): Promise<StreamInfo> {
    try {
      return await this.manager.streams.info(name);
    } catch (error) {
      throw toStoreError(error);
    }
  }

  async #ensure(definition: StreamDefinition): Promise<void> {
    try {
      checkFit(definition, await this.#info(definition.name));
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'stream_recreated') throw error;
    }
    const name = definition.name as keyof typeof STREAMS;
    try {
      await this.manager.streams.add({
        name,
        subjects: [...definition.subjects],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
        discard: definition.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
        max_bytes: this.#options.maxSizeBytes?.[name] ?? definition.maxSizeBytes,
        max_age: definition.maxAgeMs * NANOSECONDS_A_MS,
        duplicate_window: definition.duplicateWindowMs * NANOSECONDS_A_MS,
      });
    } catch (error) {
      const taken = error instanceof JetStreamApiError && error.code === STREAM_NAME_IN_USE;
      if (!taken) throw toStoreError(error);
      checkFit(definition, await this.#info(name));
    }
  }
}

function checkFit(definition: StreamDefinition, info: StreamInfo): void {
  const { retention, discard } = info.config;
  const wrong =
    retention !== RetentionPolicy.Limits
      ? `its retention is ${retention}, not limits`
      : discard !== (definition.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old)
        ? `it discards ${discard}, not ${definition.discard}`
        : undefined;
  if (wrong === undefined) return;
  throw new StoreError(
    'stream_unfit',
    `stream ${definition.name} would lose data: ${wrong}; delete or change it`,
  );
}

/** @throws StoreError `unavailable` or `unauthorized` */
export async function openStream(options: StreamOptions): Promise<Stream> {
  try {
    const connection = await connect(connectionOptions(options));
    try {
      return new Stream(connection, await jetstreamManager(connection), options);
    } catch (error) {
      await connection.close();
      throw error;
    }
  } catch (error) {
    throw toStoreError(error);
  }
}

function connectionOptions(options: StreamOptions): NodeConnectionOptions {
  const { url, user, password, token, caFile } = options;
  return {
    servers: url.split(',').map((server) => server.trim()),
    name: options.name ?? 'tapio',
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    timeout: 5_000,
    pingInterval: 10_000,
    maxPingOut: 2,
    ...(user === undefined || user === '' ? {} : { user }),
    ...(password === undefined || password === '' ? {} : { pass: password }),
    ...(token === undefined || token === '' ? {} : { token }),
    ...(caFile === undefined || caFile === '' ? {} : { tls: { caFile } }),
  };
}
