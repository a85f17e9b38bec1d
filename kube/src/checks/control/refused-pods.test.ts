import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { object, report } from '../../testing/cluster.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { webPod } from '../../testing/web-pod.ts';
import { limitRangesCheck } from './limit-ranges.ts';
import { quotasCheck } from './quotas.ts';
import { parseRefusal } from './refusal-message.ts';
import { refusedPodsCheck } from './refused-pods.ts';

describe('words of admission', () => {
  test.each([
    [
      'pods "web-1" is forbidden: exceeded quota: compute, requested: requests.cpu=500m, used: requests.cpu=900m, limited: requests.cpu=1',
      {
        problem: 'quota',
        resource: 'cpu',
        subject: 'compute',
        requested: '500m',
        used: '900m',
        limited: '1',
      },
    ],
    [
      'pods "web-1" is forbidden: exceeded quota: count, requested: pods=1, used: pods=4, limited: pods=4',
      { problem: 'quota', resource: 'pods' },
    ],
    [
      'create Claim data-db-0 in StatefulSet db failed error: persistentvolumeclaims "data-db-0" is forbidden: exceeded quota: disk, requested: requests.storage=10Gi, used: requests.storage=0, limited: requests.storage=5Gi',
      { problem: 'quota', resource: 'storage', requested: '10Gi' },
    ],
    [
      'pods "web-1" is forbidden: failed quota: compute: must specify limits.cpu for: app; limits.memory for: app',
      { problem: 'quota_requires', subject: 'compute' },
    ],
    [
      'pods "web-1" is forbidden: maximum cpu usage per Container is 500m, but limit is 2',
      { problem: 'limit_range', subject: 'maximum cpu usage per Container is 500m' },
    ],
    [
      'pods "web-1" is forbidden: error looking up service account shop/robot: serviceaccount "robot" not found',
      { problem: 'service_account', subject: 'robot' },
    ],
    [
      'pods "web-1" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
      { problem: 'pod_security', subject: 'restricted:latest' },
    ],
    [
      'admission webhook "validate.kyverno.svc" denied the request: resource Pod/shop/web was blocked',
      { problem: 'webhook_denied', subject: 'validate.kyverno.svc' },
    ],
    [
      'Internal error occurred: failed calling webhook "inject.example.com": failed to call webhook: Post "https://inject.example.svc:443/mutate?timeout=10s": dial tcp 10.96.1.2:443: connect: connection refused',
      { problem: 'webhook_unavailable', subject: 'inject.example.com' },
    ],
    [
      "pods \"web-1\" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'no-latest' denied request: images need a tag",
      { problem: 'policy_denied', subject: 'no-latest' },
    ],
    [
      'pods "web-1" is forbidden: no PriorityClass with name gold was found',
      { problem: 'priority_class', subject: 'gold' },
    ],
    [
      'pods "web-1" is forbidden: pod rejected: RuntimeClass "gvisor" not found',
      { problem: 'runtime_class', subject: 'gvisor' },
    ],
    [
      'pods "web-1" is forbidden: unable to create new content in namespace shop because it is being terminated',
      { problem: 'terminating' },
    ],
    [
      'Pod "web-1" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "data"',
      { problem: 'invalid', subject: 'spec.containers[0].volumeMounts[0].name' },
    ],
  ])('%s', (message, expected) => {
    expect(parseRefusal(message)).toMatchObject(expected);
  });
});

const set = object({
  kind: 'ReplicaSet',
  name: 'web-5d9c7b8f64',
  metadata: {
    labels: { app: 'web', 'pod-template-hash': '5d9c7b8f64' },
    ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
  },
  spec: { replicas: 1 },
});
const REFUSED = report(
  'ReplicaSet/shop/web-5d9c7b8f64',
  'FailedCreate',
  'Error creating: pods "web-5d9c7b8f64-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=4, limited: pods=4',
);

