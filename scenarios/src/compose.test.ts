import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureEnvFile, findCompose, runCompose } from './compose.ts';

let dir: string;
const path = process.env['PATH'];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tapio-compose-'));
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(dir, { recursive: true, force: true });
});

/** A docker that takes some of its commands. */
function docker(script: string): void {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env['PATH'] = `${bin}:/usr/bin:/bin`;
}

test('an engine that answers, with the compose plugin, is taken', async () => {
  docker('exit 0');
  expect(await findCompose()).toMatchObject({ available: true });
});

test.each([
  ['an engine does not answer', 'test "$1" != info', 'no container engine answers'],
  ['there is no compose plugin', 'test "$1" != compose', 'docker has no compose plugin'],
])('where %s, everything runs locally and it says why', async (_name, script, reason) => {
  docker(script);
  expect(await findCompose()).toEqual({ available: false, reason });
});

test('where there is no docker, everything runs locally', async () => {
  process.env['PATH'] = dir;
  expect(await findCompose()).toEqual({ available: false, reason: 'no docker command' });
});

test('the stack is brought up, stopped by the signal, and taken down', async () => {
  const calls = join(dir, 'calls');
  docker(`echo "$*" >> ${calls}
case "$*" in *up*) trap 'echo interrupted >> ${calls}; exit 130' INT; while :; do sleep 0.05; done;; esac`);
  const compose = await findCompose();
  if (!compose.available) throw new Error(compose.reason);
  const abort = new AbortController();
  setTimeout(() => {
    abort.abort();
  }, 500);
  expect(await runCompose(compose.command, abort.signal)).toBe(0);
  const lines = readFileSync(calls, 'utf8').trim().split('\n');
  expect(lines.at(-3)).toMatch(/up --build$/);
  expect(lines.at(-2)).toBe('interrupted');
  expect(lines.at(-1)).toMatch(/down$/);
});

test('passwords are made once, for the owner’s eyes only', () => {
  const file = join(dir, '.env');
  expect(ensureEnvFile(file)).toBe(true);
  const first = readFileSync(file, 'utf8');
  expect(first).toMatch(/^TAPIO_NEO4J_PASSWORD=[0-9a-f]{32}\nTAPIO_GRAFANA_PASSWORD=[0-9a-f]{32}\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(ensureEnvFile(file)).toBe(false);
  expect(readFileSync(file, 'utf8')).toBe(first);
});
