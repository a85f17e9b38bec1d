import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { object, report } from '../../testing/cluster.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { extensionsCheck } from './extensions.ts';
import { refusedPodsCheck } from './refused-pods.ts';

const service = (name: string, namespace = 'kube-system'): JsonObject =>
  object({ kind: 'Service', name, namespace, spec: {} });

const api = (status: string): JsonObject => ({
  ...object({
    kind: 'APIService',
    name: 'v1beta1.metrics.k8s.io',
    namespace: '',
    spec: { group: 'metrics.k8s.io', service: { namespace: 'kube-system', name: 'metrics-server' } },
    status: {
      conditions: [{ type: 'Available', status, reason: 'MissingEndpoints', message: 'no endpoints' }],
    },
  }),
});

const scaler = (message: string): JsonObject =>
  object({
    kind: 'HorizontalPodAutoscaler',
    name: 'web',
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' } },
    status: {
      conditions: [{ type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message }],
    },
  });

const UNABLE =
  'unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)';

describe('APIs that a Service serves', () => {
  test('one that is not available leads to its Service', () => {
    expect(seenBy(extensionsCheck, snapshotOf([api('False'), service('metrics-server')]))).toEqual([
      {
        type: 'extension_unavailable',
        object: 'APIService//v1beta1.metrics.k8s.io',
        refers: 'Service/kube-system/metrics-server',
        kind: 'api',
        group: 'metrics.k8s.io',
        service_exists: 'true',
        reason: 'MissingEndpoints',
        message: 'no endpoints',
      },
    ]);
  });

  test('one that is available is silent', () => {
    expect(seenBy(extensionsCheck, snapshotOf([api('True'), service('metrics-server')]))).toEqual([]);
  });

  test('where APIServices were not read, an autoscaler tells, and the Service is known by its name', () => {
    const snapshot = snapshotOf([scaler(UNABLE), service('metrics-server'), service('web', 'shop')]);
    expect(seenBy(extensionsCheck, snapshot)).toMatchObject([
      { object: 'APIService//v1beta1.metrics.k8s.io', refers: 'Service/kube-system/metrics-server' },
    ]);
  });

  test('an autoscaler whose pods request nothing blames no API', () => {
    const snapshot = snapshotOf([
      scaler('failed to get cpu utilization: missing request for cpu in container app of Pod web-1'),
      service('metrics-server'),
    ]);
    expect(seenBy(extensionsCheck, snapshot)).toEqual([]);
  });
});

test('a webhook whose call fails leads to the Service that the message names', () => {
  const snapshot = snapshotOf([
    object({ kind: 'ReplicaSet', name: 'web-1', spec: { replicas: 1 } }),
    service('policy', 'kyverno'),
    report(
      'ReplicaSet/shop/web-1',
      'FailedCreate',
      'Error creating: Internal error occurred: failed calling webhook "validate.kyverno.svc": failed to call webhook: Post "https://policy.kyverno.svc:443/validate?timeout=10s": no endpoints available for service "policy"',
    ),
  ]);
  expect(seenBy(refusedPodsCheck, snapshot)).toContainEqual(
    expect.objectContaining({
      type: 'extension_unavailable',
      object: 'ValidatingWebhookConfiguration//validate.kyverno.svc',
      refers: 'Service/kyverno/policy',
      kind: 'webhook',
    }),
  );
});

test('pods of a new revision are refused while those of the old one go on', () => {
  const snapshot = snapshotOf(
    [
      object({
        kind: 'Deployment',
        name: 'web',
        spec: { replicas: 1 },
        status: { replicas: 1, updatedReplicas: 0 },
      }),
      report(
        'ReplicaSet/shop/web-7c9d',
        'FailedCreate',
        'Error creating: pods "web-7c9d-x" is forbidden: cpu max limit to request ratio per Container is 4, but provided ratio is 10.000000',
      ),
    ],
    ['Deployment'],
  );
  expect(seenBy(refusedPodsCheck, snapshot)[0]).toMatchObject({ problem: 'limit_range' });
});
