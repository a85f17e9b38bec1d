/** A share with its 95 % interval. */
export interface Share {
  readonly hits: number;
  readonly of: number;
  /** `hits / of`; NaN when there was nothing to count. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const Z_95 = 1.959964;

/** Wilson score interval (E. B. Wilson, 1927): honest for few cases and for shares near 0 and 1. */
export function share(hits: number, of: number): Share {
  if (of === 0) return { hits, of, value: Number.NaN, low: 0, high: 1 };
  const p = hits / of;
  const z2 = Z_95 ** 2;
  const middle = (p + z2 / (2 * of)) / (1 + z2 / of);
  const half = (Z_95 * Math.sqrt((p * (1 - p)) / of + z2 / (4 * of * of))) / (1 + z2 / of);
  return { hits, of, value: p, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** One stated probability and whether it came true. */
export interface Claim {
  readonly score: number;
  readonly correct: boolean;
}

/** Claims whose scores lie between two bounds. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly meanScore: number;
  readonly accuracy: number;
}

export function bins(claims: readonly Claim[], count = 10): readonly Bin[] {
  return Array.from({ length: count }, (_, index) => {
    const from = index / count;
    const to = (index + 1) / count;
    const inside = claims.filter(({ score }) => score >= from && (score < to || (to === 1 && score === 1)));
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    return {
      from,
      to,
      count: inside.length,
      meanScore: inside.length === 0 ? Number.NaN : mean(inside.map((c) => c.score)),
      accuracy: inside.length === 0 ? Number.NaN : mean(inside.map((c) => Number(c.correct))),
    };
  });
}

/** Expected calibration error: the mean distance between what was said and what came true, weighed by how often. */
export function expectedCalibrationError(claims: readonly Claim[]): number {
  if (claims.length === 0) return Number.NaN;
  return bins(claims).reduce(
    (sum, bin) =>
      bin.count === 0 ? sum : sum + (bin.count / claims.length) * Math.abs(bin.meanScore - bin.accuracy),
    0,
  );
}

/** Numbers in [0, 1) that the seed determines (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
