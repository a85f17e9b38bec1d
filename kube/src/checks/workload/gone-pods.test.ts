import { expect, test } from 'vitest';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago, podEvent } from '../../testing/web-pod.ts';
import { configMissingCheck } from './config-missing.ts';
import { imagePullCheck } from './image-pull.ts';

const job = (condition: Record<string, unknown>) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'fill', namespace: 'shop', uid: 'job-1', creationTimestamp: ago(3_600) },
  spec: {
    template: {
      spec: {
        containers: [
          {
            name: 'app',
            image: 'shop/fill:9',
            env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'fill-token', key: 'token' } } }],
          },
        ],
      },
    },
  },
  status: { conditions: [condition] },
});
const FAILED = { type: 'Failed', status: 'True', reason: 'DeadlineExceeded' };
const about = (name: string, message: string) => {
  const event = podEvent('Failed', message);
  return { ...event, involvedObject: { ...(event['involvedObject'] as object), name } };
};
const PULL = 'Failed to pull image "shop/fill:9": rpc error: code = NotFound desc = shop/fill:9: not found';

test('a pull that kept a Job past its deadline is told though its pod was deleted', () => {
  const objects = [job(FAILED), about('fill-x7k2p', PULL), about('fill-x7k2p', 'Error: ImagePullBackOff')];
  expect(seenBy(imagePullCheck, snapshotOf(objects))).toMatchObject([
    { object: 'Job/shop/fill', image: 'shop/fill:9', problem: 'not_found' },
  ]);
});

test('so is a Secret that was not there', () => {
  const objects = [job(FAILED), about('fill-x7k2p', 'Error: secret "fill-token" not found')];
  expect(seenBy(configMissingCheck, snapshotOf(objects))).toMatchObject([
    { object: 'Job/shop/fill', refers: 'Secret/shop/fill-token' },
  ]);
});

test.each([
  ['of a Job that completed', [job({ type: 'Complete', status: 'True' }), about('fill-x7k2p', PULL)]],
  ['of the pod of another Job', [job(FAILED), about('refill-x7k2p', PULL)]],
  ['of what had other reasons', [job(FAILED), about('fill-x7k2p', 'Error: context deadline exceeded')]],
])('says nothing %s', (_, objects) => {
  expect(seenBy(imagePullCheck, snapshotOf(objects))).toEqual([]);
});
