const UNITS_US: Readonly<Record<string, number>> = {
  y: 365 * 86_400_000_000,
  d: 86_400_000_000,
  h: 3_600_000_000,
  m: 60_000_000,
  s: 1_000_000,
  ms: 1_000,
};

/** `3d4h`, `5m12s`, `90s` as kubectl prints ages, in microseconds; undefined for `<unknown>` and `<invalid>`. */
export function parseAgeUs(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '0s') return 0;
  if (!/^(?:\d{1,6}(?:ms|[ydhms]))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, count = '', unit = ''] of trimmed.matchAll(/(\d+)(ms|[ydhms])/g))
    total += Number(count) * (UNITS_US[unit] ?? 0);
  return total;
}

/** `5m (x4 over 12m)`: when it was last and first seen, and how often. */
export interface EventAge {
  readonly lastUs: number | undefined;
  readonly firstUs: number | undefined;
  readonly count: number | undefined;
}

export function parseEventAge(text: string): EventAge {
  const match = /^(\S+)(?:\s+\(x(\d{1,9})(?:\s+over\s+(\S+))?\))?/.exec(text.trim());
  return {
    lastUs: parseAgeUs(match?.[1] ?? ''),
    firstUs: parseAgeUs(match?.[3] ?? ''),
    count: match?.[2] === undefined ? undefined : Number(match[2]),
  };
}

/** Microseconds since the Unix epoch as the API writes times. */
export function isoTime(us: number): string {
  return new Date(Math.floor(us / 1000)).toISOString();
}

/** `Tue, 05 Mar 2024 10:00:00 +0100` as `describe` prints times; undefined for none and for the year 1970. */
export function parseLongTimeUs(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} /.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms < 946_684_800_000 ? undefined : ms * 1000;
}
