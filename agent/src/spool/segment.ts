import type { Buffer } from 'node:buffer';
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { Frame } from './frame.ts';
import { decodeFrame } from './frame.ts';
import { READ_BYTES, ReadBuffers } from './read-buffers.ts';

/** One file of the spool. Frames are only added at its end. */
export interface Segment {
  readonly path: string;
  readonly firstSequence: number;
  /** Of the last frame that is stored for good; `firstSequence - 1` when there is none. */
  lastSequence: number;
  /** Up to here the file holds whole frames that are stored for good. */
  sizeBytes: number;
}

const SUFFIX = '.spool';

export function segmentName(firstSequence: number): string {
  return `${String(firstSequence).padStart(16, '0')}${SUFFIX}`;
}

/** First sequence of a segment's name; undefined for a file that is none. */
export function segmentSequence(name: string): number | undefined {
  const match = /^(\d{16})\.spool$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

export type ScanEnd = 'complete' | 'torn' | 'damaged';

export interface SegmentScan {
  readonly segment: Segment;
  readonly lastFrame: Frame | undefined;
  readonly end: ScanEnd;
  readonly reason?: string;
}

/**
 * Reads a segment to its end or to the first byte that is no frame. A frame that is cut off by the end of the
 * file is torn (it was being written); anything else that can't be read is damage.
 */
export async function scanSegment(path: string, firstSequence: number): Promise<SegmentScan> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const segment: Segment = { path, firstSequence, lastSequence: firstSequence - 1, sizeBytes: 0 };
  let lastFrame: Frame | undefined;
  const damaged = (reason: string): SegmentScan => ({ segment, lastFrame, end: 'damaged', reason });
  while (segment.sizeBytes < size) {
    const chunk = await readFrames(file, {
      offset: segment.sizeBytes,
      endBytes: size,
      buffers: new ReadBuffers(),
    });
    for (const { frame, sizeBytes } of chunk.frames) {
      if (frame.sequence !== segment.lastSequence + 1) return damaged('a frame is missing');
      segment.lastSequence = frame.sequence;
      segment.sizeBytes += sizeBytes;
      lastFrame = frame;
    }
    if (chunk.damage !== undefined) return damaged(chunk.damage);
    if (chunk.frames.length === 0) return { segment, lastFrame, end: 'torn' };
  }
  return { segment, lastFrame, end: 'complete' };
}

export interface FrameChunk {
  readonly frames: readonly { readonly frame: Frame; readonly sizeBytes: number }[];
  /** What stands after the frames is no frame. */
  readonly damage?: string;
}

export interface Reading {
  readonly offset: number;
  /** Up to here the file holds frames. */
  readonly endBytes: number;
  readonly buffers: ReadBuffers;
}

/** Reads the frames from `offset` on, as many as a reading of moderate size holds, but at least one whole one. */
export async function readFrames(
  file: FileHandle,
  { offset, endBytes, buffers }: Reading,
): Promise<FrameChunk> {
  let wanted = Math.min(READ_BYTES, endBytes - offset);
  for (;;) {
    const bytes = buffers.take(wanted);
    const { bytesRead } = await file.read(bytes, 0, wanted, offset);
    const chunk = decodeAll(bytes.subarray(0, bytesRead));
    const last = chunk.frames.at(-1);
    if (last !== undefined) buffers.lend(bytes, last.frame.sequence);
    if (last !== undefined || chunk.damage !== undefined) return chunk;
    const more = Math.min(chunk.neededBytes, endBytes - offset);
    if (more <= wanted) return chunk;
    wanted = more;
  }
}

function decodeAll(bytes: Buffer): FrameChunk & { readonly neededBytes: number } {
  const frames: { frame: Frame; sizeBytes: number }[] = [];
  let at = 0;
  let neededBytes = 0;
  while (at < bytes.byteLength) {
    const decoded = decodeFrame(bytes, at);
    if (decoded.kind === 'damaged') return { frames, damage: decoded.reason, neededBytes };
    if (decoded.kind === 'partial') {
      neededBytes = decoded.neededBytes;
      break;
    }
    frames.push({ frame: decoded.frame, sizeBytes: decoded.sizeBytes });
    at += decoded.sizeBytes;
  }
  return { frames, neededBytes };
}
