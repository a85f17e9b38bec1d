import { expect, test } from 'vitest';
import { cpuSeconds, cpuSecondsOf, residentSet, residentSetOf } from './process-usage.ts';

test('user and system time are found behind a name with spaces and parentheses', () => {
  const fields = Array.from({ length: 50 }, (_, index) => String(index + 3));
  fields[11] = '150';
  fields[12] = '50';
  expect(cpuSecondsOf(`7 (a) b (c) ${fields.join(' ')}`)).toBe(2);
});

test('both mappings of a ring are told apart from the memory of the process itself', () => {
  const mapping = (range: string, rssKib: number, name: string): string =>
    `${range} r--s 00001000 00:10 1038 ${name}\nSize:  32772 kB\nRss:  ${rssKib} kB\nPss:  1 kB\n`;
  const smaps =
    mapping('00400000-00744000', 7, '/usr/bin/node') +
    mapping('7fb0f57c5000-7fb0f77c6000', 2000, 'anon_inode:bpf-map') +
    mapping('7fb0f87c5000-7fb0f97c6000', 500, 'anon_inode:bpf-map');
  const status = 'Name:\tnode\nVmRSS:\t  10000 kB\nRssAnon:\t 4000 kB\n';
  expect(residentSetOf(status, smaps)).toEqual({ totalMb: 10.24, privateMb: 4.096, bpfMapsMb: 2.56 });
  expect(() => residentSetOf('', smaps)).toThrow('the process ended');
});

test.skipIf(process.platform !== 'linux')('this process has used CPU and memory', () => {
  expect(cpuSeconds(process.pid)).toBeGreaterThan(0);
  const { totalMb, privateMb } = residentSet(process.pid);
  expect(privateMb).toBeGreaterThan(0);
  expect(totalMb).toBeGreaterThan(privateMb);
});
