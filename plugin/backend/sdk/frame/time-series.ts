import { BackendError } from '../errors.ts';
import { nanosecondsOf } from './column.ts';
import { field, type Cell, type FieldConfig } from './field.ts';
import { Frame, type FrameMeta } from './frame.ts';

export type TimePoint = Date | number | bigint;

export interface Series {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly config?: FieldConfig;
  readonly values: ArrayLike<Cell<'float64'>>;
}

export interface TimeSeriesOptions {
  readonly refId?: string;
  readonly meta?: FrameMeta;
}

/** One measured value of one series. */
export interface TimeSeriesRow {
  readonly time: TimePoint;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number | null;
}

/** Version 0.1 of the data plane contract, the first that Grafana honours. */
const TYPE_VERSION = [0, 1] as const;

function requireAscending(name: string, times: ArrayLike<TimePoint>): void {
  for (let index = 1; index < times.length; index += 1) {
    const [previous, current] = [times[index - 1], times[index]];
    if (
      previous === undefined ||
      current === undefined ||
      nanosecondsOf(previous) >= nanosecondsOf(current)
    ) {
      throw new BackendError(`Time series "${name}": point ${index} is not later than the one before it.`);
    }
  }
}

function seriesField(series: Series): ReturnType<typeof field<'float64'>> {
  return field(series.name, 'float64', series.values, {
    ...(series.labels === undefined ? {} : { labels: series.labels }),
    ...(series.config === undefined ? {} : { config: series.config }),
  });
}

/**
 * Series over one shared time axis, as one frame of type `timeseries-wide`.
 * @throws BackendError unless the times ascend strictly.
 */
export function wideTimeSeries(
  name: string,
  times: ArrayLike<TimePoint>,
  series: readonly Series[],
  options: TimeSeriesOptions = {},
): Frame {
  requireAscending(name, times);
  return new Frame(name, [field('time', 'time', times, { nullable: false }), ...series.map(seriesField)], {
    ...options,
    meta: {
      type: 'timeseries-wide',
      typeVersion: TYPE_VERSION,
      preferredVisualisationType: 'graph',
      ...options.meta,
    },
  });
}

/**
 * Series with a time axis each, as one frame of type `timeseries-multi` per series.
 * @throws BackendError unless the times of each ascend strictly.
 */
export function multiTimeSeries(
  series: readonly (Series & { readonly times: ArrayLike<TimePoint> })[],
  options: TimeSeriesOptions = {},
): Frame[] {
  return series.map((one) => {
    requireAscending(one.name, one.times);
    return new Frame(one.name, [field('time', 'time', one.times, { nullable: false }), seriesField(one)], {
      ...options,
      meta: {
        type: 'timeseries-multi',
        typeVersion: TYPE_VERSION,
        preferredVisualisationType: 'graph',
        ...options.meta,
      },
    });
  });
}

function identityOf({ name, labels = {} }: TimeSeriesRow): string {
  return JSON.stringify([name, Object.entries(labels).sort(([left], [right]) => (left < right ? -1 : 1))]);
}

/**
 * Rows in any order ("long" form, which alerting refuses) as one wide frame: one field per name and label set,
 * missing points null, and of two rows for the same point the later row.
 */
export function wideTimeSeriesFromRows(
  name: string,
  rows: Iterable<TimeSeriesRow>,
  options: TimeSeriesOptions = {},
): Frame {
  const series = new Map<
    string,
    { readonly first: TimeSeriesRow; readonly points: Map<bigint, number | null> }
  >();
  const times = new Set<bigint>();
  for (const row of rows) {
    const identity = identityOf(row);
    const time = nanosecondsOf(row.time);
    const known = series.get(identity) ?? { first: row, points: new Map<bigint, number | null>() };
    known.points.set(time, row.value);
    series.set(identity, known);
    times.add(time);
  }
  const axis = [...times].sort((left, right) => (left < right ? -1 : 1));
  const columns = [...series.values()].map(({ first, points }) => ({
    name: first.name,
    ...(first.labels === undefined ? {} : { labels: first.labels }),
    values: axis.map((time) => points.get(time) ?? null),
  }));
  return wideTimeSeries(name, axis, columns, options);
}
