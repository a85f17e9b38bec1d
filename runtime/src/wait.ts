import { setTimeout as delay } from 'node:timers/promises';

/** Waits; true when the time has passed, false when `signal` cut it short. Never throws. */
export async function waitMs(ms: number, signal?: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
    return true;
  } catch {
    return false;
  }
}

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Between 0 and 1; tests give a fixed one. */
  readonly random?: () => number;
}

/** Doubling pauses with full jitter over their upper half, so that many agents don't come back at once. */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The next pause in milliseconds. */
  nextMs(): number {
    const { firstMs, maxMs, random = Math.random } = this.#options;
    const full = Math.min(maxMs, firstMs * 2 ** Math.min(this.#attempt, 30));
    this.#attempt += 1;
    return Math.round(full / 2 + (full / 2) * random());
  }

  reset(): void {
    this.#attempt = 0;
  }
}
