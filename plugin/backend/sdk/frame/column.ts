import {
  Binary,
  Bool,
  type DataType,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  makeData,
  TimestampNanosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  type Data,
} from 'apache-arrow';

import { BackendError } from '../errors.ts';
import { RawJson, type Cell, type Field, type FieldType } from './field.ts';

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

interface IntegerRange {
  readonly min: bigint;
  readonly max: bigint;
}

const INTEGER_RANGES: Readonly<Partial<Record<FieldType, IntegerRange>>> = {
  int8: { min: -128n, max: 127n },
  int16: { min: -32_768n, max: 32_767n },
  int32: { min: -(2n ** 31n), max: 2n ** 31n - 1n },
  int64: { min: INT64_MIN, max: INT64_MAX },
  uint8: { min: 0n, max: 255n },
  uint16: { min: 0n, max: 65_535n },
  uint32: { min: 0n, max: 2n ** 32n - 1n },
  uint64: { min: 0n, max: 2n ** 64n - 1n },
};

/** Bytes a row of a fixed-width type takes; for texts the bytes of its offset. */
export const FIXED_WIDTH_BYTES: Readonly<Record<FieldType, number>> = {
  string: 4,
  json: 4,
  boolean: 1,
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
  float64: 8,
  time: 8,
};

class CellError extends BackendError {
  constructor(field: Field, row: number, problem: string) {
    super(`Field "${field.name}" (${field.type}), row ${row}: ${problem}`);
  }
}

/** JSON of any value; bigints beyond 2^53 become strings, so that no digit is lost. */
export function jsonTextOf(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  const text = JSON.stringify(value, (_key, entry: unknown) => {
    if (typeof entry !== 'bigint') return entry;
    const number = Number(entry);
    return Number.isSafeInteger(number) ? number : String(entry);
  }) as string | undefined;
  return text ?? 'null';
}

/** Nanoseconds since the Unix epoch, exact for every input. */
export function nanosecondsOf(value: Date | number | bigint): bigint {
  if (typeof value === 'bigint') return value;
  const milliseconds = typeof value === 'number' ? value : value.getTime();
  const whole = Math.floor(milliseconds);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((milliseconds - whole) * 1e6));
}

/** A `time` cell from integer microseconds since the Unix epoch. */
export function microseconds(value: number | bigint): bigint {
  return BigInt(value) * 1000n;
}

interface Validity {
  readonly nullCount: number;
  /** Arrow's bitmap, least significant bit first, 1 = there is a value; empty when nothing is missing. */
  readonly bitmap: Uint8Array;
}

function validityOf(field: Field, rowCount: number): Validity {
  const bitmap = new Uint8Array((rowCount + 7) >> 3);
  let nullCount = 0;
  for (let row = 0; row < rowCount; row += 1) {
    const value = field.values[row];
    if (value === null || value === undefined) {
      if (field.nullable === false)
        throw new CellError(field, row, 'a value is missing in a field that allows none.');
      nullCount += 1;
    } else {
      const byte = row >> 3;
      bitmap[byte] = (bitmap[byte] ?? 0) | (1 << (row & 7));
    }
  }
  return { nullCount, bitmap: nullCount === 0 ? new Uint8Array(0) : bitmap };
}

function checkedInteger(field: Field, row: number, value: unknown): bigint {
  const range = INTEGER_RANGES[field.type];
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isInteger(value))) {
    throw new CellError(
      field,
      row,
      `${typeof value === 'number' ? String(value) : `a ${typeof value}`} is not an integer.`,
    );
  }
  const integer = BigInt(value);
  if (range !== undefined && (integer < range.min || integer > range.max)) {
    throw new CellError(field, row, `${integer} is outside ${range.min} to ${range.max}.`);
  }
  return integer;
}

function fillNumbers<Values extends { [index: number]: number }>(
  field: Field,
  values: Values,
  rowCount: number,
): Values {
  const isFloat = field.type === 'float32' || field.type === 'float64';
  for (let row = 0; row < rowCount; row += 1) {
    const value: unknown = field.values[row];
    if (value === null || value === undefined) continue;
    if (!isFloat) values[row] = Number(checkedInteger(field, row, value));
    else if (typeof value === 'number') values[row] = value;
    else throw new CellError(field, row, `a ${typeof value} is not a number.`);
  }
  return values;
}

function fillBigInts<Values extends { [index: number]: bigint }>(
  field: Field,
  values: Values,
  rowCount: number,
): Values {
  for (let row = 0; row < rowCount; row += 1) {
    const value: unknown = field.values[row];
    if (value !== null && value !== undefined) values[row] = checkedInteger(field, row, value);
  }
  return values;
}

function fillTimes(field: Field & { readonly type: 'time' }, rowCount: number): BigInt64Array {
  const values = new BigInt64Array(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const value = field.values[row];
    if (value === null || value === undefined) continue;
    const isTime =
      typeof value === 'bigint' ||
      (value instanceof Date && !Number.isNaN(value.getTime())) ||
      Number.isFinite(value);
    if (!isTime) throw new CellError(field, row, `${String(value)} is not a point in time.`);
    const nanoseconds = nanosecondsOf(value);
    if (nanoseconds < INT64_MIN || nanoseconds > INT64_MAX) {
      throw new CellError(field, row, 'the time is outside the years 1678 to 2262 that a frame can hold.');
    }
    values[row] = nanoseconds;
  }
  return values;
}

