/** Who is at fault, as Grafana counts it: the plugin's own code, or what the plugin talks to (or was asked). */
export type ErrorSource = 'plugin' | 'downstream';

export interface BackendErrorOptions {
  /** HTTP status shown to the caller; 500 unless given. */
  readonly status?: number;
  /** `plugin` unless given. */
  readonly source?: ErrorSource;
  readonly cause?: unknown;
}

/**
 * An error a handler throws on purpose. Its message is shown to the person who asked, so it says what to do
 * next and holds no secret.
 */
export class BackendError extends Error {
  readonly status: number;
  readonly source: ErrorSource;

  constructor(message: string, options: BackendErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'BackendError';
    this.status = options.status ?? 500;
    this.source = options.source ?? 'plugin';
  }
}

/** A failure of the system behind the plugin; 502 unless given. */
export function downstreamError(
  message: string,
  options: Omit<BackendErrorOptions, 'source'> = {},
): BackendError {
  return new BackendError(message, { status: 502, ...options, source: 'downstream' });
}

/** What was asked cannot be answered as asked: 400, counted as downstream since no plugin code is wrong. */
export function badRequest(message: string, options: Omit<BackendErrorOptions, 'source'> = {}): BackendError {
  return new BackendError(message, { status: 400, ...options, source: 'downstream' });
}

/** 403: the caller's role or namespaces do not allow it. */
export function forbidden(message: string): BackendError {
  return new BackendError(message, { status: 403, source: 'downstream' });
}

/** 404 */
export function notFound(message: string): BackendError {
  return new BackendError(message, { status: 404, source: 'downstream' });
}

/** Status of a call that the caller gave up (nginx's "client closed request", which Grafana also uses). */
export const STATUS_CANCELLED = 499;

/** The one place where an unknown thrown value becomes a {@link BackendError}. */
export function toBackendError(thrown: unknown, signal?: AbortSignal): BackendError {
  if (thrown instanceof BackendError) return thrown;
  if (signal?.aborted === true) {
    return new BackendError('The call was cancelled before it was answered.', {
      status: STATUS_CANCELLED,
      source: 'downstream',
      cause: thrown,
    });
  }
  if (thrown instanceof Error) {
    return new BackendError(thrown.message === '' ? thrown.name : thrown.message, { cause: thrown });
  }
  return new BackendError(`A handler threw a value that is not an error: ${String(thrown)}`, {
    cause: thrown,
  });
}