describe('pods that are not made', () => {
  const seen = (...manifests: readonly JsonObject[]): readonly Readonly<Record<string, string>>[] =>
    seenBy(refusedPodsCheck, snapshotOf(manifests, ['Pod', 'ServiceAccount']));

  test('the quota is what it refers to, the Deployment what it is about', () => {
    expect(seen(set, REFUSED)[0]).toMatchObject({
      object: 'Deployment/shop/web',
      refers: 'ResourceQuota/shop/compute',
      problem: 'quota',
      resource: 'pods',
      missing_pods: '1',
    });
  });

  test('a refusal that was over, as the pod is there by now, is nothing', () => {
    expect(seen(set, webPod(), REFUSED)).toEqual([]);
  });

  test('what makes them is named where only its Event was read', () => {
    const said = report(
      'StatefulSet/shop/db',
      'FailedCreate',
      'create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: error looking up service account shop/db: serviceaccount "db" not found',
    );
    expect(seen(said)[0]).toMatchObject({
      object: 'StatefulSet/shop/db',
      problem: 'service_account',
      refers: 'ServiceAccount/shop/db',
    });
  });

  test('an account that is not in the list, with the one that is meant', () => {
    const deployment = object({
      kind: 'Deployment',
      name: 'web',
      spec: {
        replicas: 1,
        template: {
          metadata: { labels: { app: 'web' } },
          spec: { serviceAccountName: 'web-robt', containers: [{ name: 'app' }] },
        },
      },
    });
    const account = object({ kind: 'ServiceAccount', name: 'web-robot' });
    expect(seen(deployment, set, account)[0]).toMatchObject({
      problem: 'service_account',
      nearest: 'web-robot',
    });
    expect(seen(deployment, set, object({ kind: 'ServiceAccount', name: 'web-robt' }))).toEqual([]);
  });
});

describe('classes', () => {
  const gold = object({
    kind: 'Deployment',
    name: 'web',
    spec: {
      replicas: 1,
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { priorityClassName: 'gold', containers: [{ name: 'app' }] },
      },
    },
  });

  test('a priority class that is not in the list, while pods are missing', () => {
    const silver = object({ kind: 'PriorityClass', name: 'silver', namespace: '' });
    expect(seenBy(refusedPodsCheck, snapshotOf([gold, silver]))[0]).toMatchObject({
      problem: 'priority_class',
      refers: 'PriorityClass//gold',
    });
    expect(seenBy(refusedPodsCheck, snapshotOf([gold], ['Pod']))).toEqual([]);
  });
});

describe('quotas without a word', () => {
  const deployment = object({
    kind: 'Deployment',
    name: 'web',
    spec: {
      replicas: 1,
      template: { spec: { containers: [{ name: 'app', resources: { requests: { cpu: '500m' } } }] } },
    },
  });
  const quota = (used: string): JsonObject =>
    object({
      kind: 'ResourceQuota',
      name: 'compute',
      status: { hard: { 'requests.cpu': '1' }, used: { 'requests.cpu': used } },
    });

  test('no room for one more pod', () => {
    expect(seenBy(quotasCheck, snapshotOf([deployment, set, quota('900m')]))[0]).toMatchObject({
      problem: 'quota',
      resource: 'cpu',
      proven: 'objects',
    });
  });

  test('room enough is no refusal', () => {
    expect(seenBy(quotasCheck, snapshotOf([deployment, set, quota('100m')]))).toEqual([]);
  });
});

describe('limit ranges without a word', () => {
  const limited = (cpu: string): JsonObject =>
    object({
      kind: 'Deployment',
      name: 'web',
      spec: {
        replicas: 1,
        template: { spec: { containers: [{ name: 'app', resources: { limits: { cpu } } }] } },
      },
    });
  const range = object({
    kind: 'LimitRange',
    name: 'small',
    spec: { limits: [{ type: 'Container', max: { cpu: '500m' } }] },
  });

  test('a limit over the maximum, and one below it', () => {
    expect(seenBy(limitRangesCheck, snapshotOf([limited('2'), range]))[0]).toMatchObject({
      problem: 'limit_range',
      refers: 'LimitRange/shop/small',
      subject: 'maximum cpu usage per Container is 500m, but limit is 2',
    });
    expect(seenBy(limitRangesCheck, snapshotOf([limited('0.5'), range]))).toEqual([]);
  });
});
