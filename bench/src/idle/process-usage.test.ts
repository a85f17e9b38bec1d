import { expect, test } from 'vitest';
import { cpuSeconds, cpuSecondsOf, residentMb } from './process-usage.ts';

test('user and system time are found behind a name with spaces and parentheses', () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  fields[11] = '150';
  fields[12] = '50';
  expect(cpuSecondsOf(`7 (a) b (c) ${fields.join(' ')}`)).toBe(2);
});

test.skipIf(process.platform !== 'linux')('this process has used CPU and memory', () => {
  expect(cpuSeconds(process.pid)).toBeGreaterThan(0);
  expect(residentMb(process.pid)).toBeGreaterThan(process.memoryUsage().heapUsed / 1e6 / 2);
});
