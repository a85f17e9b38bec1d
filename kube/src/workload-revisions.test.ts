import type { ObservationEvent } from '@tapio/domain';
import { expect, test } from 'vitest';
import { parsePodList } from './parse-pod-list.ts';
import { PodTracker } from './pod-tracker.ts';
import { CREATED_US, at, checkoutPod, podList } from './testing/pods.ts';
import type { Json, PodOptions } from './testing/pods.ts';

interface Revision extends PodOptions {
  readonly uid: string;
  readonly hash: string;
  readonly created: number;
  readonly deleted?: number;
}

function podOf({ uid, hash, created, deleted, ...options }: Revision): Json {
  return checkoutPod({
    ...options,
    metadata: {
      uid,
      name: `checkout-${hash}-${uid}`,
      creationTimestamp: at(created),
      labels: { 'pod-template-hash': hash },
      ownerReferences: [{ kind: 'ReplicaSet', name: `checkout-${hash}`, controller: true }],
      ...(deleted === undefined
        ? {}
        : { deletionTimestamp: at(deleted + 30), deletionGracePeriodSeconds: 30 }),
    },
  });
}

const tracker = (): PodTracker => new PodTracker({ cluster: 'test', node: 'n1' });

function changes(on: PodTracker, seconds: number, ...pods: readonly Json[]): ObservationEvent[] {
  const parsed = parsePodList(podList(...pods));
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return on
    .observe(parsed.value.pods, CREATED_US + seconds * 1_000_000)
    .filter((event) => event.type === 'workload_spec_changed');
}

const old = podOf({ uid: 'a', hash: 'old', created: 0 });
const bad = podOf({ uid: 'b', hash: 'new', created: 100, memoryLimit: '32Mi' });

test('a pod of a new revision tells what its template changed, and no controller is blamed', () => {
  const on = tracker();
  expect(changes(on, 10, old)).toEqual([]);
  const [event, ...rest] = changes(on, 101, old, bad);
  expect(rest).toEqual([]);
  expect(event).toMatchObject({
    timestamp: CREATED_US + 100_000_000,
    workload: 'Deployment/checkout',
    data: {
      words: 'limits.memory 256Mi -> 32Mi',
      old_revision: 'old',
      new_revision: 'new',
      container: 'report',
    },
  });
  expect(event?.data).not.toHaveProperty('manager');
});

test('old and new revision seen at once tell the same, in whatever order they are listed', () => {
  expect(changes(tracker(), 101, bad, old)).toEqual(changes(tracker(), 101, old, bad));
  expect(changes(tracker(), 101, bad, old)).toHaveLength(1);
});

test('what differs between the pods of one template is no change', () => {
  const on = tracker();
  changes(on, 10, old);
  const noisy = podOf({
    uid: 'b',
    hash: 'new',
    created: 100,
    spec: {
      nodeName: 'n2',
      hostname: 'checkout-x',
      terminationGracePeriodSeconds: undefined,
      dnsPolicy: undefined,
      volumes: [
        { name: 'kube-api-access-zzzzz', projected: {} },
        { name: 'config', configMap: { name: 'checkout-config', defaultMode: 420 } },
      ],
    },
  });
  expect(changes(on, 101, old, noisy)).toEqual([]);
});

test('a second pod of a known revision changes nothing', () => {
  const on = tracker();
  changes(on, 101, old, bad);
  expect(
    changes(on, 110, old, bad, podOf({ uid: 'c', hash: 'new', created: 109, memoryLimit: '32Mi' })),
  ).toEqual([]);
});

test('a pod of the old revision made again in the middle of a roll-out is no roll-back', () => {
  const on = tracker();
  changes(on, 101, old, bad);
  const again = podOf({ uid: 'd', hash: 'old', created: 120 });
  expect(changes(on, 121, again, bad)).toEqual([]);
  const leaving = podOf({ uid: 'b', hash: 'new', created: 100, memoryLimit: '32Mi', deleted: 125 });
  expect(changes(on, 126, again, leaving).map((event) => event.data['words'])).toEqual([
    'limits.memory 32Mi -> 256Mi',
  ]);
});

test('an older pod that is listed late is no change', () => {
  const on = tracker();
  changes(on, 101, bad);
  expect(changes(on, 102, bad, old)).toEqual([]);
});

test('the claims of a StatefulSet’s pods differ by their ordinal and are no change', () => {
  const member = (ordinal: number, hash: string): Json =>
    checkoutPod({
      metadata: {
        uid: `db-${ordinal}`,
        name: `db-${ordinal}`,
        creationTimestamp: at(ordinal * 10),
        labels: { 'controller-revision-hash': hash },
        ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }],
      },
      spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: `data-db-${ordinal}` } }] },
    });
  expect(changes(tracker(), 50, member(0, 'db-1'), member(1, 'db-2'))).toEqual([]);
});
