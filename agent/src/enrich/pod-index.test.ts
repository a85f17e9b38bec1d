import { describe, expect, test } from 'vitest';
import type { IndexedPod } from './pod-index.ts';
import { PodIndex } from './pod-index.ts';

function pod(podUid: string, containerIds: readonly string[], over: Partial<IndexedPod> = {}): IndexedPod {
  return {
    podUid,
    podName: `name-${podUid}`,
    namespace: 'shop',
    containers: new Map(containerIds.map((id) => [id, {}])),
    ...over,
  };
}

describe('pods of the node', () => {
  test('are found by uid and by container id', () => {
    const index = new PodIndex();
    index.replace([pod('u1', ['c1'], { workload: 'Deployment/a' }), pod('u2', ['c2'])]);
    expect(index.find('u1', undefined)).toEqual({
      podUid: 'u1',
      podName: 'name-u1',
      namespace: 'shop',
      workload: 'Deployment/a',
    });
    expect(index.find(undefined, 'c2')?.podUid).toBe('u2');
    expect(index.find('u3', 'c3')).toBeUndefined();
  });
  test('that are gone are found for a while, then no longer', () => {
    let now = 0;
    const index = new PodIndex({ tombstoneMs: 1000, nowMs: () => now });
    index.replace([pod('u1', ['c1'])]);
    index.replace([]);
    now = 1000;
    index.replace([]);
    expect(index.find('u1', undefined)).toBeDefined();
    now = 1001;
    index.replace([]);
    expect([index.find('u1', undefined), index.find(undefined, 'c1'), index.size]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });
  test('earlier runs of a container stay known', () => {
    const index = new PodIndex();
    for (let run = 0; run < 5; run += 1) index.replace([pod('u1', [`c${run}`])]);
    expect(index.find(undefined, 'c0')?.podUid).toBe('u1');
    for (let run = 5; run < 60; run += 1) index.replace([pod('u1', [`c${run}`])]);
    expect(index.find(undefined, 'c0')).toBeUndefined();
    expect(index.find(undefined, 'c59')?.podUid).toBe('u1');
  });
  test('the revision changes only when an answer may have changed', () => {
    const index = new PodIndex();
    index.replace([pod('u1', ['c1'])]);
    const { revision } = index;
    index.replace([pod('u1', ['c1'])]);
    expect(index.revision).toBe(revision);
    index.replace([pod('u1', ['c2'])]);
    expect(index.revision).toBeGreaterThan(revision);
  });
  test('those that are gone make room first, and a pod that comes back is no longer gone', () => {
    const index = new PodIndex({ capacity: 2 });
    index.replace([pod('u1', []), pod('u2', [])]);
    index.replace([pod('u2', []), pod('u3', [])]);
    expect([index.find('u1', undefined), index.size]).toEqual([undefined, 2]);
    index.replace([]);
    index.replace([pod('u2', [])]);
    expect(index.find('u2', undefined)).toBeDefined();
  });
});
