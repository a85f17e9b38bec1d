import { loadRules } from '@tapio/intelligence';
import { readBuiltInRules } from '@tapio/intelligence/files';
import { describe, expect, test } from 'vitest';
import { allCases } from '../cases.ts';
import { LIKELY } from './measure.ts';
import { scoreAll } from './score-all.ts';
import { scoreReport } from './score-report.ts';

const { rules, refused } = loadRules(readBuiltInRules());
const cases = allCases();

describe('the labelled cases', () => {
  test('have ids of their own, and a twin only of one that is there', () => {
    const ids = new Set(cases.map(({ id }) => id));
    expect(ids.size).toBe(cases.length);
    for (const { id, twinOf } of cases) if (twinOf !== undefined) expect(ids.has(twinOf), id).toBe(true);
  });

  test('use cause codes that some rule has', () => {
    expect(refused).toEqual([]);
    const codes = new Set(['unknown', ...rules.rules.map(({ cause }) => cause.code)]);
    const unknown = cases.flatMap(({ id, truth }) =>
      truth === null || truth.causes.some((code) => codes.has(code))
        ? []
        : [`${id}: ${truth.causes.join(', ')}`],
    );
    expect(unknown).toEqual([]);
  });
});

// Floors, not goals: they lie below what `npm run truth` prints, so that a rule that breaks others is seen.
test('are answered about as well as before', { timeout: 120_000 }, async () => {
  const scores = await scoreAll(cases, { rules, seed: 7, quick: true });
  const measures = (title: string): (typeof scores.groups)[number]['measures'] => {
    const group = scores.groups.find((g) => g.title === title);
    if (group === undefined) throw new Error(`no group ${title}`);
    return group.measures;
  };
  expect(measures('held-out, first batch').first.value).toBeGreaterThan(0.88);
  expect(measures('held-out, second batch').first.value).toBeGreaterThan(0.7);
  expect(measures('recorded from a real cluster').first.value).toBeGreaterThan(0.85);
  expect(measures('all faults').wrongLikely.value).toBeLessThan(0.08);
  expect(scores.falseFindings.value).toBeLessThan(0.05);
  expect(scores.counterfactual.fell.value).toBeGreaterThan(0.95);
  expect(scores.counterfactual.stayed.value).toBeGreaterThan(0.95);
  const naive = Math.max(...scores.baselines.map(({ both }) => both.value));
  expect(measures('held-out').first.value).toBeGreaterThan(naive);
  expect(scoreReport(scores, true)).toContain('| held-out ');
});

test('what the measures call Likely is what the engine calls so', async () => {
  const { verdictWord } = await import('@tapio/intelligence');
  expect(verdictWord(LIKELY)).toBe('Likely');
  expect(verdictWord(LIKELY - 0.001)).toBe('Possible');
});
