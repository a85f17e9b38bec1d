import type { CausalEdge, Decision, Incident } from '@tapio/domain';
import { expect, test } from 'vitest';
import { NO_DECISION, isEmpty, mergeDecisions } from './merge-decisions.ts';

const edge = (causeId: string, score = 0.5): CausalEdge => ({
  effectId: 'e',
  causeId,
  rule: 'r',
  mechanism: 'm',
  score,
});
const incident = (id: string, revision: number): Incident => ({ id, revision }) as Incident;

function decision(part: Partial<Decision>): Decision {
  return { ...NO_DECISION, ...part };
}

test('the last word on each edge and incident stays', () => {
  const merged = mergeDecisions([
    decision({ edgesAdded: [edge('a'), edge('b', 0.1)], incidents: [incident('x', 1), incident('y', 1)] }),
    decision({ edgesWithdrawn: [edge('a')], edgesAdded: [edge('b', 0.9)], incidents: [incident('x', 2)] }),
    decision({ edgesWithdrawn: [edge('c')] }),
    decision({ edgesAdded: [edge('c')] }),
  ]);
  expect(merged.edgesAdded).toEqual([edge('b', 0.9), edge('c')]);
  expect(merged.edgesWithdrawn).toEqual([edge('a')]);
  expect(merged.incidents).toEqual([incident('x', 2), incident('y', 1)]);
});

test('a step may replace an edge by itself: withdrawn first, then added', () => {
  const merged = mergeDecisions([decision({ edgesWithdrawn: [edge('a')], edgesAdded: [edge('a', 0.9)] })]);
  expect(merged.edgesAdded).toEqual([edge('a', 0.9)]);
  expect(merged.edgesWithdrawn).toEqual([]);
});

test('nothing is nothing', () => {
  expect(isEmpty(mergeDecisions([]))).toBe(true);
  expect(isEmpty(decision({ edgesWithdrawn: [edge('a')] }))).toBe(false);
});
