import { describe, expect, it } from 'vitest';
import { expectWellFormed } from '../../well-formed.ts';
import { readSecondTruth, secondBuiltIds, secondHeldOutCases } from './index.ts';

const cases = secondHeldOutCases();

describe('second batch of held-out cases', () => {
  it('has code for every row, and a row for all code', () => {
    expect([...secondBuiltIds].sort()).toEqual(
      readSecondTruth()
        .map(({ id }) => id)
        .sort(),
    );
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    for (const { split, batch } of cases) expect([split, batch]).toEqual(['held-out', 'second']);
  });

  it('has twins whose truth differs', () => {
    for (const { id, truth, twinOf } of cases.filter((c) => c.twinOf !== undefined)) {
      const first = cases.find((other) => other.id === twinOf);
      expect(first, id).toBeDefined();
      expect([first?.truth?.object, first?.truth?.causes], id).not.toEqual([truth?.object, truth?.causes]);
    }
  });

  it.each(cases)('$id is the same at every build, is read, and carries no label', (c) => {
    expectWellFormed(c);
  });
});
