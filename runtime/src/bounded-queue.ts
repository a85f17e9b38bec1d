/** What a full queue does with one more item. */
export type WhenFull = 'wait' | 'drop_newest' | 'drop_oldest';

export interface BoundedQueueOptions {
  readonly name: string;
  readonly capacity: number;
  readonly whenFull: WhenFull;
}

export interface QueueCounts {
  readonly received: number;
  readonly sent: number;
  readonly dropped: number;
  readonly inFlight: number;
}

/**
 * A queue between an asynchronous producer and one consumer. It holds at most `capacity` items; what happens
 * to one more is its policy: the producer waits, or an item is dropped and counted.
 */
export class BoundedQueue<T> {
  readonly name: string;
  readonly #capacity: number;
  readonly #whenFull: WhenFull;
  #items: T[] = [];
  #head = 0;
  #closed = false;
  #received = 0;
  #sent = 0;
  #dropped = 0;
  #wakeConsumer: (() => void) | undefined;
  readonly #waitingProducers: (() => void)[] = [];

  constructor(options: BoundedQueueOptions) {
    if (!Number.isSafeInteger(options.capacity) || options.capacity < 1) {
      throw new RangeError(`queue ${options.name}: the capacity must be a whole number from 1`);
    }
    this.name = options.name;
    this.#capacity = options.capacity;
    this.#whenFull = options.whenFull;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  get counts(): QueueCounts {
    return { received: this.#received, sent: this.#sent, dropped: this.#dropped, inFlight: this.length };
  }

  /** Adds an item; false when this or another one was dropped for it, or the queue is closed. */
  async push(item: T, signal?: AbortSignal): Promise<boolean> {
    while (this.#whenFull === 'wait' && this.length >= this.#capacity && !this.#closed) {
      if (signal?.aborted === true) return false;
      await this.#roomFreed(signal);
    }
    if (this.#closed || signal?.aborted === true) return false;
    return this.offer(item);
  }

  /** Adds an item without waiting: where the policy is to wait, a full queue refuses it and counts nothing. */
  offer(item: T): boolean {
    if (this.#closed) return false;
    const full = this.length >= this.#capacity;
    if (full && this.#whenFull === 'wait') return false;
    this.#received += 1;
    if (full) {
      this.#dropped += 1;
      if (this.#whenFull === 'drop_newest') return false;
      this.#take();
    }
    this.#items.push(item);
    this.#wakeConsumer?.();
    return !full;
  }

  /** Next item, or undefined when the queue is closed and empty, or `signal` ended the wait. */
  async shift(signal?: AbortSignal): Promise<T | undefined> {
    while (this.length === 0) {
      if (this.#closed || signal?.aborted === true) return undefined;
      await this.#itemAdded(signal);
    }
    this.#sent += 1;
    const item = this.#take();
    this.#waitingProducers.shift()?.();
    return item;
  }

  /** No more items are taken; those inside can still be read. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#wakeConsumer?.();
    for (const wake of this.#waitingProducers.splice(0)) wake();
  }

  #take(): T | undefined {
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.#head > 64 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  #itemAdded(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wakeConsumer = undefined;
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#wakeConsumer = wake;
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  #roomFreed(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', wake);
        const index = this.#waitingProducers.indexOf(wake);
        if (index >= 0) this.#waitingProducers.splice(index, 1);
        resolve();
      };
      this.#waitingProducers.push(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }
}
