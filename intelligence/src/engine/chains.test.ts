import type { Incident } from '@tapio/domain';
import { NO_NODE } from '@tapio/domain';
import { describe, expect, test } from 'vitest';
import { builtInRules } from '../../test/support/built-in-rules.ts';
import { events } from '../../test/support/story.ts';
import { InMemoryFacts } from '../facts/memory-facts.ts';
import { TEST_EPOCH_US } from '../rules/rule-tests.ts';
import type { RuleTest } from '../rules/schema.ts';
import { createEngine } from './engine.ts';
import { diagnose } from '../offline/diagnose.ts';
import type { Diagnosis } from '../offline/diagnose.ts';

/** One hop each: a crash is explained by a refused connection, that by an eviction of what stands behind it. */
const HOPS = [
  `kind: symptom
id: test-log
version: 1
title: A line of a log
source: [test only]
incident: network
event: log_matched
as: line
when: line.pattern == "test-refusal"
words: { once: is refused, repeated: is refused }
repeated: { times: 1 }
text: '{line.object|named} is refused by {line.refers|named}'
headline: '{subject} {symptom}'`,
  `kind: rule
id: test-crash-by-log
version: 1
title: A crash that the log explains
source: [test only]
effect: { event: container_died, as: death }
causes:
  - event: log_matched
    as: line
    join: object
    within: always
    mechanism: it gives up when it is refused
    text: '{line.object|named} is refused by {line.refers|named}'
cause: { code: test-refused, label: Refused, meaning: test, object: refers, objectOf: line }
prior: 0.8
headline: '{subject} refuses'
tests: [{ name: silent, given: [{ t: 0s, event: container_started }], expect: silence }]`,
  `kind: rule
id: test-refused-by-eviction
version: 1
title: Refused because evicted
source: [test only]
effect: { event: log_matched, as: line, when: line.pattern == "test-refusal" }
causes:
  - event: pod_evicted
    as: eviction
    join: refers
    within: always
    mechanism: nobody listens
    text: '{eviction.pod_name} was evicted'
cause: { code: test-evicted, label: Evicted, meaning: test, object: object, objectOf: eviction }
prior: 0.9
headline: '{subject} was evicted and refuses'
tests: [{ name: silent, given: [{ t: 0s, event: container_started }], expect: silence }]`,
  `kind: rule
id: test-refused-by-refused
version: 1
title: Refused by one that is refused itself
source: [test only]
effect: { event: log_matched, as: line, when: line.pattern == "test-refusal" }
causes:
  - event: log_matched
    as: behind
    join: refers
    within: always
    when: behind.pattern == "test-refusal"
    mechanism: it waits for what it does not get
    text: '{behind.object|named} is refused by {behind.refers|named}'
cause: { code: test-refused-itself, label: Refused itself, meaning: test, object: refers, objectOf: behind }
prior: 0.85
headline: '{subject} refuses'
tests: [{ name: silent, given: [{ t: 0s, event: container_started }], expect: silence }]`,
];

const rules = builtInRules(...HOPS.map((text, index) => ({ path: `hop-${index}.yaml`, text })));

const LOG = {
  event: 'log_matched',
  object: 'Deployment/shop/checkout',
  pattern: 'test-refusal',
} as const;
const BACKEND = { workload: 'Deployment/pay', pod_uid: 'pod-9', pod_name: 'pay-1' } as const;
const CRASHES: RuleTest['given'] = [
  { t: '1m', event: 'container_died', exit_code: 1, restart_count: 0 },
  { t: '2m', event: 'container_died', exit_code: 1, restart_count: 1 },
];
const LINE: RuleTest['given'][number] = {
  t: '1m',
  ...LOG,
  line: 'connection refused',
  refers: 'Deployment/shop/pay',
};
const EVICTION: RuleTest['given'][number] = { t: '30s', event: 'pod_evicted', reason: 'Evicted', ...BACKEND };

async function answer(given: RuleTest['given'], reverse = false): Promise<Diagnosis> {
  const list = events(given);
  return diagnose({
    cluster: 'test',
    events: reverse ? list.reverse() : list,
    takenUs: TEST_EPOCH_US + 180_000_000,
    rules,
  });
}

