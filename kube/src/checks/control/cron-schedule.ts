const NAMES: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly weekdays: ReadonlySet<number>;
  readonly isAnyDay: boolean;
  readonly isAnyWeekday: boolean;
}

/** The five fields of a CronJob's schedule; undefined when they are none (it never fires then). */
export function parseSchedule(text: string): CronSchedule | undefined {
  const fields = (NAMES[text.trim().toLowerCase()] ?? text).trim().split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  const minutes = fieldOf(minute, { low: 0, high: 59 });
  const hours = fieldOf(hour, { low: 0, high: 23 });
  const days = fieldOf(day, { low: 1, high: 31 });
  const months = fieldOf(month, { low: 1, high: 12, names: MONTHS });
  const weekdays = fieldOf(weekday, { low: 0, high: 7, names: DAYS });
  if (
    minutes === undefined ||
    hours === undefined ||
    days === undefined ||
    months === undefined ||
    weekdays === undefined
  )
    return undefined;
  if (weekdays.has(7)) weekdays.add(0);
  return { minutes, hours, days, months, weekdays, isAnyDay: isAny(day), isAnyWeekday: isAny(weekday) };
}

function isAny(field: string): boolean {
  return field === '*' || field === '?';
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly names?: readonly string[];
}

function fieldOf(text: string, { low, high, names }: Range): Set<number> | undefined {
  const values = new Set<number>();
  const numberOf = (word: string): number => {
    const at = names?.indexOf(word.toLowerCase()) ?? -1;
    return at === -1 ? (/^\d{1,2}$/.test(word) ? Number(word) : NaN) : at + (names?.length === 12 ? 1 : 0);
  };
  for (const part of text.split(',').slice(0, 60)) {
    const [range = '', stepText] = part.split('/');
    const step = stepText === undefined ? 1 : Number(stepText);
    const [from, to] = isAny(range)
      ? [low, high]
      : range.includes('-')
        ? range.split('-').map(numberOf)
        : [numberOf(range), stepText === undefined ? numberOf(range) : high];
    if (from === undefined || to === undefined || !Number.isInteger(step) || step < 1) return undefined;
    if (!(from >= low && to <= high && from <= to)) return undefined;
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return values;
}

const MINUTE_US = 60_000_000;
/** Schedules that fire less often than this many days are not followed. */
const DAYS_BACK = 8;

/** The last minute at or before a time at which it fires, in UTC; undefined where that is over a week ago. */
export function lastFiringUs(schedule: CronSchedule, beforeUs: number): number | undefined {
  const start = Math.floor(beforeUs / MINUTE_US);
  for (let minute = start; minute > start - DAYS_BACK * 1440; minute -= 1) {
    if (fires(schedule, new Date(minute * 60_000))) return minute * MINUTE_US;
  }
  return undefined;
}

function fires(schedule: CronSchedule, time: Date): boolean {
  if (!schedule.minutes.has(time.getUTCMinutes()) || !schedule.hours.has(time.getUTCHours())) return false;
  if (!schedule.months.has(time.getUTCMonth() + 1)) return false;
  const isDay = schedule.days.has(time.getUTCDate());
  const isWeekday = schedule.weekdays.has(time.getUTCDay());
  // Where both are restricted either will do, as in every cron.
  return schedule.isAnyDay || schedule.isAnyWeekday ? isDay && isWeekday : isDay || isWeekday;
}
