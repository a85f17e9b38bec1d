import { ConfigError, EXIT, createLogger, loadConfig, runService } from '@tapio/runtime';
import { loaderConfigSchema } from './config.ts';
import { runLoader } from './loader.ts';

async function main(): Promise<number> {
  const outcome = loadConfig({
    name: 'loader',
    summary: 'loads a cluster’s signals into the graph and finds what caused what',
    schema: loaderConfigSchema,
    argv: process.argv.slice(2),
    environment: process.env,
  });
  if (outcome.kind === 'print') {
    process.stdout.write(outcome.output);
    return EXIT.ok;
  }
  const { config, redacted, warnings } = outcome;
  const log = createLogger('loader', config.logLevel);
  log.debug({ config: redacted }, 'configured');
  for (const warning of warnings) log.warn({ warning }, 'the environment holds an unknown option');
  return await runService({ log, run: (context) => runLoader(config, log, context) });
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(EXIT.usage);
}
