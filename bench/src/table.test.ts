import { expect, test } from 'vitest';
import { FIGURES, isReached } from './figures.ts';
import { rowOf } from './statistics.ts';
import { format, notes, table } from './table.ts';

const slow = rowOf(
  { name: 'publish', unit: 'events/s', figure: FIGURES.publish, note: 'small' },
  [1_000, 3_000, 2_000],
);

test('a row stands beside the claim of the original and the target, and says that it missed it', () => {
  const [headings, line] = table([slow]).split('\n');
  expect(headings?.split(/\s{2,}/)).toEqual(['', 'median', 'min - max', 'unit', 'original', 'target']);
  expect(line?.split(/\s{2,}/)).toEqual([
    'publish',
    '2,000',
    '1,000 - 3,000',
    'events/s',
    '30,000',
    'at least 500,000',
    'missed',
  ]);
  expect(notes([slow])).toBe('  publish: small');
});

test('a ratio is held against its target, not the value', () => {
  const row = { name: 'load', unit: 'events/s', value: 5, figure: FIGURES.graphLoad };
  expect(isReached({ ...row, ratio: 0.8 })).toBe(true);
  expect(isReached({ ...row, ratio: 0.79 })).toBe(false);
  expect(isReached(row)).toBe(false);
  expect(table([{ ...row, ratio: 0.9 }])).toContain('5.00 (90 %)');
});

test('lost events have no tolerance, and idle figures must stay below their target', () => {
  const row = { name: 'n', unit: 'u' };
  expect(isReached({ ...row, value: 0, figure: FIGURES.lostEvents })).toBe(true);
  expect(isReached({ ...row, value: 1, figure: FIGURES.lostEvents })).toBe(false);
  expect(isReached({ ...row, value: 1, figure: FIGURES.idleCpu })).toBe(false);
  expect(isReached({ ...row, value: 1 })).toBeUndefined();
});

test.each([
  [0, '0'],
  [0.123, '0.12'],
  [45.67, '45.7'],
  [1_234_567.8, '1,234,568'],
])('%d is written %s', (value, text) => {
  expect(format(value)).toBe(text);
});
