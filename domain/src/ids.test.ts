import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  apiEventId,
  containerRunEventId,
  derivedEventId,
  eventIdParts,
  kernelEventId,
  podEventId,
} from './ids.ts';

test('a kernel event id names cluster, node, capture, ring and number', () => {
  const identity = { cluster: 'prod', node: 'n1', captureEpoch: 'e7', ring: 'crit' };
  expect(kernelEventId({ ...identity, sequence: 42n })).toBe('prod/n1/e7/crit/42');
  expect(kernelEventId({ ...identity, sequence: 42 })).toBe('prod/n1/e7/crit/42');
});

test('the id of a death does not depend on the version of the status it was read from', () => {
  const run = { cluster: 'prod', podUid: 'u1', container: 'app', restartCount: 3 };
  expect(containerRunEventId('container_died', run)).toBe('prod/u1/container_died/app/3');
});

test('runs, types and containers do not share ids', () => {
  const run = { cluster: 'c', podUid: 'u', container: 'a', restartCount: 1 };
  const ids = [
    containerRunEventId('container_died', run),
    containerRunEventId('container_started', run),
    containerRunEventId('container_died', { ...run, restartCount: 2 }),
    containerRunEventId('container_died', { ...run, container: 'b' }),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

test('names that hold separators can be taken apart again', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (cluster, objectUid, discriminator) => {
      const id = apiEventId({
        cluster,
        objectUid,
        resourceVersion: '9',
        type: 't',
        discriminators: [discriminator, 4],
      });
      expect(eventIdParts(id)).toEqual([cluster, objectUid, '9', 't', discriminator, '4']);
    }),
  );
});

test('a derived id begins with its parent', () => {
  expect(derivedEventId('c/n/e/crit/1', 'gap/2')).toBe('c/n/e/crit/1/gap%2F2');
});

test('a fact of a pod has one id whatever version of the pod it is read from', () => {
  expect(podEventId('pod_created', { cluster: 'prod', podUid: 'u1' })).toBe('prod/u1/pod_created');
  expect(podEventId('pod_spec_changed', { cluster: 'prod', podUid: 'u1' }, ['spec.a/b', 7])).toBe(
    'prod/u1/pod_spec_changed/spec.a%2Fb/7',
  );
});
