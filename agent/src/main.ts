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
 * Bounds memory that the agent would hold for nothing; docs/adr/0005 has the measurements. Both can be set only before
 * the process starts, so it starts itself again, as the same process. Another size on node's command line wins.
 * - V8 lets the young generation grow to 64 MB under load and shrinks it late: at most 2 x 8 MB.
 * - glibc keeps an arena of freed memory per thread: one (mallopt(3), MALLOC_ARENA_MAX).
 */
function limitMemory(): void {
  const youngGeneration = '--max-semi-space-size=8';
  if (process.execArgv.includes(youngGeneration) || process.platform !== 'linux') return;
  const flags = [youngGeneration, '--disable-warning=ExperimentalWarning', ...process.execArgv];
  const { MALLOC_ARENA_MAX = '1' } = process.env;
  process.execve?.(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)], {
    ...process.env,
    MALLOC_ARENA_MAX,
  });
}

limitMemory();
try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(EXIT.usage);
}
