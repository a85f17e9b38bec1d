import type { Row } from './bench.ts';

/** The middle value; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const high = sorted[middle];
  if (high === undefined) throw new RangeError('there is no median of nothing');
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
}

/** The value below which that part of them lies, by linear interpolation: 0.25 is the first quartile. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = part * (sorted.length - 1);
  const low = sorted[Math.floor(at)];
  const high = sorted[Math.ceil(at)];
  if (low === undefined || high === undefined) throw new RangeError('there is no quantile of nothing');
  return low + (high - low) * (at - Math.floor(at));
}

/** A row of the values that the runs gave. */
export function rowOf(row: Pick<Row, 'name' | 'unit' | 'note' | 'figure'>, values: readonly number[]): Row {
  return {
    ...row,
    value: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    runs: values.length,
  };
}
