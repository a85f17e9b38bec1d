import neo4j from 'neo4j-driver';
import type { Config, Driver, Record as DriverRecord, Session, Transaction } from 'neo4j-driver';
import { StoreError, abortedError, toStoreError } from './errors.ts';
import { waitMs } from './wait.ts';

export interface GraphOptions {
  /** `bolt://host:7687`, `neo4j://...`, or with `+s` (certificate checked) or `+ssc` (self-signed). */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** `neo4j` unless given. */
  readonly database?: string;
  /** TLS for a url whose scheme says nothing about it. */
  readonly encrypted?: boolean;
  /**
   * Files with the certificates to trust (PEM), the system's where absent. Only with `encrypted`; what the scheme of the
   * url says of TLS does not count then.
   */
  readonly trustedCertificates?: readonly string[];
  /** Connections at most; a call waits for a free one. 16 unless given. */
  readonly connections?: number;
  /** How long to wait for a connection. 5 s unless given. */
  readonly connectTimeoutMs?: number;
}

export interface TransactionOptions {
  readonly mode: 'read' | 'write';
  readonly signal?: AbortSignal;
  /** The server ends the transaction after this long. 30 s unless given. */
  readonly timeoutMs?: number;
  /** Tries in all when the server or the connection fails for a moment. 5 unless given. */
  readonly attempts?: number;
  /** Shown by `SHOW TRANSACTIONS`. */
  readonly metadata?: Readonly<Record<string, string | number>>;
}

/** A transaction as the work inside it sees it. */
export interface GraphTransaction {
  run(text: string, parameters?: Readonly<Record<string, unknown>>): Promise<readonly DriverRecord[]>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_ATTEMPTS = 5;

/** Bolt: sessions, transactions, retries, cancellation. Everything in this package goes through it. */
export class Connection implements AsyncDisposable {
  readonly #driver: Driver;
  readonly #database: string;
  #closed = false;

  constructor(options: GraphOptions) {
    this.#database = options.database ?? 'neo4j';
    const checked = options.encrypted === true && options.trustedCertificates !== undefined;
    this.#driver = neo4j.driver(
      // The driver takes what to trust from the scheme or from the configuration, and refuses both.
      checked ? options.url.replace(/^(\w+)\+s(?:sc)?:/, '$1:') : options.url,
      neo4j.auth.basic(options.user, options.password),
      driverConfig(options),
    );
  }

  /** @throws StoreError `unavailable` or `unauthorized` */
  async ping(signal?: AbortSignal): Promise<void> {
    await this.transaction({ mode: 'read', attempts: 1, timeoutMs: 5_000, ...(signal && { signal }) }, (tx) =>
      tx.run('RETURN 1'),
    );
  }

  /**
   * Runs `work` in one transaction and commits it. When the server or the connection fails for a moment, all of it
   * runs again: `work` must see for itself whether an earlier try was committed after all.
   *
   * @throws StoreError; `aborted` when the signal was, with the transaction rolled back
   */
  async transaction<T>(options: TransactionOptions, work: (tx: GraphTransaction) => Promise<T>): Promise<T> {
    return this.#retried(() => this.#once(options, work), options);
  }

  async #retried<T>(
    call: () => Promise<T>,
    options: Pick<TransactionOptions, 'attempts' | 'signal'>,
  ): Promise<T> {
    const attempts = options.attempts ?? DEFAULT_ATTEMPTS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call();
      } catch (error) {
        const failure = toStoreError(error, options.signal);
        if (!failure.retryable || attempt >= attempts || this.#closed) throw failure;
        const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
        await waitMs(pauseMs, options.signal);
      }
    }
  }

  async #once<T>(options: TransactionOptions, work: (tx: GraphTransaction) => Promise<T>): Promise<T> {
    if (options.signal?.aborted === true) throw abortedError(options.signal.reason);
    const session = this.session(options.mode);
    // Closing the session resets its connection, which ends a running query on the server.
    const onAbort = (): void => void session.close().catch(() => undefined);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const transaction = await session.beginTransaction({
        timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        metadata: { app: 'tapio', ...options.metadata },
      });
      const value = await work(new RunningTransaction(transaction));
      await transaction.commit();
      return value;
    } finally {
      options.signal?.removeEventListener('abort', onAbort);
      await session.close().catch(() => undefined);
    }
  }

  /**
   * A statement outside of explicit transactions: for schema commands, which must be alone in theirs. It may run
   * again when the server or the connection fails for a moment.
   */
  async run(
    text: string,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<readonly DriverRecord[]> {
    return this.#retried(async () => {
      const session = this.session('write');
      try {
        return (await session.run(text, parameters)).records;
      } finally {
        await session.close().catch(() => undefined);
      }
    }, {});
  }

  session(mode: 'read' | 'write'): Session {
    if (this.#closed) throw new StoreError('unavailable', 'the graph was closed');
    return this.#driver.session({
      database: this.#database,
      defaultAccessMode: mode === 'read' ? neo4j.session.READ : neo4j.session.WRITE,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#driver.close();
  }
}

class RunningTransaction implements GraphTransaction {
  readonly #transaction: Transaction;

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  async run(
    text: string,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<readonly DriverRecord[]> {
    return (await this.#transaction.run(text, parameters)).records;
  }
}

function driverConfig(options: GraphOptions): Config {
  const certificates = options.trustedCertificates;
  return {
    userAgent: 'tapio',
    telemetryDisabled: true,
    maxConnectionPoolSize: options.connections ?? 16,
    connectionTimeout: options.connectTimeoutMs ?? 5_000,
    connectionAcquisitionTimeout: 30_000,
    notificationFilter: { minimumSeverityLevel: 'OFF' },
    ...(options.encrypted === undefined ? {} : { encrypted: options.encrypted }),
    ...(options.encrypted === true && certificates !== undefined
      ? { trust: 'TRUST_CUSTOM_CA_SIGNED_CERTIFICATES' as const, trustedCertificates: [...certificates] }
      : {}),
  };
}
