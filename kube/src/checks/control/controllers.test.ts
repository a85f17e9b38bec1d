import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { node, object, runningPod } from '../../testing/cluster.ts';
import { TAKEN_US, seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago, webPod } from '../../testing/web-pod.ts';
import type { Check } from '../check.ts';
import { lastFiringsUs } from './cron-schedule.ts';
import { deletionsCheck, mutationsCheck, tokensCheck } from './deletions.ts';
import { cronJobsCheck, jobsCheck } from './jobs.ts';
import { rolloutsCheck } from './rollouts.ts';
import { autoscalersCheck, budgetsCheck, scaledToZeroCheck } from './scaling.ts';

function seen(
  check: Check,
  ...manifests: readonly JsonObject[]
): readonly Readonly<Record<string, string>>[] {
  return seenBy(check, snapshotOf(manifests));
}

function deployment(spec: JsonObject, status: JsonObject = {}): JsonObject {
  return object({
    kind: 'Deployment',
    name: 'web',
    metadata: { generation: 2 },
    spec: {
      replicas: 2,
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'app', image: 'shop/web:2' }] },
      },
      ...spec,
    },
    status: { observedGeneration: 2, updatedReplicas: 2, availableReplicas: 2, ...status },
  });
}

describe('rollouts', () => {
  const late = {
    conditions: [
      {
        type: 'Progressing',
        status: 'False',
        reason: 'ProgressDeadlineExceeded',
        message: 'has timed out progressing',
        lastTransitionTime: ago(60),
      },
    ],
  };

  test('past the deadline', () => {
    expect(
      seen(rolloutsCheck, deployment({}, { ...late, updatedReplicas: 1, availableReplicas: 1 }))[0],
    ).toMatchObject({ problem: 'deadline', image: 'shop/web:2' });
  });

  test('a deadline that passed before all came up is over', () => {
    expect(seen(rolloutsCheck, deployment({}, late))).toEqual([]);
  });

  test('paused half-way; paused with nothing to roll out is well', () => {
    expect(seen(rolloutsCheck, deployment({ paused: true }, { updatedReplicas: 1 }))[0]).toMatchObject({
      problem: 'paused',
    });
    expect(seen(rolloutsCheck, deployment({ paused: true }))).toEqual([]);
  });

  test('neither one more nor one less', () => {
    const none = { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '25%' } } };
    expect(seen(rolloutsCheck, deployment(none, { updatedReplicas: 0 }))[0]).toMatchObject({
      problem: 'strategy',
    });
    expect(
      seen(
        rolloutsCheck,
        deployment(
          { strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
          { updatedReplicas: 1 },
        ),
      ),
    ).toEqual([]);
  });

  const db = object({ kind: 'StatefulSet', name: 'db', spec: { replicas: 3 } });
  const member = (name: string, ready: string): JsonObject =>
    runningPod(name, 'n1', {
      metadata: { ownerReferences: [{ kind: 'StatefulSet', name: 'db', controller: true }] },
      status: { conditions: [{ type: 'Ready', status: ready }] },
    });

  test('a StatefulSet waits for its first pod; one that has all is well', () => {
    expect(seen(rolloutsCheck, db, member('db-0', 'False'))[0]).toMatchObject({
      type: 'statefulset_waits',
      pod: 'db-0',
    });
    expect(
      seen(rolloutsCheck, db, member('db-0', 'True'), member('db-1', 'True'), member('db-2', 'True')),
    ).toEqual([]);
  });
});

