import type { Frame, SpooledBatch } from '../spool/frame.ts';
import { Notifier } from '../spool/notifier.ts';

/** A batch that was taken from the spool and is not yet acknowledged. */
export interface Outstanding {
  readonly id: number;
  readonly batch: SpooledBatch;
  readonly frame: number;
  /** When it was last sent; undefined: not yet, or refused since. */
  sentMs: number | undefined;
}

/** Batches in flight, at most `limit`, in the order of the spool. Tells which frames are wholly acknowledged. */
export class SendWindow {
  readonly #limit: number;
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #frames = new Map<number, number>();
  readonly #room = new Notifier();
  #lastId = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#outstanding.size;
  }

  get(id: number): Outstanding | undefined {
    return this.#outstanding.get(id);
  }

  values(): IterableIterator<Outstanding> {
    return this.#outstanding.values();
  }

  begin(frame: Frame): void {
    this.#frames.set(frame.sequence, frame.batches.length);
  }

  /** Waits for room; undefined when `signal` cut the wait short. */
  async admit(batch: SpooledBatch, frame: Frame, signal: AbortSignal): Promise<Outstanding | undefined> {
    while (this.#outstanding.size >= this.#limit) {
      if (signal.aborted) return undefined;
      await this.#room.wait(signal);
    }
    if (signal.aborted) return undefined;
    this.#lastId += 1;
    const outstanding: Outstanding = { id: this.#lastId, batch, frame: frame.sequence, sentMs: undefined };
    this.#outstanding.set(outstanding.id, outstanding);
    return outstanding;
  }

  /** Returns the frame's sequence when this was the last of its batches. */
  settle(id: number): number | undefined {
    const outstanding = this.#outstanding.get(id);
    if (outstanding === undefined) return undefined;
    this.#outstanding.delete(id);
    this.#room.notify();
    const left = (this.#frames.get(outstanding.frame) ?? 1) - 1;
    if (left > 0) {
      this.#frames.set(outstanding.frame, left);
      return undefined;
    }
    this.#frames.delete(outstanding.frame);
    return outstanding.frame;
  }
}
