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

test('only so many new sentences are looked at; those that are known go on being found', () => {
  const one = new LineMatcher(builtInRules().logs, 10);
  const refused = (client: string): string =>
    `${client}: dial tcp 10.0.0.1:5432: connect: connection refused`;
  const word = (n: number): string => String.fromCharCode(97 + (n % 26), 97 + Math.floor(n / 26));
  expect(one.matches(refused('known'))).toHaveLength(1);
  for (let n = 0; n < 9; n += 1) expect(one.matches(refused(word(n)))).toHaveLength(1);
  expect(one.matches(refused('late'))).toEqual([]);
  expect(one.matches(refused('known'))).toHaveLength(1);
});
