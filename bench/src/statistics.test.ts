import { expect, test } from 'vitest';
import { median, rowOf } from './statistics.ts';

test('the median is the middle value, of an even number the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 100, 2])).toBe(3);
  expect(() => median([])).toThrow(RangeError);
});

test('a row tells the median, the extremes and how many runs there were', () => {
  expect(rowOf({ name: 'n', unit: 'ms' }, [30, 10, 20])).toEqual({
    name: 'n',
    unit: 'ms',
    value: 20,
    min: 10,
    max: 30,
    runs: 3,
  });
});