describe('scaling', () => {
  const service = object({ kind: 'Service', name: 'web', spec: { selector: { app: 'web' } } });

  test('none wanted, and the Service leads to nothing else', () => {
    expect(seen(scaledToZeroCheck, deployment({ replicas: 0 }), service)[0]).toMatchObject({
      object: 'Deployment/shop/web',
      refers: 'Service/shop/web',
    });
  });

  test('the other colour of a pair serves', () => {
    const green = runningPod('green', 'n1', { metadata: { labels: { app: 'web', colour: 'green' } } });
    expect(seen(scaledToZeroCheck, deployment({ replicas: 0 }), service, green)).toEqual([]);
    expect(seen(scaledToZeroCheck, deployment({ replicas: 0 }))).toEqual([]);
  });

  const scaler = (conditions: readonly JsonObject[], status: JsonObject = {}): JsonObject =>
    object({
      kind: 'HorizontalPodAutoscaler',
      name: 'web',
      spec: { maxReplicas: 4, scaleTargetRef: { kind: 'Deployment', name: 'web' } },
      status: { conditions, ...status },
    });

  test.each([
    [
      'metrics_api',
      'unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource',
    ],
    [
      'requests_missing',
      'failed to get cpu utilization: missing request for cpu in container app of Pod web-1',
    ],
  ])('%s', (problem, message) => {
    const failing = { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message };
    expect(seen(autoscalersCheck, deployment({}), scaler([failing]))[0]).toMatchObject({
      problem,
      refers: 'Deployment/shop/web',
    });
  });

  test('at its maximum; below it, and with one whose target rests, all is well', () => {
    const most = { type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas' };
    expect(seen(autoscalersCheck, deployment({}), scaler([most], { currentReplicas: 4 }))[0]).toMatchObject({
      problem: 'maximum',
    });
    const calm = { type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange' };
    const off = { type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' };
    expect(seen(autoscalersCheck, deployment({}), scaler([calm, off], { currentReplicas: 2 }))).toEqual([]);
  });

  test('a target that is not there', () => {
    expect(seenBy(autoscalersCheck, snapshotOf([scaler([])], ['Deployment']))[0]).toMatchObject({
      problem: 'target',
    });
  });

  const budget = object({
    kind: 'PodDisruptionBudget',
    name: 'web',
    spec: { selector: { matchLabels: { app: 'web' } } },
    status: { disruptionsAllowed: 0, expectedPods: 1, desiredHealthy: 1, currentHealthy: 1 },
  });

  test('a budget matters while a node is emptied, and not before', () => {
    expect(
      seen(budgetsCheck, budget, webPod(), node('n1', { spec: { unschedulable: true } }))[0],
    ).toMatchObject({ refers: 'Node//n1', never: 'true' });
    expect(seen(budgetsCheck, budget, webPod(), node('n1'))).toEqual([]);
  });
});

describe('jobs', () => {
  const job = (name: string, type: string, reason: string, more: JsonObject = {}): JsonObject =>
    object({
      kind: 'Job',
      name,
      spec: { backoffLimit: 3 },
      status: { failed: 4, conditions: [{ type, status: 'True', reason }] },
      metadata: more,
    });

  test('out of tries', () => {
    expect(seen(jobsCheck, job('load', 'Failed', 'BackoffLimitExceeded'))[0]).toMatchObject({
      object: 'Job/shop/load',
      problem: 'backoff',
      failed: '4',
    });
  });

  test('one that a later run of its CronJob made good is over, as is a complete one', () => {
    const owned = { ownerReferences: [{ kind: 'CronJob', name: 'nightly', controller: true }] };
    const cron = object({ kind: 'CronJob', name: 'nightly', spec: { schedule: '0 3 * * *' } });
    const first = job('nightly-1', 'Failed', 'BackoffLimitExceeded', {
      ...owned,
      creationTimestamp: ago(90_000),
    });
    expect(seen(jobsCheck, cron, first, job('nightly-2', 'Complete', '', owned))).toEqual([]);
    expect(seen(jobsCheck, job('load', 'Complete', ''))).toEqual([]);
  });

  test('one that failed a week ago is history', () => {
    const conditions = [
      { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: ago(604_800) },
    ];
    expect(seen(jobsCheck, object({ kind: 'Job', name: 'load', status: { conditions } }))).toEqual([]);
  });

  const cron = (spec: JsonObject, last: number): JsonObject =>
    object({
      kind: 'CronJob',
      name: 'report',
      metadata: { creationTimestamp: ago(864_000) },
      spec: { schedule: '*/10 * * * *', ...spec },
      status: { lastScheduleTime: ago(last) },
    });

  test('missed, suspended, and a schedule that is none', () => {
    expect(seen(cronJobsCheck, cron({}, 7_200))[0]).toMatchObject({ problem: 'missed' });
    expect(seen(cronJobsCheck, cron({ suspend: true }, 7_200))[0]).toMatchObject({ problem: 'suspended' });
    expect(seen(cronJobsCheck, cron({ schedule: '61 * * * *' }, 7_200))[0]).toMatchObject({
      problem: 'schedule',
    });
  });

  test('on time, and suspended long ago, is well', () => {
    expect(seen(cronJobsCheck, cron({}, 300))).toEqual([]);
    expect(seen(cronJobsCheck, cron({}, 900))).toEqual([]);
    expect(seen(cronJobsCheck, cron({ suspend: true }, 1_000_000))).toEqual([]);
  });

  test('the clock of the schedule’s time zone counts', () => {
    // 03:00 in Helsinki is 01:00 UTC: at 20:00 it was due 19 hours ago, in Honolulu 7.
    const daily = { schedule: '0 3 * * *' };
    const at = (spec: JsonObject): unknown =>
      seen(cronJobsCheck, cron({ ...daily, ...spec }, 200_000))[0]?.['due_us'];
    expect(at({ timeZone: 'Europe/Helsinki' })).toBe(String(Date.parse('2026-01-02T01:00:00Z') * 1000));
    expect(at({ schedule: 'TZ=Pacific/Honolulu 0 3 * * *' })).toBe(
      String(Date.parse('2026-01-02T13:00:00Z') * 1000),
    );
    expect(seen(cronJobsCheck, cron({ ...daily, timeZone: 'Mars/Olympus' }, 200_000))[0]).toMatchObject({
      problem: 'schedule',
    });
  });

  test.each([
    ['0 3 * * *', '2026-01-02T03:00:00Z'],
    ['30 6 * * mon-fri', '2026-01-02T06:30:00Z'],
    ['0 0 1 * *', '2026-01-01T00:00:00Z'],
    ['@hourly', '2026-01-02T20:00:00Z'],
    ['5/20 * * * *', '2026-01-02T19:45:00Z'],
  ])('%s last fired at %s', (text, expected) => {
    expect(lastFiringsUs(text, { beforeUs: TAKEN_US, count: 1 })).toEqual([Date.parse(expected) * 1000]);
  });
});

describe('deletions, tokens, mutations', () => {
  const deleted = (finalizers: readonly string[], seconds: number): JsonObject =>
    object({
      kind: 'Namespace',
      name: 'old',
      namespace: '',
      metadata: { deletionTimestamp: ago(seconds) },
      spec: { finalizers },
    });

  test('a namespace that can’t go; one that has just begun to', () => {
    expect(seen(deletionsCheck, deleted(['kubernetes'], 3_600))[0]).toMatchObject({
      object: 'Namespace//old',
      finalizer: 'kubernetes',
    });
    expect(seen(deletionsCheck, deleted(['kubernetes'], 30))).toEqual([]);
  });

  test('a claim in use is protected by design', () => {
    const claim = object({
      kind: 'PersistentVolumeClaim',
      name: 'data',
      metadata: { deletionTimestamp: ago(3_600), finalizers: ['kubernetes.io/pvc-protection'] },
    });
    expect(seen(deletionsCheck, claim)).toEqual([]);
  });

  test('a token that is not mounted', () => {
    const quiet = {
      template: { spec: { automountServiceAccountToken: false, containers: [{ name: 'app' }] } },
    };
    expect(seen(tokensCheck, deployment(quiet))[0]).toMatchObject({
      by: 'pod',
      refers: 'ServiceAccount/shop/default',
    });
    expect(seen(tokensCheck, deployment({}))).toEqual([]);
  });

  const set = (image: string): JsonObject =>
    object({
      kind: 'ReplicaSet',
      name: 'web-5d9c7b8f64',
      metadata: {
        labels: { 'pod-template-hash': '5d9c7b8f64' },
        ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
      },
      spec: { replicas: 1, template: { spec: { containers: [{ name: 'app', image }] } } },
    });

  test('a pod that is not what its template says; one that is, with a container added, is well', () => {
    expect(seen(mutationsCheck, deployment({}), set('shop/web:2'), webPod())[0]).toMatchObject({
      field: 'spec.containers[app].image',
      template: 'shop/web:2',
      value: 'shop/web:1',
    });
    const injected = webPod({
      spec: {
        containers: [
          { name: 'app', image: 'shop/web:1' },
          { name: 'proxy', image: 'mesh' },
        ],
      },
    });
    expect(seen(mutationsCheck, deployment({}), set('shop/web:1'), injected)).toEqual([]);
  });
});
