import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Marks } from './marks.ts';
import { LATER_RANGES, NO_MARKS, addMark, flattenRanges, hasMark, unflattenRanges } from './marks.ts';

function marksOf(batches: readonly number[]): Marks {
  return batches.reduce<Marks>((marks, batch) => addMark(marks, batch) ?? marks, NO_MARKS);
}

test('batches in order need no ranges', () => {
  expect(marksOf([1, 2, 3])).toEqual({ contiguous: 3, later: [] });
});

test('late batches are ranges until the hole below them is filled', () => {
  expect(marksOf([1, 5, 3, 4])).toEqual({ contiguous: 1, later: [[3, 5]] });
  expect(marksOf([1, 5, 3, 4, 2])).toEqual({ contiguous: 5, later: [] });
  expect(marksOf([2, 6, 4])).toEqual({
    contiguous: 0,
    later: [
      [2, 2],
      [4, 4],
      [6, 6],
    ],
  });
});

test('a batch that was marked is a repeat and changes nothing', () => {
  const marks = marksOf([1, 2, 7]);
  expect([1, 2, 7].every((batch) => hasMark(marks, batch))).toBe(true);
  expect([3, 6, 8].some((batch) => hasMark(marks, batch))).toBe(false);
  expect(addMark(marks, 7)).toBe(marks);
});

test('more ranges than the bound are refused', () => {
  const holes = Array.from({ length: LATER_RANGES }, (_, index) => 2 + index * 2);
  const full = marksOf(holes);
  expect(full.later).toHaveLength(LATER_RANGES);
  expect(addMark(full, 1_000)).toBeUndefined();
  expect(addMark(full, 3)?.later).toHaveLength(LATER_RANGES - 1);
});

test('whatever the order, exactly the batches that came are marked, in ascending ranges that do not touch', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 }), (batches) => {
      const marks = marksOf(batches);
      const came = new Set(batches);
      for (let batch = 1; batch <= 62; batch += 1) expect(hasMark(marks, batch)).toBe(came.has(batch));
      let below = marks.contiguous;
      for (const [from, to] of marks.later) {
        expect(from).toBeGreaterThan(below + 1);
        expect(to).toBeGreaterThanOrEqual(from);
        below = to;
      }
      expect(unflattenRanges(flattenRanges(marks.later))).toEqual(marks.later);
    }),
  );
});