describe('a chain over several rules', () => {
  test('is one incident of its root, with what suffers and the way down to it', async () => {
    const { incidents, findings } = await answer([...CRASHES, LINE, EVICTION]);
    expect(findings.map((f) => [f.kind, f.name, f.cause])).toEqual([['Deployment', 'pay', 'test-evicted']]);
    const [incident] = incidents.filter((i) => i.supersededBy === undefined);
    expect(incident?.touched).toEqual(['Deployment shop/checkout is crash-looping']);
    expect(incident?.chain.map((step) => step.text)).toEqual([
      'pay-1 was evicted',
      'Deployment shop/checkout is refused by Deployment shop/pay',
      'container report died, exit 1',
    ]);
    expect(incident?.count).toBe(3);
  });

  test('is explained rule by rule, whichever of its symptoms a rule is about', async () => {
    const { findings, explainRule } = await answer([...CRASHES, LINE, EVICTION]);
    const explained = (rule: string): ReturnType<typeof explainRule> =>
      explainRule(findings[0]?.incident ?? '', rule);
    expect(await explained('test-crash-by-log')).toMatchObject({ holds: true });
    expect(await explained('test-refused-by-eviction')).toMatchObject({ holds: true });
    expect(await explained('test-refused-by-refused')).toMatchObject({ holds: false });
  });

  test('comes out the same in whatever order its events came', async () => {
    const forward = await answer([...CRASHES, LINE, EVICTION]);
    const backward = await answer([...CRASHES, LINE, EVICTION], true);
    expect(backward.findings.map(({ cause, chain }) => [cause, chain])).toEqual(
      forward.findings.map(({ cause, chain }) => [cause, chain]),
    );
  });

  test('ends where nothing explains further', async () => {
    const { findings } = await answer([...CRASHES, LINE]);
    expect(findings.map((f) => [f.name, f.cause])).toEqual([['pay', 'test-refused']]);
  });

  test('is not made with the eviction of something else', async () => {
    const { findings } = await answer([...CRASHES, LINE, { ...EVICTION, workload: 'Deployment/other' }]);
    expect(findings.map((f) => [f.name, f.cause])).toEqual([['pay', 'test-refused']]);
  });
});

test('live, nobody waits for what a lasting window may yet bring', async () => {
  const list = events([...CRASHES, LINE]);
  const facts = new InMemoryFacts();
  facts.add(list);
  const engine = createEngine({ cluster: 'test', rules, facts, completeFromUs: 0 });
  const nowUs = TEST_EPOCH_US + 180_000_000;
  const completeThrough = { kernel: nowUs, kubelet: nowUs, log: nowUs, kubeapi: nowUs };
  const marks = ['n1', NO_NODE].map((node) => ({ node, completeThrough }));
  const { incidents } = await engine.step({ events: list, completeThrough: marks, nowUs });
  expect(incidents.map((i) => [i.verdict.causeCode, i.verdict.status])).toEqual([
    ['test-refused', 'settled'],
  ]);
});

test('live, all that hangs on a root over several links follows it when the root is found last', async () => {
  const clients = Array.from({ length: 60 }, (_, n) => n);
  const crashes = clients.flatMap((n) => {
    const of = { workload: `Deployment/client-${n}`, pod_uid: `pod-c${n}`, pod_name: `client-${n}-1` };
    return events([{ t: '1m', event: 'container_died', exit_code: 1, restart_count: 0, ...of }], `c${n}-`);
  });
  const calls = clients.flatMap((n) =>
    events(
      [
        {
          ...LINE,
          object: `Deployment/shop/client-${n}`,
          workload: `Deployment/client-${n}`,
          pod_uid: `pod-c${n}`,
          refers: 'Deployment/shop/middle-0',
        },
      ],
      `l${n}-`,
    ),
  );
  const middle = [0, 1, 2].flatMap((n) =>
    events(
      [
        {
          ...LINE,
          object: `Deployment/shop/middle-${n}`,
          workload: `Deployment/middle-${n}`,
          pod_uid: `pod-m${n}`,
          refers: n === 2 ? 'Deployment/shop/pay' : `Deployment/shop/middle-${n + 1}`,
        },
      ],
      `m${n}-`,
    ),
  );
  const facts = new InMemoryFacts();
  const engine = createEngine({ cluster: 'test', rules, facts, completeFromUs: 0 });
  const incidents = new Map<string, Incident>();
  const nowUs = TEST_EPOCH_US + 180_000_000;
  const completeThrough = { kernel: nowUs, kubelet: nowUs, log: nowUs, kubeapi: nowUs };
  for (const list of [[...crashes, ...calls, ...middle], events([EVICTION], 'e-')]) {
    facts.add(list);
    const marks = ['n1', NO_NODE].map((node) => ({ node, completeThrough }));
    const decision = await engine.step({ events: list, completeThrough: marks, nowUs });
    for (const incident of decision.incidents) incidents.set(incident.id, incident);
  }
  const standing = [...incidents.values()].filter((i) => i.supersededBy === undefined && i.state === 'open');
  expect(standing.map((i) => [i.verdict.causeCode, i.count])).toEqual([['test-evicted', 123]]);
});
