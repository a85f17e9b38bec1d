import { writeSync } from 'node:fs';

import { handshakeLine, startRefusal } from './handshake.ts';
import { createLogger, type Logger } from './logger.ts';
import type { PluginDefinition, PluginLimits } from './plugin.ts';
import { guardStderr, guardStdout, watchForEnd, type StopReason } from './process-guard.ts';
import { PluginServer } from './server.ts';

export interface ServeOptions {
  readonly limits?: PluginLimits;
  /** Writes to standard error unless given. */
  readonly logger?: Logger;
}

/** go-plugin kills a plugin 2 s after it asked it to shut down (`client.go`). */
const STOP_WITHIN_MS = 1500;

/**
 * Runs a plugin: the whole of a plugin's `main`. Checks that Grafana started the process, opens the server and
 * writes the handshake; the process then ends when its host says so or is gone. Exits with 1 when it cannot
 * start. Returns at once, for a bundled script cannot await at its top level.
 */
export function serve<Instance>(
  definition: PluginDefinition<Instance>,
  { limits = {}, logger = createLogger() }: ServeOptions = {},
): void {
  const refusal = startRefusal(process.env, process.versions.node);
  if (refusal !== undefined) {
    writeSync(process.stderr.fd, `${refusal}\n`);
    process.exit(1);
  }
  guardStdout(logger);
  guardStderr(logger);

  let stopping = false;
  const stop = ({ reason, exitCode }: StopReason): void => {
    if (stopping) return;
    stopping = true;
    logger.debug('The plugin ends', { reason });
    const exit = (): void => process.exit(exitCode);
    setTimeout(exit, STOP_WITHIN_MS);
    starting
      .then((server) => server[Symbol.asyncDispose]())
      .then(exit, (error: unknown) => {
        logger.error('The plugin did not close cleanly', { error });
        process.exit(1);
      });
  };

  const socketParent = process.env['PLUGIN_UNIX_SOCKET_DIR'] ?? '';
  const starting = PluginServer.start(definition, {
    logger,
    limits,
    ...(socketParent === '' ? {} : { socketParent }),
    onShutdown: () => {
      stop({ reason: 'the host asked for it', exitCode: 0 });
    },
  });
  watchForEnd(logger, stop);
  starting.then(
    (server) => {
      writeSync(process.stdout.fd, `${handshakeLine(server.network, server.hostAddress)}\n`);
      logger.debug('The plugin serves', {
        network: server.network,
        address: server.hostAddress,
        pid: process.pid,
      });
    },
    (error: unknown) => {
      logger.error('The plugin cannot listen', { error });
      stop({ reason: 'it cannot listen', exitCode: 1 });
    },
  );
}
