/**
 * Which batches of one producer are in the graph: all up to `contiguous`, and ranges of later ones that came
 * before the ones below them. Batches come nearly in order, so the ranges stay few.
 */
export interface Marks {
  readonly contiguous: number;
  /** Ascending, not touching each other or `contiguous`; both ends belong to a range. */
  readonly later: readonly (readonly [from: number, to: number])[];
}

export const NO_MARKS: Marks = { contiguous: 0, later: [] };

/** A publisher has at most 64 batches on the way, so more holes than this are no matter of order. */
export const LATER_RANGES = 64;

export function hasMark(marks: Marks, batch: number): boolean {
  return batch <= marks.contiguous || marks.later.some(([from, to]) => batch >= from && batch <= to);
}

/** The marks with one more batch; undefined when that would need more ranges than `LATER_RANGES`. */
export function addMark(marks: Marks, batch: number): Marks | undefined {
  if (hasMark(marks, batch)) return marks;
  if (batch === marks.contiguous + 1) return joinContiguous(batch, marks.later);
  const later = [...marks.later];
  const at = later.findIndex(([from]) => from > batch);
  const index = at < 0 ? later.length : at;
  const before = later[index - 1];
  const after = later[index];
  const from = before !== undefined && before[1] === batch - 1 ? before[0] : batch;
  const to = after !== undefined && after[0] === batch + 1 ? after[1] : batch;
  const start = from === batch ? index : index - 1;
  const end = to === batch ? index : index + 1;
  later.splice(start, end - start, [from, to]);
  return later.length > LATER_RANGES ? undefined : { contiguous: marks.contiguous, later };
}

function joinContiguous(contiguous: number, later: Marks['later']): Marks {
  const [first, ...rest] = later;
  return first !== undefined && first[0] === contiguous + 1
    ? { contiguous: first[1], later: rest }
    : { contiguous, later };
}

/** Ranges as one list of numbers, for a property of a node. */
export function flattenRanges(later: Marks['later']): number[] {
  return later.flatMap(([from, to]) => [from, to]);
}

export function unflattenRanges(flat: readonly number[]): [number, number][] {
  const ranges: [number, number][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) ranges.push([flat[i] ?? 0, flat[i + 1] ?? 0]);
  return ranges;
}
