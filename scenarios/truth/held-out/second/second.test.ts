import { DumpReader } from '@tapio/kube';
import { describe, expect, it } from 'vitest';
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
    const files = c.build();
    expect(c.build()).toEqual(files);
    const reader = new DumpReader();
    for (const [path, text] of Object.entries(files)) reader.add({ path, text });
    const { problems, parts } = reader.finish({ cluster: 'truth' });
    expect(problems.filter(({ path }) => !path.endsWith('/version'))).toEqual([]);
    expect(parts.objects.length).toBeGreaterThan(50);
    const text = Object.values(files).join('\n');
    expect(text).not.toContain(c.id);
    for (const cause of c.truth?.causes ?? []) if (cause.includes('-')) expect(text).not.toContain(cause);
  });
});
