import type { ObservationEvent } from '@tapio/domain';
import { checkEvent } from '@tapio/domain';
import { expect, test } from 'vitest';
import { KUBE_LIMITS } from './limits.ts';
import { parsePodList } from './parse-pod-list.ts';
import { PodTracker } from './pod-tracker.ts';
import {
  CREATED_US,
  POD_UID,
  REPORT_ID,
  at,
  checkoutPod,
  crashLoop,
  podList,
  reportStatus,
  resizeManager,
  running,
  terminated,
} from './testing/pods.ts';
import type { Json } from './testing/pods.ts';

const origin = { cluster: 'test', node: 'n1' };
const SECOND = 1_000_000;

/** Shows a tracker the pods `seconds` after the first was made; every event must be a valid one. */
function look(tracker: PodTracker, seconds: number, ...pods: readonly Json[]): readonly ObservationEvent[] {
  const parsed = parsePodList(podList(...pods));
  if (!parsed.ok) throw new Error(parsed.fault.message);
  const events = tracker.observe(parsed.value.pods, CREATED_US + seconds * SECOND);
  for (const event of events) expect(checkEvent(event)).toMatchObject({ ok: true });
  return events;
}

function started(pod: Json = checkoutPod()): PodTracker {
  const tracker = new PodTracker(origin);
  look(tracker, 10, pod);
  return tracker;
}

const types = (events: readonly ObservationEvent[]): string[] => events.map((event) => event.type);

test('a new pod is created and its container started, at the times the API gives', () => {
  const events = look(new PodTracker(origin), 10, checkoutPod());
  expect(events.map(({ type, timestamp }) => [type, timestamp])).toEqual([
    ['pod_created', CREATED_US],
    ['container_started', CREATED_US + 5 * SECOND],
  ]);
  expect(events[1]).toMatchObject({
    id: `test/${POD_UID}/container_started/report/0`,
    containerId: REPORT_ID.first,
    workload: 'Deployment/checkout',
    data: { container: 'report', restart_count: '0' },
  });
});

test('a lowered memory limit is told in words, with the field manager and its time', () => {
  const tracker = started();
  const changed = checkoutPod({ memoryLimit: '32Mi', managedFields: [resizeManager(at(40))] });
  const [event, ...rest] = look(tracker, 42, changed);
  expect(rest).toEqual([]);
  expect(event).toMatchObject({
    type: 'pod_spec_changed',
    timestamp: CREATED_US + 40 * SECOND,
    data: {
      field: 'spec.containers[report].resources.limits.memory',
      category: 'resources',
      container: 'report',
      old: '256Mi',
      new: '32Mi',
      words: 'limits.memory 256Mi -> 32Mi',
      manager: 'kubectl-patch',
      operation: 'Update',
    },
  });
});

test('a change that no manager owns is dated when it was seen, and nobody is blamed', () => {
  const [event] = look(started(), 42, checkoutPod({ memoryLimit: '32Mi' }));
  expect(event?.timestamp).toBe(CREATED_US + 42 * SECOND);
  expect(event?.data).not.toHaveProperty('manager');
});

test('a manager that owned the field before the change has not made it: a kubelet lists stale managers', () => {
  const managedFields = [
    resizeManager(at(0), { manager: 'kube-controller-manager', subresource: undefined }),
  ];
  const tracker = new PodTracker(origin);
  look(tracker, 6, checkoutPod({ managedFields }));
  const [event] = look(tracker, 42, checkoutPod({ memoryLimit: '32Mi', managedFields }));
  expect(event).toMatchObject({ type: 'pod_spec_changed', timestamp: CREATED_US + 42 * SECOND });
  expect(event?.data).not.toHaveProperty('manager');
});

test('of two managers that own a field the later is named, and a manager of another container is not', () => {
  const other = resizeManager(at(41), {
    manager: 'vpa-updater',
    fieldsV1: {
      'f:spec': {
        'f:containers': { 'k:{"name":"cart"}': { 'f:resources': { 'f:limits': { 'f:memory': {} } } } },
      },
    },
  });
  const managedFields = [resizeManager(at(20), { manager: 'helm' }), resizeManager(at(40)), other];
  const [event] = look(started(), 42, checkoutPod({ memoryLimit: '32Mi', managedFields }));
  expect(event?.data['manager']).toBe('kubectl-patch');
});

test('the same quantity written another way is no change', () => {
  expect(look(started(), 42, checkoutPod({ memoryLimit: '268435456' }))).toEqual([]);
});

