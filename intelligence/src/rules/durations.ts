const UNIT_US: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1e3,
  s: 1e6,
  m: 60e6,
  h: 3_600e6,
  d: 86_400e6,
};

/** Durations as rule files write them: `500ms`, `2s`, `1h30m`, `7d`; `-2s` only where an offset is meant. */
export const DURATION_PATTERN = /^-?(?:\d+(?:\.\d+)?(?:us|ms|s|m|h|d))+$/;

/** Reads `1h30m` as microseconds; undefined when it is no duration. */
export function parseDurationUs(text: string): number | undefined {
  if (!DURATION_PATTERN.test(text)) return undefined;
  let us = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g)) {
    us += Number(number) * (UNIT_US[unit] ?? 0);
  }
  return Math.round(text.startsWith('-') ? -us : us);
}
