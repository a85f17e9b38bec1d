import { describe, expect, test } from 'vitest';
import { bins, expectedCalibrationError, seededRandom, share } from './statistics.ts';

describe('a share', () => {
  test('carries the Wilson interval (values of the formula, checked by hand)', () => {
    const { value, low, high } = share(41, 42);
    expect(value).toBeCloseTo(0.976, 3);
    expect(low).toBeCloseTo(0.877, 3);
    expect(high).toBeCloseTo(0.996, 3);
  });
  test('of nothing is not a number and says nothing', () => {
    expect(share(0, 0)).toMatchObject({ value: Number.NaN, low: 0, high: 1 });
  });
});

describe('calibration', () => {
  test('is perfect when nine of ten claims of 0.9 come true, and far off when none does', () => {
    const claims = (right: number): { score: number; correct: boolean }[] =>
      Array.from({ length: 10 }, (_, i) => ({ score: 0.9, correct: i < right }));
    expect(expectedCalibrationError(claims(9))).toBeCloseTo(0, 6);
    expect(expectedCalibrationError(claims(0))).toBeCloseTo(0.9, 6);
  });
  test('a score of 1 falls into the last bin', () => {
    expect(bins([{ score: 1, correct: true }]).at(-1)?.count).toBe(1);
  });
});

test('a seed gives the same numbers again, another gives others', () => {
  const [a, b, c] = [seededRandom(7), seededRandom(7), seededRandom(8)];
  const first = [a(), a(), a()];
  expect([b(), b(), b()]).toEqual(first);
  expect([c(), c(), c()]).not.toEqual(first);
});
