import { expect, test } from 'vitest';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { supersededCheck } from './superseded.ts';

const pod = (owner?: { kind: string; name: string }) => ({
  kind: 'Pod',
  metadata: {
    name: 'backfill-1',
    namespace: 'shop',
    ...(owner === undefined ? {} : { ownerReferences: [{ ...owner, controller: true }] }),
  },
  spec: {},
  status: { phase: 'Failed' },
});
const job = (type: string) => ({
  kind: 'Job',
  metadata: { name: 'backfill', namespace: 'shop' },
  status: { conditions: [{ type, status: 'True' }] },
});
const ofJob = pod({ kind: 'Job', name: 'backfill' });

test('an attempt that failed is past once its Job is complete, and one of a Deployment once it was replaced', () => {
  expect(seenBy(supersededCheck, snapshotOf([ofJob, job('Complete')]))).toMatchObject([
    { type: 'pod_superseded' },
  ]);
  expect(seenBy(supersededCheck, snapshotOf([pod({ kind: 'ReplicaSet', name: 'web-5d' })]))).toHaveLength(1);
});

test('an attempt of a Job that goes on or failed, and a pod of its own, are not', () => {
  expect(seenBy(supersededCheck, snapshotOf([ofJob, job('Failed')]))).toEqual([]);
  expect(seenBy(supersededCheck, snapshotOf([ofJob]))).toEqual([]);
  expect(seenBy(supersededCheck, snapshotOf([pod()]))).toEqual([]);
});
