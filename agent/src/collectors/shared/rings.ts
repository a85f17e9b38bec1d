import { RING, RING_COUNTERS } from './layout.ts';

/** Rings of a capture: `crit` is never limited, `bulk` may lose records under load. */
export type RingName = 'crit' | 'bulk';

/** By their number in records; also the order in which they are read. */
export const RING_NAMES: readonly RingName[] = ['crit', 'bulk'];

/** Drop counters of one ring; times are CLOCK_BOOTTIME in microseconds. */
export interface RingDrops {
  readonly accepted: number;
  readonly dropped: number;
  readonly gaps: number;
  readonly perCpu: readonly {
    readonly dropped: number;
    readonly gapStartUs: number;
    readonly gapEndUs: number;
  }[];
}

/** Key of a ring in the maps `ring_counters` and `ring_sequence`. */
export function ringKey(ring: RingName): Uint8Array {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, RING[ring], true);
  return key;
}

/** Reads a value of the map `ring_counters`: one `struct tapio_ring_counters` for each CPU. */
export function readRingDrops(value: Uint8Array): RingDrops {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  const perCpu = [];
  let accepted = 0;
  let dropped = 0;
  let gaps = 0;
  for (let at = 0; at + RING_COUNTERS.sizeBytes <= value.byteLength; at += RING_COUNTERS.sizeBytes) {
    const read = (offset: number): bigint => view.getBigUint64(at + offset, true);
    accepted += Number(read(RING_COUNTERS.accepted));
    dropped += Number(read(RING_COUNTERS.dropped));
    gaps += Number(read(RING_COUNTERS.gaps));
    perCpu.push({
      dropped: Number(read(RING_COUNTERS.dropped)),
      gapStartUs: Number(read(RING_COUNTERS.gapStartNs) / 1000n),
      gapEndUs: Number(read(RING_COUNTERS.gapEndNs) / 1000n),
    });
  }
  return { accepted, dropped, gaps, perCpu };
}
