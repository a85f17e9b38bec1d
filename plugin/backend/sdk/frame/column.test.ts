import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { encodeColumn, jsonTextOf, microseconds, nanosecondsOf, textsOf } from './column.ts';
import { field, RawJson, type Field } from './field.ts';

function encode(column: Field) {
  return encodeColumn(column, column.values.length, textsOf(column, column.values.length));
}

describe('times', () => {
  test.each([
    [0, 0n],
    [1_764_000_000_123, 1_764_000_000_123_000_000n],
    [1.5, 1_500_000n],
    [-0.25, -250_000n],
    [new Date('2026-01-01T00:00:00.001Z'), 1_767_225_600_001_000_000n],
    [1_764_000_000_123_456_789n, 1_764_000_000_123_456_789n],
  ])('%s is %s ns', (value, expected) => {
    expect(nanosecondsOf(value)).toBe(expected);
  });

  test('microseconds are exact', () => {
    expect(microseconds(1_764_000_000_123_456)).toBe(1_764_000_000_123_456_000n);
  });

  test.each([[new Date(NaN)], [Infinity], ['2026' as unknown as number]])('%s is refused', (value) => {
    expect(() => encode(field('t', 'time', [0, value]))).toThrow(
      /Field "t" \(time\), row 1: .* is not a point in time/,
    );
  });

  test('what 64 bits of nanoseconds cannot hold is refused', () => {
    expect(() => encode(field('t', 'time', [new Date('2300-01-01')]))).toThrow(/1678 to 2262/);
  });
});

describe('refusals name field, row and reason', () => {
  test.each([
    [field('n', 'int8', [0, 128]), 'row 1: 128 is outside -128 to 127'],
    [field('n', 'uint16', [-1]), 'row 0: -1 is outside 0 to 65535'],
    [field('n', 'int64', [2n ** 63n]), 'row 0: 9223372036854775808 is outside'],
    [field('n', 'int32', [1.5]), 'row 0: 1.5 is not an integer'],
    [field('n', 'int32', [NaN]), 'row 0: NaN is not an integer'],
    [field('n', 'uint64', ['1' as unknown as number]), 'row 0: a string is not an integer'],
    [field('n', 'float64', ['1' as unknown as number]), 'row 0: a string is not a number'],
    [field('n', 'boolean', [1 as unknown as boolean]), 'row 0: a number is not a boolean'],
    [field('n', 'string', [null, 7 as unknown as string]), 'row 1: a number is not a string'],
    [field('n', 'string', ['a', null], { nullable: false }), 'row 1: a value is missing'],
  ])('%#', (column: Field, message) => {
    expect(() => encode(column)).toThrow(message);
  });
});

describe('JSON cells', () => {
  test('keep large integers as text and take text that is written already', () => {
    expect(jsonTextOf({ a: 1n, b: 2n ** 60n })).toBe('{"a":1,"b":"1152921504606846976"}');
    expect(jsonTextOf(new RawJson('[1]'))).toBe('[1]');
    expect(jsonTextOf(() => 1)).toBe('null');
  });
});

test('the validity bitmap marks exactly the values that are there', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.boolean()), { maxLength: 70 }), (values) => {
      const { data } = encode(field('b', 'boolean', values));
      expect(data.nullCount).toBe(values.filter((value) => value === null).length);
      expect(values.map((_value, row) => data.getValid(row))).toEqual(values.map((value) => value !== null));
    }),
  );
});
