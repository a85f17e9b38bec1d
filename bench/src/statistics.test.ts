import { expect, test } from 'vitest';
import { median, quantile, rowOf } from './statistics.ts';

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

test('quartiles lie between the values beside them', () => {
  expect(quantile([4, 1, 3, 2, 5], 0.25)).toBe(2);
  expect(quantile([1, 2], 0.75)).toBe(1.75);
  expect(quantile([7], 0.25)).toBe(7);
  expect(() => quantile([], 0.5)).toThrow(RangeError);
});
