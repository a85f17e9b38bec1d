import { expect, test } from 'vitest';
import { formatBytes, formatDuration, parseQuantity } from './units.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [33_554_432, '32 MiB'],
  [1_610_612_736, '1.5 GiB'],
  [15_032_385_536, '14 GiB'],
  [Number.NaN, '? B'],
  [-1, '? B'],
])('%d bytes read as %s', (bytes, words) => {
  expect(formatBytes(bytes)).toBe(words);
});

test.each([
  ['256Mi', 268_435_456],
  ['0.5', 0.5],
  ['100m', 0.1],
  ['1e3', 1000],
  ['2G', 2e9],
  ['1Ki', 1024],
])('the quantity %s is %d', (quantity, value) => {
  expect(parseQuantity(quantity)).toBeCloseTo(value);
});

test.each(['', 'lots', '12 MB', '1Qi'])('%j is no quantity', (quantity) => {
  expect(parseQuantity(quantity)).toBeUndefined();
});

test.each([
  [250_000, '250 ms'],
  [2_140_000, '2.1 s'],
  [41_000_000, '41 s'],
  [125_000_000, '2 min 5 s'],
  [529_200_000_000, '6 d 3 h'],
  [3_600_000_000, '1 h'],
])('%d µs read as %s', (us, words) => {
  expect(formatDuration(us)).toBe(words);
});
