import { expect, test } from 'vitest';
import { eventProperties } from './graph.ts';
import { observedEntities } from './observed.ts';
import { containerDied, hostOomKill, oomKill } from './testing/events.ts';

test('an event’s properties have the names of the original’s flagship query', () => {
  expect(eventProperties(containerDied())).toMatchObject({
    type: 'container_died',
    pod_name: 'checkout-7d9c6b5f4-x2lqv',
    pod_uid: 'pod-1',
    namespace: 'shop',
    ts: 1_700_000_041_000_000,
    severity: 'error',
  });
});

test('promoted keys are typed; the rest stays in data', () => {
  const properties = eventProperties(oomKill());
  expect(properties).toMatchObject({ limit_bytes: 33_554_432, container_init: true, comm: 'java' });
  expect(properties).not.toHaveProperty('boot_id');
  expect(JSON.parse(String(properties['data']))).toEqual(oomKill().data);
});

test('a promoted integer that no double can hold exactly stays in data only', () => {
  const event = oomKill({ data: { ...oomKill().data, limit_bytes: '9223372036854771712' } });
  expect(eventProperties(event)).not.toHaveProperty('limit_bytes');
});

test('absent fields are no properties', () => {
  expect(eventProperties(hostOomKill())).not.toHaveProperty('pod_name');
});

test('an event proves node, workload, pod and container, and who owns whom', () => {
  const { entities, bonds } = observedEntities(containerDied());
  expect(entities.map((e) => [e.label, e.name])).toEqual([
    ['Node', 'n1'],
    ['Pod', 'checkout-7d9c6b5f4-x2lqv'],
    ['Workload', 'Deployment/checkout'],
    ['Container', 'report'],
  ]);
  expect(bonds.map((b) => `${b.fromKey} ${b.type} ${b.toKey}`)).toEqual([
    'test/Node/n1 OWNS test/Pod/pod-1',
    'test/Workload/shop/Deployment%2Fcheckout OWNS test/Pod/pod-1',
    `test/Pod/pod-1 OWNS test/Container/${'c'.repeat(64)}`,
  ]);
});

test('a process outside any container is only about its node', () => {
  const { entities, bonds } = observedEntities(hostOomKill());
  expect(entities.map((e) => e.label)).toEqual(['Node']);
  expect(bonds).toEqual([]);
});

test('a pod that is gone carries the time it went; one that is only to be deleted does not', () => {
  const deleted = (stage: string): number | undefined =>
    observedEntities(containerDied({ type: 'pod_deleted', data: { stage } })).entities.find(
      (e) => e.label === 'Pod',
    )?.deletedUs;
  expect(deleted('gone')).toBe(1_700_000_041_000_000);
  expect(deleted('requested')).toBeUndefined();
});
