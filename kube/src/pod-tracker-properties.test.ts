import type { ObservationEvent } from '@tapio/domain';
import { checkEvent } from '@tapio/domain';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePodList } from './parse-pod-list.ts';
import { PodTracker } from './pod-tracker.ts';
import type { PodView } from './pod-view.ts';
import { CREATED_US, at, checkoutPod, crashLoop, podList, reportStatus, terminated } from './testing/pods.ts';
import type { Json } from './testing/pods.ts';

const origin = { cluster: 'test', node: 'n1' };

/** One pod at one moment: which run it is in, how far that run is, what its limit is. */
const podAt = fc.record({
  uid: fc.constantFrom('a', 'b', 'c', 'd'),
  run: fc.nat({ max: 6 }),
  phase: fc.constantFrom('running', 'terminated', 'waiting', 'creating'),
  limit: fc.constantFrom('256Mi', '64Mi', '32Mi'),
  revision: fc.constantFrom('r1', 'r2'),
  deleted: fc.boolean(),
});
const lists = fc.array(fc.uniqueArray(podAt, { selector: (pod) => pod.uid }), { minLength: 1, maxLength: 8 });

type PodAt = typeof podAt extends fc.Arbitrary<infer T> ? T : never;

function containerId(pod: PodAt, run: number): string {
  return `containerd://${pod.uid}${run}`.padEnd(64, '0');
}

function stateOf(pod: PodAt): Json {
  const end = terminated({
    containerID: containerId(pod, pod.run),
    startedAt: at(pod.run * 10),
    finishedAt: at(pod.run * 10 + 5),
  });
  const before = pod.run === 0 ? {} : terminated({ containerID: containerId(pod, pod.run - 1) });
  switch (pod.phase) {
    case 'running':
      return { state: { running: { startedAt: at(pod.run * 10) } }, lastState: before };
    case 'terminated':
      return { state: end, lastState: before };
    case 'waiting':
      return { state: crashLoop(), lastState: end };
    case 'creating':
      return { state: { waiting: { reason: 'ContainerCreating' } }, lastState: before };
  }
}

function views(pods: readonly PodAt[]): readonly PodView[] {
  const items = pods.map((pod) =>
    checkoutPod({
      memoryLimit: pod.limit,
      metadata: {
        uid: pod.uid,
        name: `checkout-${pod.uid}`,
        labels: { 'pod-template-hash': pod.revision },
        ownerReferences: [{ kind: 'ReplicaSet', name: `checkout-${pod.revision}`, controller: true }],
        ...(pod.deleted ? { deletionTimestamp: at(40), deletionGracePeriodSeconds: 30 } : {}),
      },
      statuses: [
        reportStatus({ restartCount: pod.run, containerID: containerId(pod, pod.run), ...stateOf(pod) }),
      ],
    }),
  );
  const parsed = parsePodList(podList(...items));
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return parsed.value.pods;
}

const whenUs = (index: number): number => CREATED_US + (index + 100) * 1_000_000;

function play(
  all: readonly (readonly PodAt[])[],
  each: (tracker: PodTracker) => PodTracker = (t) => t,
): ObservationEvent[] {
  let tracker = new PodTracker(origin);
  const out: ObservationEvent[] = [];
  for (const [index, list] of all.entries()) {
    tracker = each(tracker);
    out.push(...tracker.observe(views(list), whenUs(index)));
  }
  return out;
}

test('the same list twice tells nothing new', () => {
  fc.assert(
    fc.property(lists, (all) => {
      const tracker = new PodTracker(origin);
      for (const [index, list] of all.entries()) {
        tracker.observe(views(list), whenUs(index));
        expect(tracker.observe(views(list), whenUs(index))).toEqual([]);
      }
    }),
  );
});

test('the order of pods in a list does not matter', () => {
  fc.assert(
    fc.property(lists, (all) => {
      expect(play(all.map((list) => list.toReversed()))).toEqual(play(all));
    }),
  );
});

test('a tracker restored from its snapshot goes on as the one that wrote it', () => {
  fc.assert(
    fc.property(lists, (all) => {
      const restarted = play(all, (tracker) => {
        const restored = PodTracker.restore(origin, JSON.parse(JSON.stringify(tracker.snapshot())));
        if (!restored.ok) throw new Error(restored.fault.message);
        return restored.value;
      });
      expect(restarted).toEqual(play(all));
    }),
  );
});

test('every event is valid, and no death is told twice while a pod lives', () => {
  fc.assert(
    fc.property(lists, (all) => {
      const monotonic = all.map((list, index) =>
        list.map((pod) => ({ ...pod, uid: 'a' as const, run: index, deleted: false })).slice(0, 1),
      );
      const events = play(monotonic);
      for (const event of events) expect(checkEvent(event)).toMatchObject({ ok: true });
      const deaths = events.filter((event) => event.type === 'container_died').map((event) => event.id);
      expect(new Set(deaths).size).toBe(deaths.length);
    }),
  );
});

test('ends told and ends missed together are all the runs before the newest', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 6 }), (steps) => {
      let run = 0;
      const all = [0, ...steps].map((step) => {
        run += step;
        return [{ uid: 'a', run, phase: 'running', limit: '256Mi', revision: 'r1', deleted: false } as const];
      });
      const events = play(all);
      const died = events.filter((event) => event.type === 'container_died').length;
      const missed = events
        .filter((event) => event.type === 'capture_gap')
        .reduce((sum, event) => sum + Number(event.data['lost']), 0);
      expect(died + missed).toBe(run);
    }),
  );
});

test('the snapshot holds no secret', () => {
  const tracker = new PodTracker(origin);
  const parsed = parsePodList(podList(checkoutPod()));
  if (parsed.ok) tracker.observe(parsed.value.pods, whenUs(0));
  const text = JSON.stringify(tracker.snapshot());
  expect(text).toContain('DB_PASSWORD');
  expect(text).not.toContain('hunter2');
  expect(text).not.toContain('db.shop.svc');
});

test.each([
  [undefined, 'snapshot'],
  [{ version: 99 }, 'snapshot.version'],
  [{ version: 2, origin: { cluster: 'test' } }, 'snapshot.origin.node'],
  [{ version: 2, origin, observedUs: null, pods: [{}], workloads: [] }, 'snapshot.pods[0].naming'],
  [
    { version: 2, origin: { cluster: 'other', node: 'n1' }, observedUs: 1, pods: [], workloads: [] },
    'snapshot.origin',
  ],
])('%j is refused as a snapshot with its place', (snapshot, place) => {
  const restored = PodTracker.restore(origin, snapshot);
  expect(restored.ok ? undefined : restored.fault.place).toBe(place);
});
