import { waitMs } from '@tapio/runtime';
import type { Lease, Stream } from '@tapio/store';
import { deleteExpired, forgetProducers } from '@tapio/store';
import type { LoaderStatus } from './status.ts';

export interface UpkeepOptions {
  readonly lease: Lease;
  readonly stream: Stream;
  readonly status: LoaderStatus;
  /** First message that a restart would read again; 0: not known yet. */
  readonly replayFrom: () => number;
  readonly signal: AbortSignal;
  readonly nowUs: () => number;
}

const RETENTION_EVERY_MS = 2_000;
const PURGE_EVERY_MS = 30_000;
const FORGET_EVERY_MS = 3_600_000;
/** Small enough that the transaction never holds up those with events for long. */
const DELETE_AT_ONCE = 500;
const LEAST_QUOTA = 500;

/**
 * Retention, purge and the lease, beside the pipeline. Retention deletes up to twice what came in since its last
 * turn, so it catches up slowly and never more than halves the writes that are left for events.
 */
export class Upkeep {
  readonly #options: UpkeepOptions;
  #written = 0;
  #forgottenMs = performance.now();

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  noteWritten(events: number): void {
    this.#written += events;
  }

  /** Deletes what has expired, at the pace of what comes in, until the signal ends it. */
  async retain(): Promise<void> {
    const { signal } = this.#options;
    try {
      while (await waitMs(RETENTION_EVERY_MS, signal)) await this.#retainOnce();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #retainOnce(): Promise<void> {
    const { lease, status, signal, nowUs } = this.#options;
    let quota = Math.max(LEAST_QUOTA, 2 * this.#written);
    this.#written = 0;
    while (quota > 0 && !signal.aborted) {
      const limit = Math.min(quota, DELETE_AT_ONCE);
      const { events, incidents } = await deleteExpired(lease, { nowUs: nowUs(), limit, signal });
      status.expiredEvents += events;
      quota -= limit;
      if (events + incidents < limit) break;
    }
    if (performance.now() - this.#forgottenMs < FORGET_EVERY_MS) return;
    this.#forgottenMs = performance.now();
    await forgetProducers(lease, nowUs(), signal);
  }

  /** Purges what neither the graph nor a restarted engine needs of the stream, until the signal ends it. */
  async purge(): Promise<void> {
    const { signal } = this.#options;
    while (await waitMs(PURGE_EVERY_MS, signal)) await this.purgeOnce();
  }

  async purgeOnce(): Promise<void> {
    const { stream, lease, status, replayFrom } = this.#options;
    status.purgedMessages += await stream.purgeSignals(lease.cluster, replayFrom());
  }
}
