import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { chooseAddress } from './address.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'address-test-'));
});
afterEach(() => {
  rmSync(parent, { recursive: true });
});

test('is a socket in a folder of its own for this user only, which disposal removes', async () => {
  const address = await chooseAddress(parent);
  expect(address.network).toBe('unix');
  const path = address.hostAddress(0);
  expect(address.bindTarget).toBe(`unix:${path}`);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  await address[Symbol.asyncDispose]();
  await address[Symbol.asyncDispose]();
  expect(statSync(dirname(path), { throwIfNoEntry: false })).toBeUndefined();
});

test('is a loopback port where no folder can be made', async () => {
  const address = await chooseAddress(join(parent, 'absent'));
  expect([address.network, address.bindTarget, address.hostAddress(7)]).toEqual([
    'tcp',
    '127.0.0.1:0',
    '127.0.0.1:7',
  ]);
  await address[Symbol.asyncDispose]();
});

test('is a loopback port where the path is too long for a socket', async () => {
  const deep = join(parent, 'x'.repeat(90));
  mkdirSync(deep);
  const address = await chooseAddress(deep);
  expect(address.network).toBe('tcp');
});
