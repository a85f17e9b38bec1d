import type { Incident, ObservationEvent } from '@tapio/domain';
import { containerDied, oomKill } from '@tapio/domain/testing';
import { expect, test } from 'vitest';
import type { ScenarioRecord } from '../scenarios/scenario.ts';
import { readTruth } from '../truth.ts';
import { whyNotProven } from './verify.ts';

const CHANGED_MS = 1_700_000_040_300;

const died = containerDied();
const killed = oomKill();
const changed: ObservationEvent = {
  ...containerDied(),
  id: 'test/pod-1/pod_spec_changed/x',
  type: 'pod_spec_changed',
  timestamp: 1_700_000_040_000_000,
  data: {
    field: 'spec.containers[report].resources.limits.memory',
    category: 'resources',
    old: '256Mi',
    new: '32Mi',
    words: 'limits.memory 256Mi -> 32Mi',
    manager: 'kubectl-patch',
  },
};
const all = [changed, killed, died];

function step(event: ObservationEvent): Incident['chain'][number] {
  return {
    role: 'cause',
    eventId: event.id,
    timeUs: event.timestamp,
    resolutionUs: 0,
    text: '',
    seenBy: event.source,
  };
}

const object = { label: 'Workload', kind: 'Deployment', namespace: 'shop', name: 'checkout' } as const;

const incident: Incident = {
  id: 'INC-7Q4F2K9A',
  revision: 1,
  cluster: 'test',
  kind: 'crash_loop',
  state: 'open',
  subject: object,
  headline: 'shop/checkout is crash-looping',
  verdict: { word: 'Likely', score: 0.97, status: 'settled', causeCode: 'oom-container-limit' },
  chain: all.map(step),
  change: {
    eventId: changed.id,
    timeUs: changed.timestamp,
    object,
    words: 'limits.memory 256Mi -> 32Mi',
    actor: 'via kubectl-patch; user unknown',
  },
  ruledOut: [{ cause: 'liveness kill', reason: 'the sender of SIGKILL was the kernel' }],
  certain: [],
  wouldHelp: [],
  touched: [],
  count: 1,
  firstSeenUs: died.timestamp,
  lastSeenUs: died.timestamp,
  symptomEventIds: [died.id],
  evidenceEventIds: all.map((event) => event.id),
  gaps: [],
  rulesVersion: '1',
  pods: [],
};

const record: ScenarioRecord = {
  truth: readTruth('oom-crash-loop'),
  pod: { uid: 'pod-1', namespace: 'shop', name: 'checkout-7d9c6b5f4-x2lqv' },
  deaths: [
    {
      containerId: killed.containerId ?? '',
      exitCode: 137,
      reason: 'OOMKilled',
      startedMs: 1_700_000_030_000,
      finishedMs: 1_700_000_041_000,
    },
  ],
  changedAtMs: CHANGED_MS,
};
const expectation = { record, captureEpoch: 'e1' };

test('the right cause, captured in this run, with the change that was made, is proven', () => {
  expect(whyNotProven(incident, all, expectation)).toEqual([]);
});

test('kernel events of another capture prove nothing', () => {
  const problems = whyNotProven(incident, all, { record, captureEpoch: 'other' });
  expect(problems.join('\n')).toContain('no kernel event of this run’s capture');
});

test('kernel events of a container that the scenario never had prove nothing', () => {
  const foreign = [changed, oomKill({ containerId: 'f'.repeat(64) }), died];
  expect(whyNotProven(incident, foreign, expectation)).not.toEqual([]);
});

test.each<[string, Partial<Incident>]>([
  ['another cause', { verdict: { ...incident.verdict, causeCode: 'oom-node' } }],
  ['no cause', { verdict: { word: 'No clear cause', score: 0.2, status: 'settled' } }],
  ['a verdict that may still change', { verdict: { ...incident.verdict, status: 'provisional' } }],
  ['nothing ruled out', { ruledOut: [] }],
  ['another object', { subject: { ...object, name: 'frontend' } }],
  ['a chain without the kill', { chain: [step(changed), step(died)] }],
])('%s is not the truth', (_name, over) => {
  expect(whyNotProven({ ...incident, ...over }, all, expectation)).not.toEqual([]);
});

test.each<[string, Partial<ObservationEvent['data']>]>([
  ['field manager', { manager: 'helm' }],
  ['old value', { old: '128Mi' }],
  ['field', { field: 'spec.containers[report].resources.limits.cpu' }],
])('a change with another %s is not the one that was made', (_name, data) => {
  const other = { ...changed, data: { ...changed.data, ...data } as Record<string, string> };
  expect(whyNotProven(incident, [other, killed, died], expectation)).toHaveLength(1);
});

test('a change at another time is not the one that was made', () => {
  const late = { ...record, changedAtMs: CHANGED_MS + 60_000 };
  expect(whyNotProven(incident, all, { record: late, captureEpoch: 'e1' })).toEqual([
    'the change is dated -60300 ms off',
  ]);
});

test('where nobody changed anything, blaming a change is wrong, and the sender must be named', () => {
  const truth = readTruth('sigkill');
  const problems = whyNotProven(incident, all, { record: { ...record, truth }, captureEpoch: 'e1' });
  expect(problems).toContain('a change is blamed that was not made: limits.memory 256Mi -> 32Mi');
  expect(problems).toContain('the sender is not named, not node-cleaner');
});
