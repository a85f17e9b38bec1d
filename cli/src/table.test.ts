import { expect, test } from 'vitest';
import { table } from './table.ts';

test('columns are as wide as their widest cell', () => {
  expect(
    table(
      ['ID', 'WHAT'],
      [
        ['INC-1', 'a'],
        ['I', 'bb'],
      ],
    ),
  ).toBe('ID     WHAT\nINC-1  a\nI      bb\n');
});

test('control characters of a workload’s names do not reach the terminal', () => {
  expect(table(['A'], [['x\u001B[31m\ny']])).toBe('A\nx [31m y\n');
});
