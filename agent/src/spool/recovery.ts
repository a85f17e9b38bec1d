import { readdir, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere } from './durable-file.ts';
import type { Frame } from './frame.ts';
import type { Segment } from './segment.ts';
import { scanSegment, segmentSequence } from './segment.ts';

/** Name of the file that holds up to which frame all is acknowledged. A hint: too old a one only resends. */
export const ACKNOWLEDGED_FILE = 'acknowledged';

/** Something in the spool could not be read back. */
export interface SpoolDamage {
  /** `torn`: the last frame was being written, and nobody was told that it is stored. */
  readonly kind: 'torn' | 'damaged' | 'missing';
  readonly detail: string;
}

export interface Recovery {
  /** Oldest first; the last one can be written on. */
  readonly segments: readonly Segment[];
  readonly lastFrame: Frame | undefined;
  readonly acknowledged: number;
  readonly damage: readonly SpoolDamage[];
}

/**
 * Finds out from the segments themselves what is stored: no other file is believed over them. A torn or damaged
 * end is cut off; the frames before it are kept; later segments are still read.
 */
export async function recoverSpool(directory: string): Promise<Recovery> {
  const damage: SpoolDamage[] = [];
  const names = (await readdir(directory)).sort();
  let segments: Segment[] = [];
  let lastFrame: Frame | undefined;
  for (const name of names) {
    const firstSequence = segmentSequence(name);
    if (firstSequence === undefined) continue;
    const scan = await scanSegment(join(directory, name), firstSequence);
    const expected = (segments.at(-1)?.lastSequence ?? firstSequence - 1) + 1;
    if (firstSequence !== expected) {
      damage.push({
        kind: 'missing',
        detail: `frames ${expected} to ${firstSequence - 1} are missing before ${name}`,
      });
    }
    if (scan.end !== 'complete') {
      damage.push({
        kind: scan.end,
        detail: `${name} ends at byte ${scan.segment.sizeBytes}: ${scan.reason ?? 'its last frame was not finished'}`,
      });
      await truncate(scan.segment.path, scan.segment.sizeBytes);
    }
    if (scan.lastFrame === undefined) await rm(scan.segment.path);
    else {
      segments.push(scan.segment);
      lastFrame = scan.lastFrame;
    }
  }
  const acknowledged = await readAcknowledged(directory);
  const first = segments[0]?.firstSequence;
  if (first !== undefined && acknowledged + 1 < first && acknowledged > 0) {
    damage.push({ kind: 'missing', detail: `frames ${acknowledged + 1} to ${first - 1} are missing` });
  }
  const last = segments.at(-1);
  for (const segment of segments) {
    if (segment !== last && segment.lastSequence <= acknowledged) await rm(segment.path);
  }
  segments = segments.filter((segment) => segment === last || segment.lastSequence > acknowledged);
  const bounded = Math.min(acknowledged, last?.lastSequence ?? 0);
  return {
    segments,
    lastFrame,
    damage,
    acknowledged: Math.max(bounded, (segments[0]?.firstSequence ?? 1) - 1),
  };
}

async function readAcknowledged(directory: string): Promise<number> {
  const value = Number((await readIfThere(join(directory, ACKNOWLEDGED_FILE))) ?? '0');
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
