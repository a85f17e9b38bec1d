import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Lane } from '@tapio/domain';
import { replaceFile } from './durable-file.ts';
import type { Checkpoint, Frame, NewBatch, SpooledBatch } from './frame.ts';
import { encodeFrame } from './frame.ts';
import { Notifier } from './notifier.ts';
import { ReadBuffers } from './read-buffers.ts';
import type { SpoolDamage } from './recovery.ts';
import { ACKNOWLEDGED_FILE, recoverSpool } from './recovery.ts';
import type { Segment } from './segment.ts';
import { readFrames } from './segment.ts';
import type { FrameSink } from './segment-writer.ts';
import { SegmentWriter } from './segment-writer.ts';

export interface SpoolOptions {
  readonly directory: string;
  /** Bound of all segments together. */
  readonly maxBytes: number;
  /** A segment that is larger is closed and a new one begun; an eighth of the bound unless given: the last one stays. */
  readonly segmentBytes?: number;
  /** Boot of the machine: with another one than before, batch numbers start anew under a new incarnation. */
  readonly bootId: string;
  /** Whether frames are synced to the disk before they count as stored; frames that wait share one sync. */
  readonly sync?: boolean;
  /** Opens files for writing; tests give one that fails. */
  readonly sink?: FrameSink;
}

export interface RecoveredSpool {
  readonly spool: Spool;
  /** What the last frame held; undefined for a new spool. */
  readonly checkpoint: Checkpoint | undefined;
  readonly damage: readonly SpoolDamage[];
  /** The boot changed, or numbers may have been used that are no longer known. */
  readonly newIncarnation: boolean;
}

export interface SpoolState {
  readonly sizeBytes: number;
  readonly maxBytes: number;
  /** Frames that are stored and not yet acknowledged. */
  readonly unacknowledged: number;
  /** Why writing is held up, e.g. ENOSPC; undefined while it is not. */
  readonly fault: string | undefined;
}

/** Bytes that may wait to be written before `ready` makes the caller wait. */
const PENDING_LIMIT_BYTES = 8 * 1024 * 1024;
const ACKNOWLEDGED_INTERVAL_MS = 500;

interface Pending {
  readonly frame: Frame;
  readonly buffers: readonly Buffer[];
  readonly sizeBytes: number;
  readonly stored: PromiseWithResolvers<void>;
}

/**
 * Batches on their way to the stream, on disk, in segments of frames. A frame (batches of both lanes and the
 * checkpoint that belongs to them) is stored as a whole or not at all. It is deleted only when all its batches
 * were acknowledged. Batches never change: what is read after a restart is what was written before it.
 *
 * Batch numbers are contiguous per lane and incarnation. A new incarnation begins when the machine booted (a
 * number may have been sent that the disk never got) and when the end of the spool was damaged.
 */
