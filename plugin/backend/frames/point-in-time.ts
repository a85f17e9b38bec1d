import type { GraphValue } from '@tapio/store';
import { nanosecondsOf } from '../sdk/index.ts';

/** A date and time with a zone, as Neo4j prints its `DATETIME`; the zone's name in brackets is left to the offset. */
const ZONED_TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)(?:\[[^\]]+\])?$/;
/** What a frame can hold: int64 nanoseconds. */
const TIME_RANGE_MS = { least: -9_223_372_036_854, most: 9_223_372_036_854 } as const;

/** Nanoseconds since the Unix epoch; undefined for a text that is no time with a zone. */
export function zonedTime(text: string): bigint | undefined {
  const match = ZONED_TIME.exec(text);
  if (match === null) return undefined;
  const [, seconds = '', fraction = '', zone = ''] = match;
  const ms = Date.parse(`${seconds}${zone}`);
  if (Number.isNaN(ms) || ms < TIME_RANGE_MS.least || ms > TIME_RANGE_MS.most) return undefined;
  return nanosecondsOf(ms) + BigInt(fraction.padEnd(9, '0'));
}

/**
 * Unit of a whole number that stands for a time, by its size: seconds, milliseconds, microseconds (as `Event.ts`)
 * and nanoseconds of the years 1973 to 5138 do not overlap.
 */
const TIME_UNITS = [
  { least: 1e8, most: 1e11, nanoseconds: 1_000_000_000n },
  { least: 1e11, most: 1e14, nanoseconds: 1_000_000n },
  { least: 1e14, most: 1e17, nanoseconds: 1_000n },
  { least: 1e17, most: 1e20, nanoseconds: 1n },
] as const;

/** Nanoseconds since the Unix epoch; undefined for what is no time. */
export function pointInTime(value: GraphValue | undefined): bigint | undefined {
  if (typeof value === 'string') {
    const time = zonedTime(value);
    return time ?? (/^\d{17,19}$/.test(value) ? BigInt(value) : undefined);
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  const unit = TIME_UNITS.find(({ least, most }) => value >= least && value < most);
  return unit === undefined ? undefined : BigInt(Math.round(value)) * unit.nanoseconds;
}

/** Columns that hold times when their numbers can be times. */
export function isTimeName(column: string): boolean {
  return /^(time|ts|timestamp)$/i.test(column);
}
