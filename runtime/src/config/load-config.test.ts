import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import type { ConfigSource } from './load-config.ts';
import { loadConfig } from './load-config.ts';
import { SECRET } from './options.ts';

const directory = mkdtempSync(join(tmpdir(), 'tapio-config-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const schema = z.strictObject({
  cluster: z.string().min(1).describe('name of the cluster'),
  natsUrl: z.string().default('nats://127.0.0.1:4222').describe('where NATS is'),
  httpPort: z.int().min(0).max(65_535).default(9471).describe('port for health and metrics'),
  mountBpffs: z.boolean().default(false).describe('mount bpffs'),
  collectors: z
    .array(z.enum(['process', 'pods']))
    .default(['process', 'pods'])
    .describe('what to collect'),
  password: z.string().default('').describe('password').meta(SECRET),
});

function load(
  over: Partial<Omit<ConfigSource<typeof schema>, 'schema'>>,
): ReturnType<typeof loadConfig<typeof schema>> {
  return loadConfig({ name: 'test', summary: 'a test', schema, argv: [], environment: {}, ...over });
}

function config(over: Parameters<typeof load>[0]): z.output<typeof schema> {
  const outcome = load(over);
  if (outcome.kind !== 'run') throw new Error('expected a configuration');
  return outcome.config;
}

function mistakes(over: Parameters<typeof load>[0]): string {
  try {
    load(over);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'taken';
}

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

test('a flag beats the environment, which beats the file, which beats the default', () => {
  const path = file('all.yaml', 'cluster: from-file\nnatsUrl: nats://file\nhttpPort: 1\n');
  const loaded = config({
    argv: ['--config', path, '--http-port=3'],
    environment: { TAPIO_HTTP_PORT: '2', TAPIO_NATS_URL: 'nats://environment' },
  });
  expect(loaded).toEqual({
    cluster: 'from-file',
    natsUrl: 'nats://environment',
    httpPort: 3,
    mountBpffs: false,
    collectors: ['process', 'pods'],
    password: '',
  });
});

test('lists, bare booleans and numbers are read from text', () => {
  expect(
    config({ argv: ['--cluster', 'c', '--mount-bpffs', '--collectors', 'process, pods'] }),
  ).toMatchObject({
    mountBpffs: true,
    collectors: ['process', 'pods'],
  });
  expect(config({ argv: ['--cluster', 'c', '--mount-bpffs', 'false', '--http-port', '0'] })).toMatchObject({
    mountBpffs: false,
    httpPort: 0,
  });
});

describe('what is wrong is named with its place and what to do', () => {
  test.each([
    ['an unknown flag', { argv: ['--nats-ulr', 'x'] }, 'flag --nats-ulr: unknown; did you mean --nats-url?'],
    ['a flag like no other', { argv: ['--zzzzzz', 'x'] }, 'flag --zzzzzz: unknown; see --help'],
    ['a word that is no flag', { argv: ['start'] }, 'argument start'],
    ['a flag without its value', { argv: ['--cluster'] }, 'flag --cluster: needs a value'],
    ['a mistyped variable', { environment: { TAPIO_CLUSTR: 'x' } }, 'did you mean TAPIO_CLUSTER?'],
    ['a missing option', {}, 'option --cluster (TAPIO_CLUSTER): is needed: name of the cluster'],
    ['a word for a number', { argv: ['--cluster', 'c', '--http-port', 'many'] }, 'flag --http-port: '],
    [
      'a port out of range',
      { environment: { TAPIO_CLUSTER: 'c', TAPIO_HTTP_PORT: '70000' } },
      'variable TAPIO_HTTP_PORT: ',
    ],
    ['an unknown collector', { argv: ['--cluster', 'c', '--collectors', 'weather'] }, 'flag --collectors: '],
    ['a file that is not there', { argv: ['--config', '/nowhere/x.yaml'] }, 'file /nowhere/x.yaml'],
    [
      'a secret file that is not there',
      { argv: ['--cluster', 'c', '--password-file', '/nowhere/p'] },
      'flag --password-file',
    ],
    [
      'a secret given twice',
      { argv: ['--cluster', 'c', '--password-file', 'x', '--password', 'y'] },
      'give one of the two',
    ],
  ])('%s', (_, over, message) => {
    expect(mistakes(over)).toContain(message);
  });
  test('an unknown key of the file, and a file that is no map', () => {
    expect(mistakes({ argv: ['--config', file('unknown.yaml', 'cluster: c\nhttpprt: 1\n')] })).toContain(
      'did you mean httpPort?',
    );
    expect(mistakes({ argv: ['--config', file('list.yaml', '- 1\n')] })).toContain('must be a map');
    expect(mistakes({ argv: ['--config', file('broken.yaml', 'a: [')] })).toContain('broken.yaml');
  });
  test('all mistakes are told at once', () => {
    expect(mistakes({ argv: ['--aaa', 'x', '--bbb', 'x'] }).split('\n')).toHaveLength(2);
  });
});

test('an empty file is no configuration, not a mistake', () => {
  expect(config({ argv: ['--cluster', 'c', '--config', file('empty.yaml', '')] }).httpPort).toBe(9471);
});

test('variables of other processes warn, those that Kubernetes injects for a Service do not', () => {
  const outcome = load({
    argv: ['--cluster', 'c'],
    environment: {
      TAPIO_NEO4J_USER: 'x',
      TAPIO_LOADER_SERVICE_HOST: '10.0.0.1',
      TAPIO_AGENT_PORT_9471_TCP: 'x',
      HOME: '/',
    },
  });
  expect(outcome.kind === 'run' && outcome.warnings).toEqual([
    "variable TAPIO_NEO4J_USER is none of this process's options",
  ]);
});

test('a secret is read from its file and never printed', () => {
  const path = file('password', 'hunter2\n');
  const argv = ['--cluster', 'c', '--nats-url', 'nats://user:hunter3@host:1', '--password-file', path];
  expect(config({ argv }).password).toBe('hunter2');
  const printed = load({ argv: [...argv, '--print-config'] });
  expect(printed.kind === 'print' && printed.output).toContain('[redacted]');
  expect(JSON.stringify(printed)).not.toMatch(/hunter/);
});

test('help lists every option with its variable and default, and needs no valid configuration', () => {
  const help = load({ argv: ['--help'] });
  const output = help.kind === 'print' ? help.output : '';
  expect(output).toContain('--http-port N');
  expect(output).toContain('port for health and metrics (default 9471)  [TAPIO_HTTP_PORT]');
  expect(output).toContain('file that holds --password');
  expect(output).toContain('(default process,pods)');
});
