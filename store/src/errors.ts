import { Neo4jError } from 'neo4j-driver';

/** Why a call to the graph or the stream failed. Stable: for counters, tests and decisions. */
export type StoreErrorCode =
  /** The server can't be reached, or the connection broke. */
  | 'unavailable'
  /** The server refused for now: a deadlock, a lock that took too long, memory. */
  | 'transient'
  /** Wrong user or password, or no right to do it. */
  | 'unauthorized'
  /** A unique key exists already. */
  | 'conflict'
  /** An index of that name exists already. */
  | 'index_exists'
  /** The server ended the transaction because it took too long. */
  | 'timeout'
  /** The caller's signal was aborted. */
  | 'aborted'
  /** Another loader took the cluster over: nothing was written. */
  | 'fenced'
  /** The graph's stream position is not the one that the caller stands on: read it again. */
  | 'position_moved'
  /** Events that an edge needs are not in the graph: nothing was written. */
  | 'rows_missing'
  /** More late batches than marks can hold. */
  | 'marks_full'
  /** The graph was made by a newer version. */
  | 'newer_schema'
  /** The graph lacks what this version needs. */
  | 'older_schema'
  /** A query that may not run: it writes, or does more than read the graph. */
  | 'not_read_only'
  /** The query is wrong: syntax, types, parameters. */
  | 'bad_query'
  /** The stream was made anew: its sequence numbers mean something else. */
  | 'stream_recreated'
  /** A stream is set up in a way that loses data. */
  | 'stream_unfit'
  /** A node of the graph can't be read back as what it should be. */
  | 'unreadable'
  | 'unknown';

export interface StoreErrorOptions {
  readonly cause?: unknown;
  /** The same call may succeed a little later. */
  readonly retryable?: boolean;
}

/** The one error of this package. Its message says what to do next where a person can do something. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  readonly retryable: boolean;

  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** Status codes of Neo4j that need more than their class to be understood (Neo4j status code reference, 5.x). */
const BY_NEO4J_CODE: Readonly<Record<string, StoreErrorCode>> = {
  'Neo.ClientError.Schema.ConstraintValidationFailed': 'conflict',
  'Neo.ClientError.Transaction.TransactionTimedOut': 'timeout',
  'Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration': 'timeout',
  'Neo.ClientError.Schema.IndexWithNameAlreadyExists': 'index_exists',
};

/** Turns whatever a driver threw into a `StoreError`: the only place that knows foreign error shapes. */
export function toStoreError(error: unknown, signal?: AbortSignal): StoreError {
  if (error instanceof StoreError) return error;
  if (signal?.aborted === true) return abortedError(error);
  const message = error instanceof Error ? error.message : 'something that is no error was thrown';
  const certificate = certificateCode(error, message);
  if (certificate !== undefined) return untrusted(error, certificate);
  if (error instanceof Neo4jError) return fromNeo4j(error, message);
  const name = error instanceof Error ? error.name : '';
  if (name === 'StreamNotFoundError') {
    return new StoreError('stream_recreated', 'a stream that was there is gone', { cause: error });
  }
  if (CONNECTION_ERROR_NAMES.has(name)) {
    return new StoreError('unavailable', `NATS can't be reached: ${message}`, {
      cause: error,
      retryable: true,
    });
  }
  if (name === 'AuthorizationError' || name === 'UserAuthenticationExpiredError') {
    return new StoreError('unauthorized', `NATS refused the credentials: ${message}`, { cause: error });
  }
  return new StoreError('unknown', message, { cause: error });
}

/** Codes of certificates that don't hold (Node.js, tls: "X509 certificate error codes", and of host names). */
const CERTIFICATE_CODE =
  /\b(?:(?:CERT|CRL|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|ERR_TLS_CERT|INVALID_CA|INVALID_PURPOSE)_\w+|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

/** Neo4j's driver has it at the end of its message only. */
function certificateCode(error: unknown, message: string): string | undefined {
  const code =
    error instanceof Neo4jError ? message : String((error as { readonly code?: unknown } | null)?.code);
  return CERTIFICATE_CODE.exec(code)?.[0];
}

/** An authority may be put in place while others wait: trying again may help. */
function untrusted(error: unknown, code: string): StoreError {
  const server = error instanceof Neo4jError ? 'Neo4j' : 'NATS';
  const why =
    code.includes('ALTNAME') || code === 'HOSTNAME_MISMATCH'
      ? 'it is for another host name'
      : code === 'CERT_HAS_EXPIRED'
        ? 'it has expired'
        : 'give the certificate of its authority as CA file';
  return new StoreError('unavailable', `${server}'s certificate is not trusted: ${why} (${code})`, {
    cause: error,
    retryable: true,
  });
}

export function abortedError(cause?: unknown): StoreError {
  return new StoreError('aborted', 'the caller stopped waiting', { cause });
}

/** Names of the error classes of nats.js that mean: not now. */
const CONNECTION_ERROR_NAMES: ReadonlySet<string> = new Set([
  'ClosedConnectionError',
  'ConnectionError',
  'DrainingConnectionError',
  'NoResponders',
  'RequestError',
  'TimeoutError',
  'JetStreamNotEnabled',
]);

/** What waiting for a lock ends with when the transaction is ended from outside comes under several codes. */
const TERMINATED = /^The transaction has been terminated\b/;

function fromNeo4j(error: Neo4jError, message: string): StoreError {
  const { code } = error;
  const known = BY_NEO4J_CODE[code];
  if (known !== undefined) {
    return new StoreError(known, message, { cause: error, retryable: known === 'transient' });
  }
  if (
    code === 'ServiceUnavailable' ||
    code === 'SessionExpired' ||
    code.startsWith('Neo.TransientError.General.Data')
  ) {
    return new StoreError('unavailable', `Neo4j can't be reached: ${message}`, {
      cause: error,
      retryable: true,
    });
  }
  if (code.startsWith('Neo.ClientError.Security.')) {
    return new StoreError('unauthorized', `Neo4j refused the credentials: ${message}`, { cause: error });
  }
  if (
    /TransactionTerminated|LockClientStopped|TransactionMarkedAsFailed/.test(code) ||
    TERMINATED.test(message)
  ) {
    return new StoreError('transient', message, { cause: error, retryable: true });
  }
  if (code.startsWith('Neo.TransientError.') || error.retryable) {
    return new StoreError('transient', message, { cause: error, retryable: true });
  }
  if (code.startsWith('Neo.ClientError.Statement.'))
    return new StoreError('bad_query', message, { cause: error });
  return new StoreError('unknown', message, { cause: error });
}
