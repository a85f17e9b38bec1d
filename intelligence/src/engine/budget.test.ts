import { expect, test } from 'vitest';
import { Story, events } from '../../test/support/story.ts';
import { builtInRules } from '../../test/support/built-in-rules.ts';
import { RuleBudget } from './budget.ts';

const BROAD = `kind: rule
id: blames-everything
version: 1
title: A rule that matches everything
source: [https://example.org/nothing]
effect: { event: container_died, as: death }
causes:
  - event: process_exit
    as: any
    join: node
    within: { before: 1h, after: 1h }
    mechanism: anything
    text: '{any.comm}'
cause: { code: anything, label: Anything, meaning: Nothing. }
prior: 1
headline: anything
tests:
  - name: nothing
    given: [{ t: 0s, event: container_died, exit_code: 0 }]
    expect: silence
`;

test('a rule that matches everything is stopped and named, and the others go on', async () => {
  const story = new Story({ rules: builtInRules({ path: 'broad.yaml', text: BROAD }) });
  const exits = Array.from({ length: 80 }, (_, n) => ({
    t: `${n}s`,
    event: 'process_exit' as const,
    comm: 'x',
    pid: n,
    signal: 11,
  }));
  const deaths = Array.from({ length: 4 }, (_, n) => ({
    t: `${n * 10}s`,
    event: 'container_died' as const,
    exit_code: 1,
    restart_count: n,
  }));
  await story.step(events([...exits, ...deaths]), { now: 200, through: 200 });
  const stopped = (): unknown =>
    story.engine.stats().rules.find((r) => r.rule === 'blames-everything')?.stopped;
  expect(stopped(), 'once may be chance').toBeUndefined();
  for (const n of [4, 5]) {
    const death = { t: `${n * 10}s`, event: 'container_died' as const, exit_code: 1, restart_count: n };
    await story.step(events([death], `${n}/`), { now: 200, through: 200 });
  }
  const cost = story.engine.stats().rules.find((r) => r.rule === 'blames-everything');
  expect(cost?.stopped).toContain('any matched 80 events of one symptom');
  expect(story.engine.stats().rules.filter((r) => r.stopped !== undefined)).toHaveLength(1);
});

test('a rule that is slow once is noted, one that is slow again and again is stopped', () => {
  let now = 0;
  const budget = new RuleBudget({ deadlineMs: 10, budgetMs: 1_000, strikes: 2 }, () => now);
  const slow = (ms: number): void => {
    budget.charge('slow', () => {
      now += ms;
    });
  };
  const step = (...times: number[]): void => {
    budget.beginStep();
    times.forEach(slow);
  };
  step(11, 12, 13);
  step(5);
  step(11);
  expect(budget.isStopped('slow')).toBe(false);
  step();
  step(30);
  expect(budget.isStopped('slow')).toBe(true);
  expect(budget.isStopped('other')).toBe(false);
  const [cost] = budget.costs();
  expect(cost).toMatchObject({ rule: 'slow', evaluations: 6, strikes: 2 });
  expect(cost?.stopped).toContain('30 ms');
});

test('what a rule takes in one step altogether is bounded too, and begins anew with the next step', () => {
  let now = 0;
  const budget = new RuleBudget({ deadlineMs: 1_000, budgetMs: 20, strikes: 1 }, () => now);
  const work = (): void => {
    budget.charge('busy', () => {
      now += 8;
    });
  };
  work();
  work();
  budget.beginStep();
  work();
  work();
  expect(budget.isStopped('busy')).toBe(false);
  work();
  expect(budget.isStopped('busy')).toBe(true);
});