export class Spool implements AsyncDisposable {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #sync: boolean;
  readonly #writer: SegmentWriter;
  readonly #segments: Segment[];
  readonly #closing = new AbortController();
  readonly #stored = new Notifier();
  readonly #freed = new Notifier();
  readonly #acknowledgedFrames = new Set<number>();
  readonly #buffers = new ReadBuffers();
  readonly #next: Record<Lane, number>;
  readonly incarnation: string;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #sequence: number;
  #acknowledged: number;
  #acknowledgedStored: number;
  #checkpoint: Checkpoint;
  #loop: Promise<void> | undefined;
  #retiring: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: SpoolOptions, start: SpoolStart) {
    this.#directory = options.directory;
    this.#maxBytes = options.maxBytes;
    this.#sync = options.sync ?? true;
    this.#segments = [...start.segments];
    this.#sequence = start.sequence;
    this.#acknowledged = start.acknowledged;
    this.#acknowledgedStored = start.acknowledged;
    this.#next = { ...start.next };
    this.#checkpoint = start.checkpoint;
    this.incarnation = start.incarnation;
    this.#writer = new SegmentWriter({
      directory: options.directory,
      segmentBytes: options.segmentBytes ?? Math.min(16 * 1024 * 1024, Math.ceil(options.maxBytes / 8)),
      sync: this.#sync,
      segments: this.#segments,
      ...(options.sink === undefined ? {} : { sink: options.sink }),
    });
  }

  /** Opens the spool in a directory, made if need be, and finds out what is in it. */
  static async open(options: SpoolOptions): Promise<RecoveredSpool> {
    await mkdir(options.directory, { recursive: true, mode: 0o700 });
    const { segments, lastFrame, acknowledged, damage } = await recoverSpool(options.directory);
    const bootId = lastFrame?.checkpoint[BOOT_ID];
    const numbersLost = damage.some((d) => d.kind !== 'torn');
    const newIncarnation = lastFrame === undefined || numbersLost || bootId !== options.bootId;
    const spool = new Spool(options, {
      segments,
      sequence: lastFrame?.sequence ?? acknowledged,
      acknowledged,
      next: newIncarnation ? { signal: 1, bulk: 1 } : lastFrame.next,
      incarnation: newIncarnation ? newIncarnationName() : lastFrame.incarnation,
      checkpoint: { ...lastFrame?.checkpoint, [BOOT_ID]: options.bootId },
    });
    return { spool, checkpoint: lastFrame?.checkpoint, damage, newIncarnation };
  }

  get state(): SpoolState {
    return {
      sizeBytes: this.#sizeBytes(),
      maxBytes: this.#maxBytes,
      unacknowledged: this.#sequence - this.#acknowledged - this.#acknowledgedFrames.size,
      fault: this.#writer.fault,
    };
  }

  /** Between 0 and 1. */
  get fill(): number {
    return this.#sizeBytes() / this.#maxBytes;
  }

  /** Waits until there is room for more; false when `signal` or the end of the spool cut the wait short. */
  async ready(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted && !this.#closing.signal.aborted) {
      if (this.#pendingBytes < PENDING_LIMIT_BYTES && this.#sizeBytes() < this.#maxBytes) return true;
      await this.#freed.wait(signal);
    }
    return false;
  }

  /**
   * Adds a frame and numbers its batches. Resolves when it is stored for good. Call it after `ready`: it takes
   * the frame in any case, so that the bound may be passed by one frame.
   */
  append(batches: readonly NewBatch[], checkpoint: Checkpoint): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.reject(new Error('the spool is closed'));
    const numbered = batches.map((batch): SpooledBatch => {
      const number = this.#next[batch.lane];
      this.#next[batch.lane] = number + 1;
      return { ...batch, batch: number, incarnation: this.incarnation };
    });
    this.#checkpoint = { ...checkpoint, [BOOT_ID]: this.#checkpoint[BOOT_ID] };
    const pending = this.#pend(numbered);
    this.#loop ??= this.#write();
    return pending.stored.promise;
  }

  /**
   * Stored frames in order, from the first that is not acknowledged; ends with `signal`. For one reader. The
   * payloads of a frame are valid until it is acknowledged: then the next frames are read over them.
   */
  async *read(signal: AbortSignal): AsyncGenerator<Frame, void> {
    let sequence = this.#acknowledged + 1;
    let opened: { readonly segment: Segment; readonly file: FileHandle; offset: number } | undefined;
    try {
      while (!signal.aborted) {
        if (sequence > (this.#segments.at(-1)?.lastSequence ?? 0)) {
          await this.#stored.wait(signal);
          continue;
        }
        const segment = this.#segments.find((s) => s.firstSequence <= sequence && sequence <= s.lastSequence);
        if (segment === undefined) {
          // Lost by damage that was reported when the spool was opened.
          sequence = this.#segments.find((s) => s.firstSequence > sequence)?.firstSequence ?? sequence + 1;
          this.#skipTo(sequence);
          continue;
        }
        if (opened?.segment !== segment) {
          await opened?.file.close();
          opened = { segment, file: await open(segment.path, 'r'), offset: 0 };
        }
        const { frames, damage } = await readFrames(opened.file, {
          offset: opened.offset,
          endBytes: segment.sizeBytes,
          buffers: this.#buffers,
        });
        if (frames.length === 0)
          throw new Error(`${segment.path}, byte ${opened.offset}: ${damage ?? 'no frame'}`);
        for (const { frame, sizeBytes } of frames) {
          opened.offset += sizeBytes;
          if (frame.sequence !== sequence) continue;
          sequence += 1;
          yield frame;
        }
      }
    } finally {
      await opened?.file.close();
    }
  }

  /** All batches of a frame are acknowledged. Segments with none left are deleted. */
  acknowledge(sequence: number): void {
    if (sequence <= this.#acknowledged || sequence > this.#sequence) return;
    this.#acknowledgedFrames.add(sequence);
    while (this.#acknowledgedFrames.delete(this.#acknowledged + 1)) this.#acknowledged += 1;
    this.#buffers.release(this.#acknowledged);
    const first = this.#segments[0];
    if (this.#segments.length > 1 && first !== undefined && first.lastSequence <= this.#acknowledged)
      this.#retire();
    else
      this.#timer ??= setTimeout(() => {
        this.#retire();
      }, ACKNOWLEDGED_INTERVAL_MS).unref();
  }

  /** Stores what was appended, and how far it is acknowledged. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    this.#writer.stopRetrying();
    clearTimeout(this.#timer);
    this.#freed.notify();
    await this.#loop?.catch(() => undefined);
    this.#retire();
    await this.#retiring;
    await this.#writer[Symbol.asyncDispose]();
  }

  #sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, this.#pendingBytes);
  }

  #skipTo(sequence: number): void {
    if (sequence - 1 <= this.#acknowledged) return;
    this.#acknowledged = sequence - 1;
    for (const frame of this.#acknowledgedFrames)
      if (frame < sequence) this.#acknowledgedFrames.delete(frame);
  }

  #pend(batches: readonly SpooledBatch[]): Pending {
    this.#sequence += 1;
    const frame: Frame = {
      sequence: this.#sequence,
      incarnation: this.incarnation,
      batches,
      next: { ...this.#next },
      checkpoint: this.#checkpoint,
    };
    const buffers = encodeFrame(frame);
    const sizeBytes = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
    const pending: Pending = { frame, buffers, sizeBytes, stored: Promise.withResolvers() };
    this.#pending.push(pending);
    this.#pendingBytes += sizeBytes;
    return pending;
  }

  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const group = this.#pending;
      this.#pending = [];
      const sizeBytes = group.reduce((sum, pending) => sum + pending.sizeBytes, 0);
      try {
        await this.#writer.write({
          firstSequence: group[0]?.frame.sequence ?? 0,
          lastSequence: group.at(-1)?.frame.sequence ?? 0,
          buffers: group.flatMap((pending) => pending.buffers),
          sizeBytes,
        });
        for (const pending of group) pending.stored.resolve();
      } catch (error) {
        for (const pending of [...group, ...this.#pending]) {
          pending.stored.promise.catch(() => undefined);
          pending.stored.reject(error);
        }
        this.#pending = [];
      } finally {
        this.#pendingBytes -= sizeBytes;
      }
      this.#stored.notify();
      this.#freed.notify();
    }
    // In the same turn as the last look at what is pending: what comes next begins a new loop.
    this.#loop = undefined;
  }

  /** The mark is stored before a segment is removed, so that a segment that is missing is never a riddle. */
  #retire(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#retiring = this.#retiring.then(async () => {
      const acknowledged = this.#acknowledged;
      if (acknowledged === this.#acknowledgedStored) return;
      const done = this.#segments.slice(0, -1).filter((segment) => segment.lastSequence <= acknowledged);
      try {
        await replaceFile(
          join(this.#directory, ACKNOWLEDGED_FILE),
          String(acknowledged),
          this.#sync && done.length > 0,
        );
        this.#acknowledgedStored = acknowledged;
        for (const segment of done) {
          this.#segments.splice(this.#segments.indexOf(segment), 1);
          await rm(segment.path, { force: true });
        }
      } catch {
        // The mark is a hint: without it batches are sent again and known by their ids. Tried at the next one.
        return;
      }
      if (done.length > 0) this.#freed.notify();
    });
  }
}

interface SpoolStart {
  readonly segments: readonly Segment[];
  readonly sequence: number;
  readonly acknowledged: number;
  readonly next: Readonly<Record<Lane, number>>;
  readonly incarnation: string;
  readonly checkpoint: Checkpoint;
}

const BOOT_ID = 'bootId';

function newIncarnationName(): string {
  return `${Date.now().toString(36)}-${randomBytes(5).toString('hex')}`;
}