test('a death in the back-off is one event with the end of that very run', () => {
  const status = reportStatus({ state: crashLoop(), lastState: terminated() });
  const events = look(started(), 61, checkoutPod({ statuses: [status] }));
  expect(types(events)).toEqual(['container_died', 'container_waiting']);
  expect(events[0]).toMatchObject({
    id: `test/${POD_UID}/container_died/report/0`,
    timestamp: CREATED_US + 60 * SECOND,
    containerId: REPORT_ID.first,
    data: { exit_code: '137', reason: 'OOMKilled', restart_count: '0', resolution_us: '1000000' },
  });
  expect(events[1]?.data).toMatchObject({ reason: 'CrashLoopBackOff', restart_count: '0' });
});

test('terminated, then waiting, then restarted: still one death', () => {
  const tracker = started();
  const dead = look(tracker, 61, checkoutPod({ statuses: [reportStatus({ state: terminated() })] }));
  const waits = reportStatus({ state: crashLoop(), lastState: terminated() });
  const waiting = look(tracker, 62, checkoutPod({ statuses: [waits] }));
  const again = reportStatus({
    restartCount: 1,
    containerID: `containerd://${REPORT_ID.second}`,
    state: running(at(70)),
    lastState: terminated(),
  });
  const restarted = look(tracker, 71, checkoutPod({ statuses: [again] }));
  expect([dead, waiting, restarted].map(types)).toEqual([
    ['container_died'],
    ['container_waiting'],
    ['container_started'],
  ]);
});

test('a run between two lists is told from its last state, start and end', () => {
  const status = reportStatus({
    restartCount: 1,
    containerID: `containerd://${REPORT_ID.second}`,
    state: terminated({
      containerID: `containerd://${REPORT_ID.second}`,
      startedAt: at(61),
      finishedAt: at(62),
    }),
    lastState: terminated(),
  });
  const events = look(started(), 63, checkoutPod({ statuses: [status] }));
  expect(events.map(({ type, data }) => [type, data['restart_count']])).toEqual([
    ['container_died', '0'],
    ['container_started', '1'],
    ['container_died', '1'],
  ]);
});

test('restarts that no list showed are one counted gap, not invented deaths', () => {
  const status = reportStatus({
    restartCount: 5,
    containerID: `containerd://${REPORT_ID.third}`,
    state: running(at(90)),
    lastState: terminated({
      containerID: `containerd://${REPORT_ID.second}`,
      startedAt: at(80),
      finishedAt: at(89),
    }),
  });
  const events = look(started(), 91, checkoutPod({ statuses: [status] }));
  const gap = events.find((event) => event.type === 'capture_gap');
  expect(gap).toMatchObject({
    source: 'tapio',
    id: `test/${POD_UID}/capture_gap/runs_missed/report/0/3`,
    data: {
      reason: 'runs_missed',
      lost: '4',
      start_us: String(CREATED_US + 10 * SECOND),
      end_us: String(CREATED_US + 91 * SECOND),
      containers: REPORT_ID.third,
    },
  });
  expect(events.filter((event) => event.type === 'container_died')).toHaveLength(1);
});

test('restarts before the first list are history, not a gap', () => {
  const status = reportStatus({ restartCount: 7, lastState: terminated({ containerID: REPORT_ID.second }) });
  const events = look(new PodTracker(origin), 100, checkoutPod({ statuses: [status] }));
  expect(types(events)).not.toContain('capture_gap');
  expect(events.find((event) => event.type === 'container_died')?.data['restart_count']).toBe('6');
});

test('a container that could not be started died without having started', () => {
  const status = reportStatus({
    state: terminated({
      exitCode: 128,
      reason: 'StartError',
      startedAt: '1970-01-01T00:00:00Z',
      finishedAt: at(6),
    }),
  });
  const events = look(new PodTracker(origin), 10, checkoutPod({ statuses: [status] }));
  expect(types(events)).toEqual(['pod_created', 'container_died']);
  expect(events[1]?.data).not.toHaveProperty('started_us');
});

test('an end without a time lies between the two lists', () => {
  const status = reportStatus({
    restartCount: 1,
    containerID: undefined,
    state: { waiting: { reason: 'ContainerCreating' } },
    lastState: terminated({
      reason: 'ContainerStatusUnknown',
      containerID: undefined,
      startedAt: null,
      finishedAt: null,
    }),
  });
  const [event] = look(started(), 15, checkoutPod({ statuses: [status] }));
  expect(event).toMatchObject({
    type: 'container_died',
    timestamp: CREATED_US + 10 * SECOND,
    data: { restart_count: '0', resolution_us: String(5 * SECOND) },
  });
});

