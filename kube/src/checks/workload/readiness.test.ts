import { describe, expect, test } from 'vitest';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago, podEvent, waiting, webPod } from '../../testing/web-pod.ts';
import { completesCheck, initStuckCheck, memoryLimitCheck, podNotReadyCheck } from './readiness.ts';

describe('containers that run without being ready', () => {
  test('are told, with whether they are somebody’s proxy', () => {
    const pod = webPod({
      spec: { containers: [{ name: 'app' }, { name: 'istio-proxy' }] },
      podStatus: {
        containerStatuses: [
          { name: 'app', ready: true, state: { running: { startedAt: ago(900) } } },
          { name: 'istio-proxy', ready: false, state: { running: { startedAt: ago(900) } } },
        ],
      },
    });
    expect(seenBy(podNotReadyCheck, snapshotOf([pod]))).toMatchObject([
      { container: 'istio-proxy', sidecar: 'true' },
    ]);
  });

  test.each([
    ['a ready one', {}],
    ['one that waits', waiting('CrashLoopBackOff')],
    ['one that has just started', { ready: false, state: { running: { startedAt: ago(10) } } }],
  ])('%s is silent', (_, status) => {
    expect(seenBy(podNotReadyCheck, snapshotOf([webPod({ status })]))).toEqual([]);
  });
});

describe('init containers that do not end', () => {
  const pod = (seconds: number, more = {}) =>
    webPod({
      spec: {
        initContainers: [
          { name: 'wait', command: ['sh', '-c', 'until nc -z db 5432; do sleep 2; done'], ...more },
        ],
        containers: [{ name: 'app' }],
      },
      podStatus: {
        initContainerStatuses: [{ name: 'wait', state: { running: { startedAt: ago(seconds) } } }],
      },
    });
  const db = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'db', namespace: 'shop' }, spec: {} };

  test('are told with what they wait for', () => {
    expect(seenBy(initStuckCheck, snapshotOf([pod(900), db]))).toMatchObject([
      { container: 'wait', host: 'db', port: '5432', refers: 'Service/shop/db' },
    ]);
  });

  test('a start takes a while, and a sidecar never ends', () => {
    expect(seenBy(initStuckCheck, snapshotOf([pod(30)]))).toEqual([]);
    expect(seenBy(initStuckCheck, snapshotOf([pod(900, { restartPolicy: 'Always' })]))).toEqual([]);
  });
});

describe('containers that end well though they are to run always', () => {
  const done = { terminated: { exitCode: 0, reason: 'Completed', startedAt: ago(31), finishedAt: ago(30) } };
  const status = { ...waiting('CrashLoopBackOff'), restartCount: 4, lastState: done };

  test('are told with how long a run lives', () => {
    expect(seenBy(completesCheck, snapshotOf([webPod({ status })]))).toMatchObject([
      { restarts: '4', lived_us: '1000000' },
    ]);
  });

  test('but not where the kubelet ended them for a probe', () => {
    const killing = podEvent('Killing', 'Container app failed liveness probe, will be restarted');
    const container = { livenessProbe: { httpGet: { port: 80 } } };
    expect(seenBy(completesCheck, snapshotOf([webPod({ container, status }), killing]))).toEqual([]);
  });

  test.each([
    ['a job’s container may end', { spec: { restartPolicy: 'OnFailure' }, status }],
    ['one restart, of a node or by a person, is none', { status: { restartCount: 1, lastState: done } }],
    ['one that has run for long since is well', { status: { restartCount: 4, lastState: done } }],
  ])('%s', (_, parts) => {
    expect(seenBy(completesCheck, snapshotOf([webPod(parts)]))).toEqual([]);
  });
});

describe('the memory limit of a container', () => {
  const container = { resources: { limits: { memory: '64Mi' } } };
  const ended = (reason: string) => ({
    restartCount: 2,
    lastState: { terminated: { exitCode: 137, reason, finishedAt: ago(40) } },
  });

  test('that was reported OOMKilled is told', () => {
    const pod = webPod({ container, status: ended('OOMKilled') });
    expect(seenBy(memoryLimitCheck, snapshotOf([pod]))).toMatchObject([
      { memory_limit: '64Mi', container: 'app' },
    ]);
  });

  test('that was killed otherwise is nobody’s business', () => {
    const pod = webPod({ container, status: ended('Error') });
    expect(seenBy(memoryLimitCheck, snapshotOf([pod]))).toEqual([]);
  });
});
