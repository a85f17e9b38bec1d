import { ConfigError, EXIT, createLogger, loadConfig, runService } from '@tapio/runtime';
import { runAgent } from './agent.ts';
import { agentConfigSchema } from './config.ts';

async function main(): Promise<number> {
  const outcome = loadConfig({
    name: 'agent',
    summary: 'captures what happens on a node and publishes it',
    schema: agentConfigSchema,
    argv: process.argv.slice(2),
    environment: process.env,
  });
  if (outcome.kind === 'print') {
    process.stdout.write(outcome.output);
    return EXIT.ok;
  }
  const { config, redacted, warnings } = outcome;
  const log = createLogger('agent', config.logLevel);
  log.debug({ config: redacted }, 'configured');
  for (const warning of warnings) log.warn({ warning }, 'the environment holds an unknown option');
  return await runService({ log, run: (context) => runAgent(config, log, context) });
}

/**
 * glibc keeps an arena of freed memory per thread, which doubles what the agent holds of the system. The number
 * of arenas can be set only before the process starts (mallopt(3), MALLOC_ARENA_MAX), so it starts itself again,
 * as the same process.
 */
function limitArenas(): void {
  if (process.env['MALLOC_ARENA_MAX'] !== undefined || process.platform !== 'linux') return;
  const args = ['--disable-warning=ExperimentalWarning', ...process.execArgv, ...process.argv.slice(1)];
  process.execve?.(process.execPath, [process.execPath, ...args], { ...process.env, MALLOC_ARENA_MAX: '1' });
}

limitArenas();
try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(EXIT.usage);
}
