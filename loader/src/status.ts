import type { EngineStats } from '@tapio/intelligence';
import { Conservation } from '@tapio/runtime';

/** What the loader is doing. */
export type Phase = 'starting' | 'standby' | 'replaying' | 'leading' | 'stopped';

export type DropReason = 'duplicate' | 'dead_letter' | 'given_up';

/** How often something took how long, in seconds. */
export class Timing {
  count = 0;
  seconds = 0;

  async of<T>(work: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    try {
      return await work();
    } finally {
      this.count += 1;
      this.seconds += (performance.now() - startedMs) / 1000;
    }
  }
}

/** All that health and metrics show; each part writes its own fields. */
export class LoaderStatus {
  phase: Phase = 'starting';
  /** Why the last attempt to own the cluster ended; empty while all is well. */
  trouble = '';
  /** Who holds the lease while this one stands by. */
  holder = '';
  epoch = 0;
  lag = 0;
  /** Records read and not yet written, dead-lettered or given up. */
  inFlight = 0;
  replayed = 0;
  takeovers = 0;
  restarts = 0;
  incidentsWritten = 0;
  edgesAdded = 0;
  edgesWithdrawn = 0;
  entitiesMerged = 0;
  expiredEvents = 0;
  purgedMessages = 0;
  deadLetters = 0;
  cacheEntries = 0;
  /** Unix microseconds of the newest message whose events are decided over. */
  decidedUs = 0;
  engine: EngineStats | undefined;
  readonly transactionA = new Timing();
  readonly transactionB = new Timing();
  readonly step = new Timing();
  /** In records: received = written + duplicate + dead-lettered + given up (and read again) + in flight. */
  readonly conservation = new Conservation<DropReason>(
    'load',
    ['duplicate', 'dead_letter', 'given_up'],
    () => this.inFlight,
  );
}