function fillBooleans(field: Field & { readonly type: 'boolean' }, rowCount: number): Uint8Array {
  const bits = new Uint8Array((rowCount + 7) >> 3);
  for (let row = 0; row < rowCount; row += 1) {
    const value: unknown = field.values[row];
    if (value === null || value === undefined) continue;
    if (typeof value !== 'boolean') throw new CellError(field, row, `a ${typeof value} is not a boolean.`);
    const byte = row >> 3;
    if (value) bits[byte] = (bits[byte] ?? 0) | (1 << (row & 7));
  }
  return bits;
}

/** The texts of a `string` or `json` field, null where a value is missing; null for other types. */
export function textsOf(field: Field, rowCount: number): (string | null)[] | null {
  if (field.type !== 'string' && field.type !== 'json') return null;
  return Array.from({ length: rowCount }, (_, row) => {
    const value: Cell<'json'> = field.values[row];
    if (value === null || value === undefined) return null;
    if (field.type === 'json') return jsonTextOf(value);
    if (typeof value !== 'string') throw new CellError(field, row, `a ${typeof value} is not a string.`);
    return value;
  });
}

function packTexts(
  texts: readonly (string | null)[],
  rowCount: number,
): { offsets: Int32Array; bytes: Uint8Array } {
  const offsets = new Int32Array(rowCount + 1);
  let size = 0;
  for (let row = 0; row < rowCount; row += 1) size += Buffer.byteLength(texts[row] ?? '');
  const bytes = Buffer.alloc(size);
  let end = 0;
  for (let row = 0; row < rowCount; row += 1) {
    end += bytes.write(texts[row] ?? '', end);
    offsets[row + 1] = end;
  }
  return { offsets, bytes };
}

/** One Arrow column; its type is explicit, since inferred ones become dictionaries, which Grafana cannot read. */
export interface Column {
  readonly type: DataType;
  readonly data: Data;
}

/**
 * Encodes the first `rowCount` values of `field`. `texts` are those of {@link textsOf}.
 * @throws BackendError naming field and row when a value does not fit the field's type.
 */
export function encodeColumn(
  field: Field,
  rowCount: number,
  texts: readonly (string | null)[] | null,
): Column {
  const { nullCount, bitmap: nullBitmap } = validityOf(field, rowCount);
  const common = { length: rowCount, nullCount, nullBitmap };
  switch (field.type) {
    case 'string': {
      const { offsets: valueOffsets, bytes: data } = packTexts(texts ?? [], rowCount);
      const type = new Utf8();
      return { type, data: makeData({ type, ...common, valueOffsets, data }) };
    }
    case 'json': {
      const { offsets: valueOffsets, bytes: data } = packTexts(texts ?? [], rowCount);
      const type = new Binary();
      return { type, data: makeData({ type, ...common, valueOffsets, data }) };
    }
    case 'boolean': {
      const type = new Bool();
      return { type, data: makeData({ type, ...common, data: fillBooleans(field, rowCount) }) };
    }
    case 'time': {
      const type = new TimestampNanosecond();
      return { type, data: makeData({ type, ...common, data: fillTimes(field, rowCount) }) };
    }
    case 'int8': {
      const type = new Int8();
      return {
        type,
        data: makeData({ type, ...common, data: fillNumbers(field, new Int8Array(rowCount), rowCount) }),
      };
    }
    case 'int16': {
      const type = new Int16();
      return {
        type,
        data: makeData({ type, ...common, data: fillNumbers(field, new Int16Array(rowCount), rowCount) }),
      };
    }
    case 'int32': {
      const type = new Int32();
      return {
        type,
        data: makeData({ type, ...common, data: fillNumbers(field, new Int32Array(rowCount), rowCount) }),
      };
    }
    case 'int64': {
      const type = new Int64();
      return {
        type,
        data: makeData({ type, ...common, data: fillBigInts(field, new BigInt64Array(rowCount), rowCount) }),
      };
    }
    case 'uint8': {
      const type = new Uint8();
      return {
        type,
        data: makeData({ type, ...common, data: fillNumbers(field, new Uint8Array(rowCount), rowCount) }),
      };
    }
    case 'uint16': {
      const type = new Uint16();
      return {
        type,
        data: makeData({ type, ...common, data: fillNumbers(field, new Uint16Array(rowCount), rowCount) }),
      };
    }
    case 'uint32': {
      const type = new Uint32();
      return {
        type,
        data: makeData({ type, ...common, data: fillNumbers(field, new Uint32Array(rowCount), rowCount) }),
      };
    }
    case 'uint64': {
      const type = new Uint64();
      return {
        type,
        data: makeData({ type, ...common, data: fillBigInts(field, new BigUint64Array(rowCount), rowCount) }),
      };
    }
    case 'float32': {
      const type = new Float32();
      return {
        type,
        data: makeData({ type, ...common, data: fillNumbers(field, new Float32Array(rowCount), rowCount) }),
      };
    }
    case 'float64': {
      const type = new Float64();
      return {
        type,
        data: makeData({ type, ...common, data: fillNumbers(field, new Float64Array(rowCount), rowCount) }),
      };
    }
  }
}
