import type { RingDrops } from '../collectors/shared/rings.ts';

/** Drops of one ring that were not reported before. */
export interface NewDrops {
  readonly lost: number;
  /** CLOCK_BOOTTIME, in microseconds. */
  readonly startBootUs: number;
  readonly endBootUs: number;
}

/**
 * Compares a ring's drop counters with what was reported before. The kernel keeps the newest run of drops of
 * each CPU; when there was more than one since the last look, the gap reaches back to that look.
 */
export function newDrops(
  now: RingDrops,
  reported: { readonly dropped: number; readonly gaps: number },
  lastLookBootUs: number,
): NewDrops | undefined {
  const lost = now.dropped - reported.dropped;
  if (lost <= 0) return undefined;
  const runs = now.gaps - reported.gaps;
  const newest = now.perCpu.filter((cpu) => cpu.dropped > 0 && cpu.gapEndUs >= lastLookBootUs);
  const endBootUs = Math.max(...newest.map((cpu) => cpu.gapEndUs), lastLookBootUs);
  const firstUs = Math.min(...newest.map((cpu) => cpu.gapStartUs), endBootUs);
  return { lost, endBootUs, startBootUs: runs > newest.length ? Math.min(lastLookBootUs, firstUs) : firstUs };
}
