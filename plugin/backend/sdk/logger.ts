import { inspect } from 'node:util';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** Keys and values of a log line. Whatever a value is, it is written as a string. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to every line. */
  with(fields: LogFields): Logger;
}

export interface LoggerOptions {
  /** Takes one line without its newline; standard error unless given. */
  readonly write?: (line: string) => void;
  /** Lines below are dropped; `debug` unless given (Grafana filters by its own level). */
  readonly level?: LogLevel;
  readonly now?: () => Date;
}

const RANK: Readonly<Record<LogLevel, number>> = { trace: 0, debug: 1, info: 2, warn: 3, error: 4 };

/** A value longer than this is cut. */
const MAX_VALUE_LENGTH = 8 * 1024;
/**
 * hashicorp/go-plugin reads stderr through a 64 KiB buffer (`client.go`); a longer line is torn in two and
 * loses its level.
 */
const MAX_LINE_BYTES = 60 * 1024;

function cut(text: string): string {
  return text.length <= MAX_VALUE_LENGTH
    ? text
    : `${text.slice(0, MAX_VALUE_LENGTH)}... (${text.length} characters)`;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.stack ?? `${value.name}: ${value.message}`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (typeof value === 'object' && value !== null) {
    try {
      const text = JSON.stringify(value, (_key, entry: unknown) =>
        typeof entry === 'bigint' ? String(entry) : entry,
      ) as string | undefined;
      return text ?? '';
    } catch {
      return inspect(value, { depth: 2, breakLength: Infinity });
    }
  }
  return String(value);
}

/** RFC 3339 in UTC with six fractional digits: the only layout go-plugin parses. */
function timestampOf(time: Date): string {
  return time.toISOString().replace('Z', '000Z');
}

function lineOf(level: LogLevel, message: string, fields: LogFields, time: Date): string {
  const head = { '@level': level, '@message': cut(message), '@timestamp': timestampOf(time) };
  const values: Record<string, string> = {};
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) values[key.startsWith('@') ? key.slice(1) : key] = cut(textOf(value));
  }
  const line = JSON.stringify({ ...values, ...head });
  if (Buffer.byteLength(line) <= MAX_LINE_BYTES) return line;
  return JSON.stringify({
    ...head,
    '@message': head['@message'].slice(0, 1024),
    fieldsDropped: String(Object.keys(values).length),
  });
}

/**
 * Writes one JSON line per call in the layout of hashicorp/go-hclog, which Grafana takes over into its own log.
 * `@level`, `@message` and `@timestamp` are always strings: go-plugin asserts that and panics otherwise.
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const now = options.now ?? (() => new Date());
  const least = RANK[options.level ?? 'debug'];

  const make = (bound: LogFields): Logger => {
    const log =
      (level: LogLevel) =>
      (message: string, fields: LogFields = {}) => {
        if (RANK[level] >= least) write(lineOf(level, message, { ...bound, ...fields }, now()));
      };
    return {
      trace: log('trace'),
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      with: (fields) => make({ ...bound, ...fields }),
    };
  };
  return make({});
}
