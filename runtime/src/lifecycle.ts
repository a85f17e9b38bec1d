import type { Logger } from './logger.ts';
import { waitMs } from './wait.ts';

export interface ServiceContext {
  /** Aborted on SIGTERM or SIGINT, and when `run` fails. Every wait of the service takes it. */
  readonly signal: AbortSignal;
  /** What is opened is put here; it is closed in reverse order after `run` has returned. */
  readonly stack: AsyncDisposableStack;
}

export interface ServiceOptions {
  readonly log: Logger;
  /** How long draining may take after the signal before the process gives up. */
  readonly drainMs?: number;
  /** Resolves when the service has stopped by itself or because `signal` was aborted. */
  readonly run: (context: ServiceContext) => Promise<void>;
}

/** Exit codes of a service. */
export const EXIT = { ok: 0, failed: 1, usage: 2, drainTimedOut: 3 } as const;

/**
 * Runs a service until it ends or SIGTERM/SIGINT comes: abort, drain with a deadline, close everything,
 * then its exit code. A second signal stops waiting for the drain.
 */
export async function runService(options: ServiceOptions): Promise<number> {
  const { log, drainMs = 10_000, run } = options;
  const abort = new AbortController();
  const impatient = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    log.info({ signal: name }, 'stopping');
    if (abort.signal.aborted) impatient.abort();
    abort.abort();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  const stack = new AsyncDisposableStack();
  try {
    const work = drain(run, { signal: abort.signal, stack }, abort);
    await Promise.race([work, once(abort.signal)]);
    const finished = await Promise.race([work, deadline(drainMs, impatient.signal)]);
    if (finished === 'late') {
      log.error({ drainMs }, 'draining took too long: what is not yet sent stays in the spool');
      return EXIT.drainTimedOut;
    }
    if (finished.error !== undefined) {
      log.error({ error: finished.error }, 'the service failed');
      return EXIT.failed;
    }
    return EXIT.ok;
  } finally {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  }
}

function once(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}

async function deadline(ms: number, cut: AbortSignal): Promise<'late'> {
  await waitMs(ms, cut);
  return 'late';
}

async function drain(
  run: ServiceOptions['run'],
  context: ServiceContext,
  abort: AbortController,
): Promise<{ readonly error?: Error }> {
  const errors: unknown[] = [];
  await run(context).catch((error: unknown) => errors.push(error));
  abort.abort();
  await context.stack.disposeAsync().catch((error: unknown) => errors.push(error));
  const first = errors[0];
  if (first === undefined) return {};
  return { error: first instanceof Error ? first : new Error('not an error', { cause: first }) };
}
