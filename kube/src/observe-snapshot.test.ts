import { checkEvent } from '@tapio/domain';
import { expect, test } from 'vitest';
import type { JsonObject } from './json.ts';
import { observeSnapshot } from './observe-snapshot.ts';
import { snapshotOf } from './testing/snapshots.ts';

const DEPLOYMENT: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'd1',
    managedFields: [
      {
        manager: 'helm',
        operation: 'Update',
        time: '2026-01-02T19:00:00Z',
        fieldsV1: {
          'f:spec': {
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"app"}': {
                    'f:image': {},
                    'f:env': { 'k:{"name":"DB_HOST"}': { 'f:value': {} } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
};

function replicaSet(over: {
  readonly hash: string;
  readonly revision: string;
  readonly created: string;
  readonly image: string;
  readonly host: string;
  readonly labels?: JsonObject;
}): JsonObject {
  const { hash, revision, created, image, host, labels = { app: 'web' } } = over;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `web-${hash}`,
      namespace: 'shop',
      uid: `rs-${hash}`,
      creationTimestamp: created,
      labels: { ...labels, 'pod-template-hash': hash },
      annotations: { 'deployment.kubernetes.io/revision': revision },
      ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
    },
    spec: {
      template: {
        metadata: { labels: { ...labels, 'pod-template-hash': hash } },
        spec: { containers: [{ name: 'app', image, env: [{ name: 'DB_HOST', value: host }] }] },
      },
    },
  };
}

const OLD = {
  hash: '5d9c7b8f64',
  revision: '1',
  created: '2026-01-01T08:00:00Z',
  image: 'web:1',
  host: 'db',
};
const NEW = {
  hash: '7f8c6b5d9',
  revision: '2',
  created: '2026-01-02T19:00:05Z',
  image: 'web:2',
  host: 'db.hidden',
};

function changesOf(...objects: readonly JsonObject[]): readonly {
  readonly at: string;
  readonly words: string | undefined;
  readonly manager: string | undefined;
}[] {
  return observeSnapshot(snapshotOf(objects))
    .filter(({ type }) => type === 'workload_spec_changed')
    .map(({ timestamp, data }) => ({
      at: new Date(timestamp / 1000).toISOString(),
      words: data['words'],
      manager: data['manager'],
    }));
}

test('the newest ReplicaSet is compared with the one before: when, what and through which manager', () => {
  const changes = changesOf(
    DEPLOYMENT,
    replicaSet(NEW),
    replicaSet(OLD),
    replicaSet({ ...OLD, hash: 'x', revision: '0', image: 'web:0' }),
  );
  expect(changes).toEqual([
    { at: '2026-01-02T19:00:05.000Z', words: 'env DB_HOST changed', manager: 'helm' },
    { at: '2026-01-02T19:00:05.000Z', words: 'image web:1 -> web:2', manager: 'helm' },
  ]);
});

test('a change of labels is one too; the same template again, or a single revision, is none', () => {
  expect(
    changesOf(replicaSet(OLD), replicaSet({ ...OLD, hash: 'y', revision: '2', labels: { app: 'api' } })).map(
      ({ words }) => words,
    ),
  ).toEqual(['metadata.labels[app] web -> api']);
  expect(changesOf(replicaSet(OLD), replicaSet({ ...OLD, hash: 'y', revision: '2' }))).toEqual([]);
  expect(changesOf(replicaSet(OLD))).toEqual([]);
});

test('a roll-back takes an old ReplicaSet up again: the change is when its revision was raised', () => {
  const again = replicaSet({ ...OLD, revision: '3' });
  const metadata = {
    ...(again['metadata'] as JsonObject),
    managedFields: [{ manager: 'kube-controller-manager', time: '2026-01-02T19:30:00Z', fieldsV1: {} }],
  };
  expect(changesOf(replicaSet(NEW), { ...again, metadata })).toContainEqual({
    at: '2026-01-02T19:30:00.000Z',
    words: 'image web:2 -> web:1',
    manager: undefined,
  });
});

test('ControllerRevisions are compared by their number', () => {
  const revision = (number: number, image: string): JsonObject => ({
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `db-${number}`,
      namespace: 'shop',
      creationTimestamp: `2026-01-02T1${number}:00:00Z`,
      ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }],
    },
    revision: number,
    data: { spec: { template: { $patch: 'replace', spec: { containers: [{ name: 'db', image }] } } } },
  });
  expect(changesOf(revision(2, 'db:2'), revision(1, 'db:1'))).toEqual([
    { at: '2026-01-02T12:00:00.000Z', words: 'image db:1 -> db:2', manager: undefined },
  ]);
});

