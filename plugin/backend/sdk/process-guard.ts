import { setLogger } from '@grpc/grpc-js';

import type { Logger } from './logger.ts';

export interface StopReason {
  readonly reason: string;
  readonly exitCode: number;
}

/** How often the parent's pid is compared. */
const PARENT_CHECK_MS = 1000;

/**
 * Standard output belongs to the handshake. What code writes there afterwards, `console.log` included, goes to
 * the log instead.
 */
export function guardStdout(logger: Logger): void {
  const write: typeof process.stdout.write = (chunk: Uint8Array | string, ...rest: unknown[]) => {
    const text = (typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()).trimEnd();
    if (text !== '') logger.debug('Text written to standard output', { text });
    const callback = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
    callback?.();
    return true;
  };
  process.stdout.write = write;
}

/** Sends what Node.js and gRPC would print as plain text through the log. */
export function guardStderr(logger: Logger): void {
  // Grafana takes a line that is not JSON for a message of the lowest level.
  const methods = (['debug', 'info', 'warn', 'error'] as const).map((level) => [
    level,
    (...values: unknown[]) => {
      logger[level](values.map(String).join(' '));
    },
  ]);
  Object.assign(console, Object.fromEntries(methods));
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    logger.warn('Node.js warns', { warning: `${warning.name}: ${warning.message}` });
  });
  setLogger({
    error: (message: unknown) => {
      logger.warn('gRPC', { text: String(message) });
    },
    info: (message: unknown) => {
      logger.debug('gRPC', { text: String(message) });
    },
    debug: (message: unknown) => {
      logger.trace('gRPC', { text: String(message) });
    },
  });
}

/**
 * Calls `stop` when the process should end: SIGTERM or SIGHUP, a host that is gone, a closed log, or an error
 * nobody caught. SIGINT is ignored: Ctrl-C reaches Grafana too, which then ends its plugins in order.
 */
export function watchForEnd(logger: Logger, stop: (why: StopReason) => void): void {
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop({ reason: signal, exitCode: 0 });
    });
  }
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop({ reason: 'the host process is gone', exitCode: 0 });
  }, PARENT_CHECK_MS).unref();
  process.stderr.on('error', () => {
    stop({ reason: 'nobody reads the log any more', exitCode: 0 });
  });
  const fail = (error: unknown): void => {
    logger.error('An error was not caught; the plugin ends', { error });
    stop({ reason: 'an error was not caught', exitCode: 1 });
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}
