import { entityKey } from '@tapio/domain';
import { expect, test } from 'vitest';
import { at, events, oomDeath } from '../../test/support/story.ts';
import { InMemoryFacts } from './memory-facts.ts';

const facts = new InMemoryFacts();
const list = events([
  ...oomDeath(0, 0),
  ...oomDeath(10, 1),
  { t: '20s', event: 'pod_deleted', stage: 'gone' },
]);
facts.add(list);
facts.add(list);

const whole = { cluster: 'test', fromUs: at(-100), toUs: at(100), limit: 100 } as const;

test('events come newest first, each once, within the window and the limit', async () => {
  const join = { on: 'pod', podUid: 'pod-1' } as const;
  const query = { ...whole, types: ['container_died', 'oom_kill'], join };
  const times = (await facts.events(query)).map((e) => e.timestamp);
  expect(times).toEqual([...times].sort((a, b) => b - a));
  expect(times).toHaveLength(4);
  expect(await facts.events({ ...query, limit: 1 })).toHaveLength(1);
  expect(await facts.events({ ...query, toUs: at(5) })).toHaveLength(2);
  expect(await facts.events({ ...query, cluster: 'else' })).toEqual([]);
});

test.each([
  [{ on: 'container', containerId: 'pod-1-report-1' } as const, 1],
  [{ on: 'workload', namespace: 'shop', workload: 'Deployment/checkout' } as const, 2],
  [{ on: 'node', node: 'n1' } as const, 2],
  [{ on: 'node', node: 'n2' } as const, 0],
])('joined on %o', async (join, count) => {
  expect(await facts.events({ ...whole, types: ['oom_kill'], join })).toHaveLength(count);
});

test('entities and bonds are what events say', async () => {
  const pod = entityKey.pod('test', 'pod-1');
  expect(await facts.entity(pod)).toMatchObject({ label: 'Pod', firstSeenUs: at(0), deletedUs: at(20) });
  expect(await facts.entity('nothing')).toBeUndefined();
  const bonds = { key: pod, type: 'OWNS', fromUs: at(0), toUs: at(100) } as const;
  expect((await facts.bonds({ ...bonds, direction: 'from' })).length).toBe(2);
  expect((await facts.bonds({ ...bonds, direction: 'to' })).length).toBe(2);
  expect(await facts.bonds({ ...bonds, direction: 'to', toUs: at(-1) })).toEqual([]);
});
