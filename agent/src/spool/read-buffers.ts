import { Buffer } from 'node:buffer';

/** Bytes of one reading: a few frames of a busy agent. */
export const READ_BYTES = 1024 * 1024;

/** Buffers that are kept for the next readings; more than these are left to the garbage collector. */
const KEPT_BUFFERS = 4;

/**
 * Buffers for reading a backlog, used again once all frames in them are acknowledged. A fresh one each time costs
 * page faults, and the garbage collector runs for them: it counts their bytes, not how few objects there are.
 */
export class ReadBuffers {
  readonly #free: Buffer[] = [];
  readonly #lent: { readonly buffer: Buffer; readonly lastSequence: number }[] = [];

  /** A buffer of this size with whatever is in it. Less than a whole reading is not worth keeping. */
  take(sizeBytes: number): Buffer {
    return (sizeBytes === READ_BYTES ? this.#free.pop() : undefined) ?? Buffer.allocUnsafeSlow(sizeBytes);
  }

  /** Frames up to this one refer to the buffer. Call it in the order of the frames. */
  lend(buffer: Buffer, lastSequence: number): void {
    if (buffer.byteLength === READ_BYTES) this.#lent.push({ buffer, lastSequence });
  }

  /** Nobody uses frames up to this one any more. */
  release(acknowledged: number): void {
    const first = this.#lent.findIndex(({ lastSequence }) => lastSequence > acknowledged);
    for (const { buffer } of this.#lent.splice(0, first === -1 ? this.#lent.length : first)) {
      if (this.#free.length < KEPT_BUFFERS) this.#free.push(buffer);
    }
  }
}
