import { Cron } from 'croner';

export interface FiringQuery {
  /** IANA name; UTC if left out, as in the controller’s container. */
  readonly timeZone?: string | undefined;
  /** Unix microseconds. */
  readonly beforeUs: number;
  readonly count: number;
}

/**
 * When a CronJob’s schedule fired last, newest first, Unix microseconds. Undefined where it is no schedule or the time
 * zone is none. Day of month and day of week, both given, mean either (robfig/cron, which Kubernetes uses).
 */
export function lastFiringsUs(
  schedule: string,
  { timeZone = 'UTC', beforeUs, count }: FiringQuery,
): readonly number[] | undefined {
  try {
    const cron = new Cron(schedule, {
      timezone: timeZone,
      paused: true,
      mode: '5-part',
      legacyMode: true,
      sloppyRanges: true,
    });
    // Of runs before a moment it leaves out one at the moment itself.
    const before = new Date(beforeUs / 1000 + 1);
    return cron.previousRuns(count, before).map((run) => run.getTime() * 1000);
  } catch {
    return undefined;
  }
}
