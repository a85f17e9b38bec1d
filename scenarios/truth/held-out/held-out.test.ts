import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { builtIds, heldOutCases, readTruth } from './index.ts';

const cases = heldOutCases();
const codes = new Set(cases.flatMap(({ truth }) => truth?.causes ?? []));

/** Words that are codes and ordinary words of Kubernetes at the same time. */
const ORDINARY = new Set(['evicted', 'aborted']);

describe('held-out cases', () => {
  test('every case of truth.yaml is built, and nothing else', () => {
    expect([...builtIds].sort()).toEqual(
      readTruth()
        .map(({ id }) => id)
        .sort(),
    );
  });

  test('every fault has a twin whose truth differs', () => {
    for (const { id, truth } of cases.filter(
      ({ area, twinOf }) => area !== 'healthy' && twinOf === undefined,
    )) {
      const twin = cases.find(({ twinOf }) => twinOf === id);
      expect(twin, id).toBeDefined();
      expect(JSON.stringify([twin?.truth?.object, twin?.truth?.causes]), id).not.toBe(
        JSON.stringify([truth?.object, truth?.causes]),
      );
    }
  });

  describe.each(cases)('$id', (one) => {
    const files = one.build();
    const entries = Object.entries(files);

    test('its files are those of a dump, and parse', () => {
      expect(entries.length).toBeGreaterThan(10);
      for (const [path, text] of entries) {
        if (path.endsWith('.json')) expect(() => JSON.parse(text) as unknown, path).not.toThrow();
        if (path.endsWith('.yaml')) expect(() => parse(text) as unknown, path).not.toThrow();
      }
    });

    test('it is the same every time', () => {
      expect(one.build()).toEqual(files);
    });

    test('no label stands in its files', () => {
      const all = entries.map(([path, text]) => `${path}\n${text}`).join('\n');
      for (const code of [...codes, one.id]) {
        if (!ORDINARY.has(code)) expect(all.includes(code), code).toBe(false);
      }
    });

    test('its object is in its files, where they show objects of that kind', () => {
      if (one.truth === null) return;
      const { name, namespace } = one.truth.object;
      const all = entries.map(([path, text]) => `${path}\n${text}`).join('\n');
      expect(all).toContain(name);
      expect(all).toContain(namespace);
    });
  });
});
