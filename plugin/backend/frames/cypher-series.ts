import type { GraphValue } from '@tapio/store';
import { badRequest, wideTimeSeriesFromRows, type Frame, type TimeSeriesRow } from '../sdk/index.ts';
import type { CypherResult } from '../graph/reader.ts';
import { isTimeName, pointInTime } from './point-in-time.ts';

interface Layout {
  readonly time: number;
  readonly numbers: readonly number[];
  readonly labels: readonly number[];
}

/** The time is in the column `time`, or else in the first that holds times; numbers are values, texts are labels. */
function layoutOf({ columns, rows }: CypherResult): Layout {
  const named = columns.findIndex(isTimeName);
  const time =
    named === -1
      ? columns.findIndex((_, index) => rows.some((row) => pointInTime(row[index]) !== undefined))
      : named;
  const rest = columns.map((_, index) => index).filter((index) => index !== time);
  const numbers = rest.filter(
    (index) =>
      rows.every((row) => row[index] === null || typeof row[index] === 'number') &&
      rows.some((row) => row[index] !== null),
  );
  const labels = rest.filter(
    (index) =>
      !numbers.includes(index) &&
      rows.some((row) => typeof row[index] === 'string' || typeof row[index] === 'boolean'),
  );
  return { time, numbers, labels };
}

function labelOf(name: string | undefined, value: GraphValue | undefined): [string, string][] {
  const isLabel = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  return isLabel && name !== undefined ? [[name, String(value)]] : [];
}

/**
 * Rows as one wide frame of time series: a series for each number column and combination of labels. Rows may come
 * in any order; a row without a time is left out.
 *
 * @throws BackendError 400 when no column holds times or none holds numbers
 */
export function cypherTimeSeries(result: CypherResult): Frame {
  const { columns, rows } = result;
  if (rows.length === 0) return wideTimeSeriesFromRows('series', []);
  const { time, numbers, labels } = layoutOf(result);
  if (time === -1 || numbers.length === 0) {
    throw badRequest(
      `A time series needs a column with times and one with numbers; there are ${columns.join(', ')}. Example: MATCH (e:Event) WHERE $__timeFilter(e.ts) RETURN e.ts - e.ts % ($__interval_ms * 1000) AS time, e.type AS type, count(*) AS events`,
    );
  }
  const points = rows.flatMap((row): TimeSeriesRow[] => {
    const at = pointInTime(row[time]);
    if (at === undefined) return [];
    const own = Object.fromEntries(labels.flatMap((index) => labelOf(columns[index], row[index])));
    return numbers.map((index) => ({
      time: at,
      name: columns[index] ?? 'value',
      ...(labels.length === 0 ? {} : { labels: own }),
      value: typeof row[index] === 'number' ? row[index] : null,
    }));
  });
  const frame = wideTimeSeriesFromRows('series', points);
  const left = rows.length - points.length / numbers.length;
  return left === 0
    ? frame
    : frame.withNotices({ severity: 'warning', text: `${left} rows without a time are left out.` });
}
