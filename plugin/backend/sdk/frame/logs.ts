import { field } from './field.ts';
import { Frame, type FrameOptions } from './frame.ts';
import type { TimePoint } from './time-series.ts';

export type LogSeverity = 'critical' | 'error' | 'warning' | 'info' | 'debug' | 'trace' | 'unknown';

export interface LogLine {
  readonly time: TimePoint;
  readonly body: string;
  readonly severity?: LogSeverity;
  /** Unique within the answer; lets Grafana drop doubles. */
  readonly id?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Lines for the logs panel and Explore, as a frame of type `log-lines`; only columns that some line has. */
export function logsFrame(name: string, lines: readonly LogLine[], options: FrameOptions = {}): Frame {
  const optional = [
    lines.some(({ severity }) => severity !== undefined) &&
      field(
        'severity',
        'string',
        lines.map(({ severity }) => severity ?? 'unknown'),
      ),
    lines.some(({ id }) => id !== undefined) &&
      field(
        'id',
        'string',
        lines.map(({ id }) => id),
      ),
    lines.some(({ labels }) => labels !== undefined) &&
      field(
        'labels',
        'json',
        lines.map(({ labels }) => labels ?? {}),
      ),
  ].filter((column) => column !== false);
  return new Frame(
    name,
    [
      field(
        'timestamp',
        'time',
        lines.map(({ time }) => time),
        { nullable: false },
      ),
      field(
        'body',
        'string',
        lines.map(({ body }) => body),
        { nullable: false },
      ),
      ...optional,
    ],
    {
      ...options,
      meta: { type: 'log-lines', typeVersion: [0, 0], preferredVisualisationType: 'logs', ...options.meta },
    },
  );
}
