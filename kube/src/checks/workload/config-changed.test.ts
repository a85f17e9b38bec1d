import { expect, test } from 'vitest';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago, waiting, webPod } from '../../testing/web-pod.ts';
import { configChangedCheck } from './config-changed.ts';

const config = (changedAt: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'web-config',
    namespace: 'shop',
    creationTimestamp: ago(86_400),
    managedFields: [
      {
        manager: 'kubectl-edit',
        operation: 'Update',
        time: changedAt,
        fieldsV1: { 'f:data': { 'f:mode': {} } },
      },
    ],
  },
  data: { mode: 'loud' },
});
const container = { envFrom: [{ configMapRef: { name: 'web-config' } }] };
const crashing = { ...waiting('CrashLoopBackOff'), restartCount: 3 };

test('a ConfigMap that was changed is told to a workload that uses it and is not well', () => {
  const pod = webPod({ container, status: crashing });
  expect(seenBy(configChangedCheck, snapshotOf([pod, config(ago(600))]))).toEqual([
    {
      type: 'config_changed',
      object: 'ConfigMap/shop/web-config',
      refers: 'Deployment/shop/web',
      keys: 'mode',
      manager: 'kubectl-edit',
    },
  ]);
});

test('one that is as it was made, one that nobody uses, and a workload that is well are no news', () => {
  const made = config(ago(86_400));
  expect(seenBy(configChangedCheck, snapshotOf([webPod({ container, status: crashing }), made]))).toEqual([]);
  expect(seenBy(configChangedCheck, snapshotOf([webPod({ status: crashing }), config(ago(600))]))).toEqual(
    [],
  );
  expect(seenBy(configChangedCheck, snapshotOf([webPod({ container }), config(ago(600))]))).toEqual([]);
});
