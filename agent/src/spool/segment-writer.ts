import type { Buffer } from 'node:buffer';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { waitMs } from '@tapio/runtime';
import { syncDirectory } from './durable-file.ts';
import type { Segment } from './segment.ts';
import { segmentName } from './segment.ts';

/** What the writer needs of a file. */
export interface SegmentFile {
  writev(buffers: readonly Buffer[], position: number): Promise<{ bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a segment's file: a new one, or one to write on. */
export type FrameSink = (path: string, fresh: boolean) => Promise<SegmentFile>;

const toDisk: FrameSink = (path, fresh) => open(path, fresh ? 'wx+' : 'r+', 0o600);

export interface SegmentWriterOptions {
  readonly directory: string;
  readonly segmentBytes: number;
  readonly sync: boolean;
  /** Shared with the spool: the writer adds to it and moves the ends of the last one. */
  readonly segments: Segment[];
  readonly sink?: FrameSink;
}

export interface FrameGroup {
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly buffers: readonly Buffer[];
  readonly sizeBytes: number;
}

const RETRY_MS = 500;

/** Adds frames to the last segment and begins new ones. A full disk is waited out: nothing half written stays. */
export class SegmentWriter implements AsyncDisposable {
  readonly #options: SegmentWriterOptions;
  readonly #stop = new AbortController();
  readonly #sink: FrameSink;
  #file: SegmentFile | undefined;
  #fileSegment: Segment | undefined;
  #fault: string | undefined;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.#sink = options.sink ?? toDisk;
  }

  /** Why the last attempt failed; undefined after a success. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /**
   * Resolves when the frames are stored for good. Retries for as long as it takes, unless told to stop.
   *
   * @throws the last error, once `stopRetrying` was called
   */
  async write(group: FrameGroup): Promise<void> {
    for (;;) {
      try {
        await this.#writeOnce(group);
        this.#fault = undefined;
        return;
      } catch (error) {
        this.#fault = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        // After a failed sync nobody knows what the file holds: it is opened and cut anew.
        await this.#forget();
        if (this.#stop.signal.aborted || !(await waitMs(RETRY_MS, this.#stop.signal))) throw error;
      }
    }
  }

  stopRetrying(): void {
    this.#stop.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stopRetrying();
    await this.#forget();
  }

  async #writeOnce(group: FrameGroup): Promise<void> {
    const segment = await this.#target(group.firstSequence);
    const file = this.#file;
    if (file === undefined) throw new Error('no segment is open');
    let written = 0;
    let rest = group.buffers;
    while (written < group.sizeBytes) {
      const { bytesWritten } = await file.writev(rest, segment.sizeBytes + written);
      if (bytesWritten === 0) throw new Error('nothing was written');
      written += bytesWritten;
      rest = dropBytes(rest, bytesWritten);
    }
    if (this.#options.sync) await file.datasync();
    const fresh = segment.sizeBytes === 0;
    segment.sizeBytes += group.sizeBytes;
    segment.lastSequence = group.lastSequence;
    if (fresh) {
      if (this.#options.sync) await syncDirectory(this.#options.directory);
      this.#options.segments.push(segment);
    }
  }

  /** The segment to write on. A new one joins the list only once its first frame is stored. */
  async #target(sequence: number): Promise<Segment> {
    const last = this.#options.segments.at(-1);
    if (last === undefined || last.sizeBytes >= this.#options.segmentBytes) {
      await this.#forget();
      const path = join(this.#options.directory, segmentName(sequence));
      const segment = { path, firstSequence: sequence, lastSequence: sequence - 1, sizeBytes: 0 };
      this.#file = await this.#openFresh(path);
      this.#fileSegment = segment;
      return segment;
    }
    if (this.#file === undefined || this.#fileSegment !== last) {
      await this.#forget();
      this.#file = await this.#sink(last.path, false);
      this.#fileSegment = last;
      await this.#file.truncate(last.sizeBytes);
    }
    return last;
  }

  async #openFresh(path: string): Promise<SegmentFile> {
    try {
      return await this.#sink(path, true);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      // Left by an attempt that failed: nothing in it counts.
      const file = await this.#sink(path, false);
      await file.truncate(0);
      return file;
    }
  }

  async #forget(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#fileSegment = undefined;
    await file?.close().catch(() => undefined);
  }
}

function dropBytes(buffers: readonly Buffer[], bytes: number): readonly Buffer[] {
  let skip = bytes;
  const rest: Buffer[] = [];
  for (const buffer of buffers) {
    if (skip >= buffer.byteLength) skip -= buffer.byteLength;
    else {
      rest.push(skip === 0 ? buffer : buffer.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}
