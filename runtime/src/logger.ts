import { pino, stdTimeFunctions } from 'pino';
import type { Logger } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * JSON lines on stderr: a constant sentence (`msg`) and fields. `warn` is for what mended itself, `error` for
 * lost data or what needs a person; nothing is logged per event. Lines are written at once, so that the last
 * words of a dying process are seen.
 */
export function createLogger(name: string, level: LogLevel = 'info', fd = 2): Logger {
  return pino(
    {
      name,
      level,
      base: { name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination({ fd, sync: true }),
  );
}
