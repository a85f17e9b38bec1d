/** Readers of parsed JSON that may hold anything: each returns what it was asked for, or undefined. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A non-negative integer. */
export function asCount(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

/** Go's zero time and the runtime's zero (1970) both mean that the time is not known. */
const EARLIEST_KNOWN_US = 946_684_800_000_000;

/** RFC 3339 as microseconds since the Unix epoch; undefined for none, for Go's zero time and for 1970. */
export function asTimeUs(value: unknown): number | undefined {
  if (typeof value !== 'string' || value.length > 40) return undefined;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(value);
  if (match === null) return undefined;
  const seconds = Date.parse(`${match[1] ?? ''}${match[3] ?? ''}`);
  if (Number.isNaN(seconds)) return undefined;
  const fractionUs = Number((match[2] ?? '').padEnd(6, '0').slice(0, 6));
  const us = seconds * 1000 + fractionUs;
  return us < EARLIEST_KNOWN_US ? undefined : us;
}

/** Cuts a text to at most `length` UTF-16 units and says so. */
export function cut(value: string, length: number): string {
  return value.length <= length ? value : `${value.slice(0, length - 1)}…`;
}
