import type { Entity, ObservationEvent } from '@tapio/domain';
import { entityKey } from '@tapio/domain';
import { expect, test } from 'vitest';
import { EntityCache, LruMap, isNamed } from './entity-cache.ts';
import { labelOfKey, missingEntities } from './entity-writes.ts';

const pod: Entity = {
  key: entityKey.pod('c', 'uid-1'),
  label: 'Pod',
  cluster: 'c',
  namespace: 'shop',
  name: 'checkout-1',
  uid: 'uid-1',
  firstSeenUs: 5,
};

const event: ObservationEvent = {
  id: 'c/1',
  timestamp: 5,
  source: 'kernel',
  type: 'oom_kill',
  cluster: 'c',
  node: 'n',
  podUid: 'uid-1',
  data: {},
};

test('what was not asked for longest is forgotten', () => {
  const map = new LruMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.get('a');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c'), map.size]).toEqual([1, undefined, 3, 2]);
});

test('a known entity is covered until an event knows more of it', () => {
  const cache = new EntityCache();
  expect(cache.covers(pod)).toBe(false);
  cache.learn(pod.key, { named: false, name: 'uid-1', deleted: false });
  const nameless: Entity = {
    key: pod.key,
    label: 'Pod',
    cluster: 'c',
    name: 'uid-1',
    uid: 'uid-1',
    firstSeenUs: 5,
  };
  expect(cache.covers(nameless)).toBe(true);
  expect(cache.covers(pod)).toBe(false);
  cache.learn(pod.key, { named: true, name: 'checkout-1', namespace: 'shop', deleted: false });
  expect(cache.covers(pod)).toBe(true);
  expect(cache.covers({ ...pod, deletedUs: 9 })).toBe(false);
});

test('names are only filled in where the pod is known by name', () => {
  const cache = new EntityCache();
  cache.learn(pod.key, { named: false, name: 'uid-1', deleted: false });
  expect(cache.named(event)).toBe(event);
  cache.learn(pod.key, { named: true, name: 'checkout-1', namespace: 'shop', deleted: false });
  cache.learnWorkload({ ...event, workload: 'Deployment/checkout' });
  expect(cache.named(event)).toEqual({
    ...event,
    podName: 'checkout-1',
    namespace: 'shop',
    workload: 'Deployment/checkout',
  });
  const other = { ...event, podName: 'its own name' };
  expect(cache.named(other).podName).toBe('its own name');
});

test('entities and bonds of many events are merged into one write each', () => {
  const cache = new EntityCache();
  const named = {
    ...event,
    timestamp: 3,
    podName: 'checkout-1',
    namespace: 'shop',
    workload: 'Deployment/checkout',
  };
  const { entities, bonds } = missingEntities([event, named, event], cache);
  expect(entities.map(({ label }) => label).sort()).toEqual(['Node', 'Pod', 'Workload']);
  expect(entities.find(({ label }) => label === 'Pod')).toMatchObject({ name: 'checkout-1', firstSeenUs: 3 });
  expect(bonds).toHaveLength(2);
  expect(bonds.every(({ sinceUs }) => sinceUs === 3)).toBe(true);
});

test('a name made from an id is none, and only known labels are read from a key', () => {
  expect(isNamed(pod)).toBe(true);
  expect(isNamed({ ...pod, name: 'uid-1' })).toBe(false);
  expect(labelOfKey(pod.key)).toBe('Pod');
  expect(labelOfKey('c/Pod) DETACH DELETE (n/x')).toBeUndefined();
});
