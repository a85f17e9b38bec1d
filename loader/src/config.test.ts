import { loadConfig } from '@tapio/runtime';
import { expect, test } from 'vitest';
import { loaderConfigSchema } from './config.ts';

function configured(argv: readonly string[], environment: Record<string, string> = {}) {
  return loadConfig({ name: 'loader', summary: 'x', schema: loaderConfigSchema, argv, environment });
}

test('flags and environment make the configuration, the password is not printed', () => {
  const outcome = configured(['--cluster', 'c1', '--event-retention-days', '0.5', '--print-config'], {
    TAPIO_NEO4J_PASSWORD: 'hush-hush',
  });
  if (outcome.kind !== 'print') throw new Error('it should print');
  expect(outcome.output).toContain('"eventRetentionDays": 0.5');
  expect(outcome.output).not.toContain('hush-hush');
});

test('every option of the contract is there, with its default', () => {
  const outcome = configured(['--cluster', 'c1']);
  if (outcome.kind !== 'run') throw new Error('it should run');
  expect(outcome.config).toMatchObject({
    cluster: 'c1',
    natsUrl: 'nats://127.0.0.1:4222',
    neo4jUrl: 'bolt://127.0.0.1:7687',
    neo4jUser: 'neo4j',
    neo4jDatabase: 'neo4j',
    rulesDir: '',
    httpPort: 9472,
    eventRetentionDays: 7,
  });
});

test.each([
  [[]],
  [['--cluster', '']],
  [['--cluster', 'c', '--lease-ttl-ms', '10']],
  [['--cluster', 'c', '--what']],
])('refused: %o', (argv) => {
  expect(() => configured(argv)).toThrow();
});
