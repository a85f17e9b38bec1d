import { describe, expect, it } from 'vitest';
import { expectWellFormed } from '../well-formed.ts';
import { openCases } from './index.ts';

const cases = openCases();

describe('open cases', () => {
  it('have ids of their own, and enough of each sort', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
    expect(cases.filter(({ truth }) => truth !== null).length).toBeGreaterThanOrEqual(52);
    expect(cases.filter(({ truth }) => truth === null).length).toBeGreaterThanOrEqual(18);
  });

  it('pair every fault of the first batch, and some of the second, with a twin whose truth differs', () => {
    for (const { id, truth, twinOf } of cases) {
      if (truth === null && twinOf === undefined) continue;
      const twin = cases.find((other) => other.id === twinOf || other.twinOf === id);
      if (twin === undefined && /^open-(?:second|third)-/u.test(id)) continue;
      expect(twin, id).toBeDefined();
      expect([twin?.truth?.object, twin?.truth?.causes], id).not.toEqual([truth?.object, truth?.causes]);
    }
  });

  it.each(cases)('$id is the same at every build, is read, and carries no label', (c) => {
    expectWellFormed(c);
  });
});
