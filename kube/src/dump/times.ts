import type { JsonObject } from '../json.ts';
import { asList, asObject, asTimeUs } from '../json.ts';

/** Fields that say when something happened; others (certificates, schedules) lie in the future. */
const TIMES: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'lastTransitionTime',
  'lastUpdateTime',
  'lastHeartbeatTime',
  'lastProbeTime',
  'startedAt',
  'finishedAt',
  'startTime',
  'completionTime',
  'lastScheduleTime',
  'lastSuccessfulTime',
  'time',
  'firstTimestamp',
  'lastTimestamp',
  'eventTime',
  'lastObservedTime',
  'renewTime',
  'acquireTime',
  'deprecatedLastTimestamp',
]);
const DEPTH = 8;

/** The newest time that an object tells of, Unix microseconds. */
export function newestTimeUs(raw: JsonObject): number | undefined {
  const metadata = asObject(raw['metadata']) ?? {};
  let newest = latest(undefined, asTimeUs(metadata['creationTimestamp']));
  for (const entry of asList(metadata['managedFields']) ?? [])
    newest = latest(newest, asTimeUs(asObject(entry)?.['time']));
  newest = walk(raw['status'], newest, 0);
  if (raw['kind'] === 'Event') newest = walk({ ...raw, metadata: undefined }, newest, 0);
  return raw['kind'] === 'Lease' ? walk(raw['spec'], newest, 0) : newest;
}

function walk(value: unknown, newest: number | undefined, depth: number): number | undefined {
  if (depth > DEPTH) return newest;
  const list = asList(value);
  let found = newest;
  if (list !== undefined) {
    for (const entry of list) if (typeof entry === 'object') found = walk(entry, found, depth + 1);
    return found;
  }
  for (const [key, entry] of Object.entries(asObject(value) ?? {})) {
    if (typeof entry === 'string') {
      if (TIMES.has(key)) found = latest(found, asTimeUs(entry));
    } else if (typeof entry === 'object' && entry !== null) found = walk(entry, found, depth + 1);
  }
  return found;
}

function latest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

const YEAR_US = 365 * 86_400_000_000;
/** So many objects must agree before one that is far later is called wrong. */
const OBJECTS_THAT_AGREE = 4;

/** When a dump was taken, by the times of its objects; those far after all others come from a clock that is wrong. */
export function takenTimeUs(times: readonly number[]): {
  readonly takenUs: number | undefined;
  readonly ahead: readonly number[];
} {
  const sorted = times.toSorted((a, b) => b - a);
  const few = Math.min(Math.floor(sorted.length / 10) + 1, sorted.length - OBJECTS_THAT_AGREE);
  for (let skipped = 1; skipped <= few; skipped += 1) {
    const [before = 0, next = 0] = [sorted[skipped - 1], sorted[skipped]];
    if (before - next > YEAR_US) return { takenUs: next, ahead: sorted.slice(0, skipped) };
  }
  return { takenUs: sorted[0], ahead: [] };
}
