import { StoreError } from './errors.ts';

/** A request's place among those before and after it. */
export interface Turn {
  /** The request before has moved the position, under a lock that it holds until it is committed, or has ended. */
  readonly previousMoved: () => Promise<void>;
  readonly previousCommitted: () => Promise<void>;
  /** This one has moved the position: the next may queue up behind its lock. */
  readonly moved: () => void;
}

interface Taken {
  readonly moved: Promise<unknown>;
  readonly committed: Promise<unknown>;
}

/** Keeps requests in order that are on the way at the same time: one may move only after the one before it has. */
export class Turns {
  #last: Taken = { moved: Promise.resolve(), committed: Promise.resolve() };

  async take<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
    const previous = this.#last;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const committed = work({
      previousMoved: () => settled(previous.moved),
      previousCommitted: () => settled(previous.committed),
      moved: () => {
        resolve(undefined);
      },
    });
    const moved = Promise.race([promise, committed]);
    // The next request may never come, or ask.
    moved.catch(() => undefined);
    this.#last = { moved, committed };
    return committed;
  }
}

/** The failure of the request before must not look like one that is worth another try of this one. */
async function settled(previous: Promise<unknown>): Promise<void> {
  try {
    await previous;
  } catch (error) {
    throw new StoreError('position_moved', 'the request before this one failed', { cause: error });
  }
}
