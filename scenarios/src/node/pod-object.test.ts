import { PodTracker, parsePodList } from '@tapio/kube';
import { expect, test } from 'vitest';
import type { ContainerPhase, PodIdentity, PodState, TerminatedRun } from './pod-object.ts';
import { apiTime, podObject } from './pod-object.ts';

const CREATED_MS = Date.parse('2026-03-04T20:00:00.750Z');

const identity: PodIdentity = {
  uid: '0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22',
  namespace: 'shop',
  deployment: 'checkout',
  revision: '7d9c6b5f4',
  podName: 'checkout-7d9c6b5f4-x2lqv',
  container: 'report',
  image: 'registry.shop.example/report:1.4.2',
  args: ['48', '700'],
  node: 'n1',
  createdMs: CREATED_MS,
};

function run(index: number): TerminatedRun {
  const startedMs = CREATED_MS + index * 10_000;
  return {
    containerId: String(index).repeat(64),
    exitCode: 137,
    reason: 'OOMKilled',
    startedMs,
    finishedMs: startedMs + 5_000,
  };
}

function state(phase: ContainerPhase, over: Partial<PodState> = {}): PodState {
  return { identity, memoryLimit: '256Mi', restartCount: 0, phase, resourceVersion: 1, ...over };
}

/** What Tapio makes of the states, one list each. */
function eventsOf(...states: readonly PodState[]): string[] {
  const tracker = new PodTracker({ cluster: 'test', node: 'n1' });
  return states.flatMap((each, index) => {
    const parsed = parsePodList({ kind: 'PodList', items: [podObject(each)] });
    if (!parsed.ok) throw new Error(parsed.fault.message);
    expect(parsed.value.rejected).toEqual([]);
    return tracker
      .observe(parsed.value.pods, (CREATED_MS + 20_000 + index * 1000) * 1000)
      .map((event) =>
        [event.type, event.data['restart_count'] ?? event.data['words']].filter(Boolean).join(' '),
      );
  });
}

test('times are cut to whole seconds, as the API writes them', () => {
  expect(apiTime(CREATED_MS)).toBe('2026-03-04T20:00:00Z');
});

test('a crash loop is reported as a kubelet reports it: every death once, none missed', () => {
  const first = run(0);
  const second = run(1);
  const running = (index: number): ContainerPhase => ({
    is: 'running',
    containerId: run(index).containerId,
    startedMs: run(index).startedMs,
  });
  expect(
    eventsOf(
      state({ is: 'creating' }),
      state(running(0)),
      state({ is: 'terminated', run: first }),
      state(running(1), { restartCount: 1, previous: first }),
      state({ is: 'terminated', run: second }, { restartCount: 1, previous: first }),
      state({ is: 'back-off', run: second, pauseMs: 1000 }, { restartCount: 1, previous: first }),
      state(running(2), { restartCount: 2, previous: second }),
    ),
  ).toEqual([
    'pod_created',
    'container_started 0',
    'container_died 0',
    'container_started 1',
    'container_died 1',
    'container_waiting 1',
    'container_started 2',
  ]);
});

test('a resize is a change of the limit by its field manager', () => {
  const running: ContainerPhase = {
    is: 'running',
    containerId: run(0).containerId,
    startedMs: run(0).startedMs,
  };
  const tracker = new PodTracker({ cluster: 'test', node: 'n1' });
  const events = [
    state(running),
    state(running, { memoryLimit: '32Mi', resize: { manager: 'kubectl-patch', atMs: CREATED_MS + 9_500 } }),
  ].flatMap((each, index) => {
    const parsed = parsePodList({ items: [podObject(each)] });
    return parsed.ok ? tracker.observe(parsed.value.pods, (CREATED_MS + 10_000 + index) * 1000) : [];
  });
  expect(events.at(-1)).toMatchObject({
    type: 'pod_spec_changed',
    workload: 'Deployment/checkout',
    timestamp: Date.parse('2026-03-04T20:00:10Z') * 1000,
    data: { words: 'limits.memory 256Mi -> 32Mi', manager: 'kubectl-patch', container: 'report' },
  });
});
