import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findCompose } from './find-compose.ts';

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
  expect(await findCompose()).toEqual({ available: true });
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
