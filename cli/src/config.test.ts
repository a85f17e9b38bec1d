import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ConfigRequest } from './config.ts';
import { resolveConfig } from './config.ts';
import type { RunningStack } from './discovery.ts';
import { UsageError } from './exit-codes.ts';

const running: RunningStack = {
  cluster: 'local',
  neo4jUrl: 'bolt://127.0.0.1:4001',
  neo4jUser: 'neo4j',
  neo4jPassword: 'of-the-run',
  neo4jDatabase: 'neo4j',
  natsUrl: 'nats://127.0.0.1:4002',
  agentUrl: 'http://127.0.0.1:4003',
  loaderUrl: 'http://127.0.0.1:4004',
};

function resolve(over: Partial<ConfigRequest> = {}): ReturnType<typeof resolveConfig> {
  return resolveConfig({ flags: {}, environment: {}, findRunningStack: () => undefined, ...over });
}

test('with nothing given, the usual ports are assumed and there is no password', () => {
  const config = resolve();
  expect(config.graph).toEqual({
    url: 'bolt://127.0.0.1:7687',
    user: 'neo4j',
    password: undefined,
    database: 'neo4j',
  });
  expect([...config.assumed].sort()).toEqual(['agentUrl', 'loaderUrl', 'natsUrl']);
});

test('a running npm start is found by itself', () => {
  const config = resolve({ findRunningStack: () => running });
  expect(config.graph).toMatchObject({ url: running.neo4jUrl, password: 'of-the-run' });
  expect(config.cluster).toBe('local');
  expect(config.isClusterGiven).toBe(false);
  expect(config.assumed.size).toBe(0);
});

test('a cluster that is named goes before that of a running npm start', () => {
  const config = resolve({ flags: { cluster: 'dumped' }, findRunningStack: () => running });
  expect(config).toMatchObject({ cluster: 'dumped', isClusterGiven: true });
});

test('flags go before the environment, and that before the file', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tapio-cli-')), 'tapio.yaml');
  writeFileSync(file, 'neo4jUser: of-file\nneo4jDatabase: of-file\nneo4jUrl: bolt://of-file\n');
  const config = resolve({
    flags: { config: file, neo4jUrl: 'bolt://of-flag' },
    environment: { TAPIO_NEO4J_URL: 'bolt://of-environment', TAPIO_NEO4J_USER: 'of-environment' },
  });
  expect(config.graph).toMatchObject({ url: 'bolt://of-flag', user: 'of-environment', database: 'of-file' });
});

test('the password of a running npm start is not sent to another server', () => {
  const config = resolve({ flags: { neo4jUrl: 'bolt://elsewhere:7687' }, findRunningStack: () => running });
  expect(config.graph.password).toBeUndefined();
});

test('a password may be in a file', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'tapio-cli-')), 'password');
  writeFileSync(file, 'secret-of-file\n');
  expect(resolve({ environment: { TAPIO_NEO4J_PASSWORD_FILE: file } }).graph.password).toBe('secret-of-file');
});

test('a misspelled variable is a mistake of the caller', () => {
  expect(() => resolve({ environment: { TAPIO_NEO4J_URI: 'bolt://x' } })).toThrow(UsageError);
});
