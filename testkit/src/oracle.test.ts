import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareWithGraph, isExactlyOnce } from './oracle.ts';
import type { CaptureGap, ExpectedRecord, FoundRecord } from './oracle.ts';

const did = (key: string, atUs = 0, kind = 'process_exit', node = 'a'): ExpectedRecord => ({
  key,
  kind,
  atUs,
  node,
});
const row = (key: string, id = `id-${key}`, kind = 'process_exit'): FoundRecord => ({ key, kind, id });

describe('compareWithGraph', () => {
  it('is content when everything is there once', () => {
    const verdict = compareWithGraph({ expected: [did('x'), did('y')], found: [row('y'), row('x')] });
    expect(verdict).toEqual({ missing: [], duplicated: [], unexpected: [], excusedByGap: [] });
    expect(isExactlyOnce(verdict)).toBe(true);
  });

  it('names what is missing, doubled and made up', () => {
    const verdict = compareWithGraph({
      expected: [did('x'), did('y')],
      found: [row('y', '1'), row('y', '2'), row('z')],
    });
    expect(verdict.missing).toEqual([did('x')]);
    expect(verdict.duplicated).toEqual([{ key: 'y', kind: 'process_exit', ids: ['1', '2'] }]);
    expect(verdict.unexpected).toEqual([row('z')]);
    expect(isExactlyOnce(verdict)).toBe(false);
  });

  it('counts the same id twice as doubled', () => {
    const verdict = compareWithGraph({ expected: [did('x')], found: [row('x'), row('x')] });
    expect(verdict.duplicated).toHaveLength(1);
  });

  it('tells kinds of one key apart', () => {
    const verdict = compareWithGraph({
      expected: [did('x', 0, 'process_exec'), did('x', 1, 'process_exit')],
      found: [row('x', '1', 'process_exec'), row('x', '2', 'container_died')],
    });
    expect(verdict.missing).toEqual([did('x', 1, 'process_exit')]);
    expect(verdict.unexpected).toEqual([row('x', '2', 'container_died')]);
  });

  it.each<[string, CaptureGap, boolean]>([
    ['its own node and time', { node: 'a', startUs: 10, endUs: 20 }, true],
    ['exactly its time', { node: 'a', startUs: 15, endUs: 15 }, true],
    ['another node', { node: 'b', startUs: 10, endUs: 20 }, false],
    ['a time just before', { node: 'a', startUs: 10, endUs: 14 }, false],
    ['a time just after', { node: 'a', startUs: 16, endUs: 20 }, false],
    ['no lost record', { node: 'a', startUs: 10, endUs: 20, lost: 0 }, false],
  ])('a gap of %s excuses an absent record: %#', (_name, gap, excused) => {
    const verdict = compareWithGraph({ expected: [did('x', 15)], found: [], gaps: [gap] });
    expect(verdict.excusedByGap).toEqual(excused ? [{ record: did('x', 15), gap }] : []);
    expect(verdict.missing).toHaveLength(excused ? 0 : 1);
  });

  it('excuses no more records than a gap admits', () => {
    const gap = { node: 'a', startUs: 0, endUs: 10, lost: 2 };
    const verdict = compareWithGraph({
      expected: [did('x', 1), did('y', 2), did('z', 3)],
      found: [],
      gaps: [gap],
    });
    expect(verdict.excusedByGap).toHaveLength(2);
    expect(verdict.missing).toEqual([did('z', 3)]);
  });

  it('does not excuse doubled or made-up rows by a gap', () => {
    const gap = { node: 'a', startUs: 0, endUs: 10 };
    const verdict = compareWithGraph({
      expected: [did('x')],
      found: [row('x', '1'), row('x', '2'), row('z')],
      gaps: [gap],
    });
    expect(isExactlyOnce(verdict)).toBe(false);
  });

  it('refuses expectations that cannot be told apart', () => {
    expect(() => compareWithGraph({ expected: [did('x'), did('x', 5)], found: [] })).toThrow(
      /expected twice/,
    );
  });

  it('finds exactly the faults that were put in, in any order of rows', () => {
    const fate = fc.constantFrom('kept', 'lost', 'lost in a gap', 'doubled');
    fc.assert(
      fc.property(
        fc.array(fc.record({ fate, atUs: fc.integer({ min: 0, max: 1_000 }) }), { maxLength: 60 }),
        fc.uniqueArray(fc.integer({ min: 1_000, max: 2_000 }), { maxLength: 10 }),
        fc.infiniteStream(fc.nat()),
        (fates, strangers, shuffle) => {
          const expected = fates.map(({ fate, atUs }, i) =>
            // Gaps lie on the second node only, so that no kept or lost record falls into one by chance.
            did(`k${String(i)}`, atUs, 'process_exit', fate === 'lost in a gap' ? 'b' : 'a'),
          );
          const of = (wanted: string): ExpectedRecord[] =>
            expected.filter((_, i) => fates[i]?.fate === wanted);
          const found = [
            ...of('kept').map(({ key }) => row(key)),
            ...of('doubled').flatMap(({ key }) => [row(key, '1'), row(key, '2')]),
            ...strangers.map((n) => row(`stranger ${String(n)}`)),
          ]
            .map((value) => ({ value, order: shuffle.next().value as number }))
            .sort((a, b) => a.order - b.order)
            .map(({ value }) => value);
          const gaps = of('lost in a gap').map(({ atUs }) => ({
            node: 'b',
            startUs: atUs,
            endUs: atUs,
            lost: 1,
          }));

          const verdict = compareWithGraph({ expected, found, gaps });

          const keys = (records: readonly { key: string }[]): string[] =>
            records.map(({ key }) => key).sort();
          expect(keys(verdict.missing)).toEqual(keys(of('lost')));
          expect(keys(verdict.duplicated)).toEqual(keys(of('doubled')));
          expect(keys(verdict.excusedByGap.map(({ record }) => record))).toEqual(keys(of('lost in a gap')));
          expect(verdict.unexpected).toHaveLength(strangers.length);
        },
      ),
    );
  });
});
