import { expect, test } from 'vitest';
import { isAlive, thisProcess } from './process-identity.ts';

test('this process is alive', () => {
  expect(isAlive(thisProcess())).toBe(true);
});

test('a process that got the same pid later, or in another boot, is another one', () => {
  const self = thisProcess();
  expect(isAlive({ ...self, startTicks: String(Number(self.startTicks) - 1) })).toBe(false);
  expect(isAlive({ ...self, bootId: 'another boot' })).toBe(false);
});

test('a pid that nobody has is not alive', () => {
  expect(isAlive({ ...thisProcess(), pid: 2 ** 22 + 1 })).toBe(false);
});
