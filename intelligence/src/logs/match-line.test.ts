import { expect, test } from 'vitest';
import { builtInRules } from '../../test/support/built-in-rules.ts';
import { LineMatcher } from './match-line.ts';

const matcher = (): LineMatcher => new LineMatcher(builtInRules().logs);
const found = (lines: readonly string[]): readonly string[][] => {
  const one = matcher();
  return lines.map((line) =>
    one.matches(line).map(({ pattern, names }) => `${pattern.id} ${names.host ?? ''}:${names.port ?? ''}`),
  );
};

test('sentences that differ in their numbers each name their own', () => {
  const line = (ip: string, port: number): string => `dial tcp ${ip}:${port}: connect: connection refused`;
  expect(found([line('10.0.0.1', 5432), line('10.0.0.2', 6379)])).toEqual([
    ['connection-refused 10.0.0.1:5432'],
    ['connection-refused 10.0.0.2:6379'],
  ]);
});

test('numbers that patterns name make another sentence', () => {
  const line = (errno: number): string =>
    `ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (${errno})`;
  expect(
    found([line(111), line(110), line(115)]).map((ids) => ids.filter((id) => id.startsWith('connection'))),
  ).toEqual([['connection-refused db:3306'], ['connection-timeout db:3306'], []]);
});

test('however many new sentences a log holds, the time is bounded', () => {
  const one = matcher();
  const word = (n: number): string => n.toString(36).replaceAll(/\d/g, 'x');
  const started = performance.now();
  for (let n = 0; n < 200_000; n += 1)
    one.matches(`${word(n)} ${word(n * 7)} failed with an error of its own`);
  expect(performance.now() - started).toBeLessThan(15_000);
});