test('creating a container is no wait worth telling; a failing image is, once a reason', () => {
  const tracker = new PodTracker(origin);
  const wait = (reason: string): Json =>
    checkoutPod({ statuses: [reportStatus({ containerID: '', state: { waiting: { reason } } })] });
  expect(types(look(tracker, 1, wait('ContainerCreating')))).toEqual(['pod_created']);
  expect(types(look(tracker, 2, wait('ErrImagePull')))).toEqual(['container_waiting']);
  expect(types(look(tracker, 3, wait('ImagePullBackOff')))).toEqual(['container_waiting']);
  expect(look(tracker, 4, wait('ErrImagePull'))).toEqual([]);
});

test('an init container that ran is told as init, with its exit', () => {
  const pod = checkoutPod({
    spec: { initContainers: [{ name: 'migrate', image: 'm:1' }] },
    status: {
      initContainerStatuses: [
        {
          name: 'migrate',
          restartCount: 0,
          state: terminated({ exitCode: 0, reason: 'Completed', finishedAt: at(4), startedAt: at(2) }),
        },
      ],
    },
  });
  const events = look(new PodTracker(origin), 10, pod);
  expect(
    events.filter((e) => e.data['container'] === 'migrate').map(({ type, data }) => [type, data['init']]),
  ).toEqual([
    ['container_started', 'true'],
    ['container_died', 'true'],
  ]);
});

test('deletion is told when it is asked for and when the pod is gone', () => {
  const tracker = started();
  const metadata = { deletionTimestamp: at(60), deletionGracePeriodSeconds: 30 };
  const [requested] = look(tracker, 35, checkoutPod({ metadata }));
  expect(requested).toMatchObject({
    type: 'pod_deleted',
    timestamp: CREATED_US + 30 * SECOND,
    data: { stage: 'requested', grace_us: String(30 * SECOND) },
  });
  const gone = look(tracker, 36);
  expect(gone.find((event) => event.type === 'pod_deleted')?.data['stage']).toBe('gone');
  expect(gone.find((event) => event.type === 'capture_gap')?.data).toMatchObject({
    reason: 'runs_missed',
    lost: '1',
    containers: REPORT_ID.first,
  });
});

test('a kubelet that lists nothing for a moment has not lost its pods', () => {
  const tracker = started();
  expect(look(tracker, 20)).toEqual([]);
  expect(look(tracker, 25, checkoutPod())).toEqual([]);
  expect(look(tracker, 26)).toEqual([]);
  const gone = look(tracker, 37).find((event) => event.type === 'pod_deleted');
  expect(gone).toMatchObject({ timestamp: CREATED_US + 26 * SECOND, data: { stage: 'gone' } });
});

test('an eviction is told once', () => {
  const tracker = started();
  const pod = checkoutPod({
    status: {
      phase: 'Failed',
      reason: 'Evicted',
      message: 'The node was low on resource: memory.',
      conditions: [{ type: 'DisruptionTarget', status: 'True', lastTransitionTime: at(50) }],
    },
  });
  expect(look(tracker, 52, pod).filter((event) => event.type === 'pod_evicted')).toEqual([
    expect.objectContaining({
      timestamp: CREATED_US + 50 * SECOND,
      data: { reason: 'Evicted', message: 'The node was low on resource: memory.' },
    }),
  ]);
  expect(look(tracker, 53, pod)).toEqual([]);
});

test('more changed fields than are told one by one are counted', () => {
  const env = (value: string): Json[] =>
    Array.from({ length: KUBE_LIMITS.changedFields + 9 }, (_, i) => ({ name: `SETTING_${i}`, value }));
  const tracker = started(checkoutPod({ container: { env: env('a') } }));
  const events = look(tracker, 20, checkoutPod({ container: { env: env('b') } }));
  expect(events).toHaveLength(KUBE_LIMITS.changedFields + 1);
  expect(events.map((event) => event.data['words'])).toContain('and 9 more fields changed');
  expect(JSON.stringify(events)).not.toContain('"old"');
});

test('pods over the limit are ignored and counted', () => {
  const tracker = new PodTracker(origin, { pods: 1 });
  look(tracker, 1, checkoutPod(), checkoutPod({ metadata: { uid: 'zzz', name: 'second' } }));
  expect([tracker.trackedPods, tracker.skippedPods]).toEqual([1, 1]);
});
