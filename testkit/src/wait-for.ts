import { setTimeout as delay } from 'node:timers/promises';

/** How long to wait, how often to look, and what the wait is for. */
export interface WaitOptions {
  /** Give up after this long. */
  readonly timeoutMs: number;
  /** Pause between two looks; 50 ms unless given. */
  readonly everyMs?: number;
  /** What is awaited, as it should read after "gave up waiting for". */
  readonly describe: string;
  /** Adds the last seen state to the error, for example a log's tail. */
  readonly state?: () => string;
  readonly signal?: AbortSignal;
}

/** The predicate did not hold in time. */
export class WaitTimeoutError extends Error {
  readonly code = 'WAIT_TIMEOUT';
  override readonly name = 'WaitTimeoutError';
}

/**
 * Asks until the predicate gives something truthy, and returns that. A predicate that throws counts as "not yet";
 * its last error becomes the cause of the {@link WaitTimeoutError}. The predicate is asked at least once.
 * @throws {WaitTimeoutError} when time is up; the signal's reason when that aborts.
 */
export async function waitFor<T>(
  predicate: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> {
  const startMs = performance.now();
  const everyMs = options.everyMs ?? 50;
  let looks = 0;
  let lastError: unknown;
  for (;;) {
    options.signal?.throwIfAborted();
    looks += 1;
    try {
      const found = await predicate();
      if (found) return found as Exclude<T, false | null | undefined | 0 | ''>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() - startMs + everyMs > options.timeoutMs) break;
    await pause(everyMs, options.signal);
  }
  throw new WaitTimeoutError(
    message(options, looks, lastError),
    lastError === undefined ? {} : { cause: lastError },
  );
}

function message(options: WaitOptions, looks: number, lastError: unknown): string {
  const lines = [
    `gave up waiting for ${options.describe} after ${String(options.timeoutMs)} ms (looked ${String(looks)} times)`,
  ];
  if (lastError !== undefined) {
    lines.push(`last error: ${lastError instanceof Error ? lastError.message : JSON.stringify(lastError)}`);
  }
  const state = options.state?.();
  if (state) lines.push(`last seen: ${state}`);
  return lines.join('\n');
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : error;
  }
}
