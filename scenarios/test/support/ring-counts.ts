import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BpfMap } from '@tapio/native';

/** What the kernel itself says of one ring; tapio_record.h tells the layout. */
export interface RingCount {
  /** As ids of events name it. */
  readonly ring: string;
  /** Records that took a number: 0 up to this, not included. */
  readonly numbered: number;
  /** Records for which the ring had no room. */
  readonly dropped: number;
}

/** By enum tapio_ring: each ring with the object of programs that writes it and has its figures. */
const RINGS = [
  { ring: 'crit', object: 'process' },
  { ring: 'bulk', object: 'file' },
] as const;
/** struct tapio_ring_counters, one for each CPU. */
const COUNTERS_BYTES = 48;
const DROPPED_OFFSET = 8;

/**
 * A ring that no collector wants is not there, and counts nothing.
 *
 * @param pinDirectory where the agent pins its maps
 */
export function readRingCounts(pinDirectory: string): readonly RingCount[] {
  return RINGS.map(({ ring, object }, index) => {
    if (!existsSync(join(pinDirectory, `map_${object}_ring`))) return { ring, dropped: 0, numbered: 0 };
    using sequences = BpfMap.openPinned(join(pinDirectory, `map_${object}_sequence`));
    using counters = BpfMap.openPinned(join(pinDirectory, `map_${object}_counters`));
    const perCpu = entryOf(counters, index);
    let dropped = 0;
    for (let at = 0; at + COUNTERS_BYTES <= perCpu.byteLength; at += COUNTERS_BYTES)
      dropped += Number(perCpu.getBigUint64(at + DROPPED_OFFSET, true));
    return { ring, dropped, numbered: Number(entryOf(sequences, index).getBigUint64(0, true)) };
  });
}

function entryOf(map: BpfMap, index: number): DataView {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, index, true);
  const value = map.lookup(key);
  if (value === undefined) throw new Error(`${map.info.name} has no entry for ring ${index}`);
  return new DataView(value.buffer, value.byteOffset, value.byteLength);
}