const POD: JsonObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-5d9c7b8f64-abcde',
    namespace: 'shop',
    uid: 'p1',
    labels: { 'pod-template-hash': '5d9c7b8f64' },
    creationTimestamp: '2026-01-02T18:00:00Z',
    ownerReferences: [{ kind: 'ReplicaSet', name: 'web-5d9c7b8f64', controller: true }],
  },
  spec: { nodeName: 'n1', containers: [{ name: 'app' }] },
  status: {
    containerStatuses: [
      {
        name: 'app',
        restartCount: 1,
        state: { running: { startedAt: '2026-01-02T19:00:00Z' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: '2026-01-02T18:59:00Z' } },
      },
    ],
  },
};

function kubeEvent(over: JsonObject): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'shop', uid: 'e1', resourceVersion: '7' },
    involvedObject: {
      kind: 'Pod',
      namespace: 'shop',
      name: 'web-5d9c7b8f64-abcde',
      uid: 'p1',
      fieldPath: 'spec.containers{app}',
    },
    reason: 'BackOff',
    message: 'token=hunter2hunter2 back-off',
    type: 'Warning',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2026-01-02T19:00:00Z',
    lastTimestamp: '2026-01-02T19:05:00Z',
    count: 3,
    ...over,
  };
}

function seen(
  event: JsonObject,
  ...others: readonly JsonObject[]
): ReturnType<typeof observeSnapshot>[number] | undefined {
  return observeSnapshot(snapshotOf([event, ...others])).find(({ type }) => type === 'kube_event');
}

test('an Event is about what a user owns, at its last occurrence, scrubbed', () => {
  const event = seen(kubeEvent({}), POD, replicaSet(OLD), DEPLOYMENT);
  expect(event).toMatchObject({
    timestamp: Date.parse('2026-01-02T19:05:00Z') * 1000,
    node: 'n1',
    podUid: 'p1',
    workload: 'Deployment/web',
    data: {
      object: 'Deployment/shop/web',
      involved: 'Pod/shop/web-5d9c7b8f64-abcde',
      container: 'app',
      count: '3',
      event_type: 'Warning',
      component: 'kubelet',
    },
  });
  expect(event?.data['message']).not.toContain('hunter2');
});

test('events.k8s.io has other names for the same', () => {
  const event = seen({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'shop', uid: 'e1' },
    regarding: { kind: 'Node', name: 'n1' },
    reason: 'NodeNotReady',
    note: 'Node n1 status is now: NodeNotReady',
    type: 'Normal',
    reportingController: 'node-controller',
    eventTime: '2026-01-02T19:00:00.123456Z',
    series: { count: 4, lastObservedTime: '2026-01-02T19:10:00.000001Z' },
  });
  expect(event).toMatchObject({
    timestamp: Date.parse('2026-01-02T19:10:00Z') * 1000 + 1,
    node: 'n1',
    data: {
      object: 'Node//n1',
      count: '4',
      component: 'node-controller',
      message: 'Node n1 status is now: NodeNotReady',
      resolution_us: '1',
    },
  });
});

test('an Event about a pod that is gone is about its workload, by its name; about an earlier pod of its name, about that', () => {
  const gone = kubeEvent({
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-5d9c7b8f64-zzzzz', uid: 'p0' },
  });
  expect(seen(gone, replicaSet(OLD), DEPLOYMENT)).toMatchObject({
    podUid: 'p0',
    data: { object: 'Deployment/shop/web' },
  });
  expect(seen(gone)?.data['object']).toBe('Pod/shop/web-5d9c7b8f64-zzzzz');
  const earlier = kubeEvent({
    involvedObject: { kind: 'Pod', namespace: 'shop', name: 'web-5d9c7b8f64-abcde', uid: 'before' },
  });
  expect(seen(earlier, POD)?.podUid).toBe('before');
});

test('all that is observed is fit for the graph, and the same when it is observed again', () => {
  const objects = [DEPLOYMENT, replicaSet(NEW), replicaSet(OLD), POD, kubeEvent({})];
  const events = observeSnapshot(snapshotOf(objects));
  expect(events.map((event) => checkEvent(event)).filter(({ ok }) => !ok)).toEqual([]);
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining([
      'pod_created',
      'container_started',
      'container_died',
      'workload_spec_changed',
      'kube_event',
    ]),
  );
  expect(observeSnapshot(snapshotOf(objects.toReversed()))).toEqual(events);
});
