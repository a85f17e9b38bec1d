import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { CompleteThrough, Lane, Source } from '@tapio/domain';
import { LANES, isSource } from '@tapio/domain';

/** A batch before the spool gives it its number. */
export interface NewBatch {
  readonly lane: Lane;
  readonly source: Source;
  readonly count: number;
  readonly completeThrough: CompleteThrough;
  readonly payload: Uint8Array;
}

/** A batch in the spool: number and bytes never change. */
export interface SpooledBatch extends NewBatch {
  readonly incarnation: string;
  readonly batch: number;
}

/** What must be stored together with batches: whoever restarts goes on from the last one. */
export type Checkpoint = Readonly<Record<string, unknown>>;

/** Numbers that the next batch of each lane will get. */
export type NextBatch = Readonly<Record<Lane, number>>;

/** The atom of the spool: all of it is stored, or nothing. */
export interface Frame {
  /** From 1, contiguous through all segments. */
  readonly sequence: number;
  readonly incarnation: string;
  readonly batches: readonly SpooledBatch[];
  readonly next: NextBatch;
  readonly checkpoint: Checkpoint;
}

export type DecodedFrame =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly sizeBytes: number }
  /** The bytes end inside the frame, which needs this many in all (at least). */
  | { readonly kind: 'partial'; readonly neededBytes: number }
  | { readonly kind: 'damaged'; readonly reason: string };

/** "TPF1", little endian. */
const MAGIC = 0x31465054;
const FRAME_HEADER_BYTES = 24;
const META_LIMIT_BYTES = 4 * 1024 * 1024;
const BODY_LIMIT_BYTES = 256 * 1024 * 1024;

/**
 * Header: magic, length of the meta data, length of the payloads, CRC-32 of all the rest (u32 each), sequence
 * (f64); little endian. Then meta data as JSON, then the payloads one after the other.
 */
export function encodeFrame(frame: Frame): Buffer[] {
  const meta = Buffer.from(
    JSON.stringify({
      incarnation: frame.incarnation,
      batches: frame.batches.map((b) => [
        b.lane,
        b.source,
        b.batch,
        b.count,
        b.completeThrough,
        b.payload.byteLength,
        b.incarnation,
      ]),
      next: frame.next,
      checkpoint: frame.checkpoint,
    }),
  );
  const payloads = frame.batches.map(({ payload }) =>
    Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
  );
  const bodyBytes = payloads.reduce((sum, payload) => sum + payload.byteLength, 0);
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(meta.byteLength, 4);
  header.writeUInt32LE(bodyBytes, 8);
  header.writeDoubleLE(frame.sequence, 16);
  let crc = crc32(header.subarray(16), crc32(header.subarray(0, 12)));
  crc = crc32(meta, crc);
  for (const payload of payloads) crc = crc32(payload, crc);
  header.writeUInt32LE(crc, 12);
  return [header, meta, ...payloads];
}

export function decodeFrame(bytes: Buffer, offset: number): DecodedFrame {
  const available = bytes.byteLength - offset;
  if (available < FRAME_HEADER_BYTES) return { kind: 'partial', neededBytes: FRAME_HEADER_BYTES };
  if (bytes.readUInt32LE(offset) !== MAGIC) return { kind: 'damaged', reason: 'no frame begins here' };
  const metaBytes = bytes.readUInt32LE(offset + 4);
  const bodyBytes = bytes.readUInt32LE(offset + 8);
  if (metaBytes > META_LIMIT_BYTES || bodyBytes > BODY_LIMIT_BYTES) {
    return { kind: 'damaged', reason: 'impossible length' };
  }
  const sizeBytes = FRAME_HEADER_BYTES + metaBytes + bodyBytes;
  if (available < sizeBytes) return { kind: 'partial', neededBytes: sizeBytes };
  const crc = crc32(
    bytes.subarray(offset + 16, offset + sizeBytes),
    crc32(bytes.subarray(offset, offset + 12)),
  );
  if (crc !== bytes.readUInt32LE(offset + 12)) return { kind: 'damaged', reason: 'checksum differs' };
  const metaStart = offset + FRAME_HEADER_BYTES;
  const frame = readMeta(
    bytes.subarray(metaStart, metaStart + metaBytes),
    bytes.subarray(metaStart + metaBytes, offset + sizeBytes),
  );
  if (frame === undefined) return { kind: 'damaged', reason: 'meta data of another version' };
  return { kind: 'frame', frame: { ...frame, sequence: bytes.readDoubleLE(offset + 16) }, sizeBytes };
}

interface Meta {
  readonly incarnation: string;
  readonly batches: readonly (readonly [string, string, number, number, CompleteThrough, number, string])[];
  readonly next: NextBatch;
  readonly checkpoint: Checkpoint;
}

/** The checksum has passed: what is here was written by a spool, if perhaps by a later version of it. */
function readMeta(meta: Buffer, body: Buffer): Omit<Frame, 'sequence'> | undefined {
  const parsed = JSON.parse(meta.toString('utf8')) as Partial<Meta>;
  const { incarnation, next, checkpoint } = parsed;
  if (incarnation === undefined || next === undefined || checkpoint === undefined) return undefined;
  const batches: SpooledBatch[] = [];
  let at = 0;
  for (const [laneName, source, batch, count, completeThrough, bytes, batchIncarnation] of parsed.batches ??
    []) {
    const lane = LANES.find((known) => known === laneName);
    if (lane === undefined || !isSource(source)) return undefined;
    const payload = body.subarray(at, at + bytes);
    batches.push({ lane, source, batch, count, completeThrough, payload, incarnation: batchIncarnation });
    at += bytes;
  }
  return { incarnation, batches, next, checkpoint };
}
