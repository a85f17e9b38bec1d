import { describe, expect, test } from 'vitest';
import { Snapshot } from '../../snapshot/snapshot.ts';
import { TAKEN_US, kubeObject, seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago, podEvent, waiting, webPod } from '../../testing/web-pod.ts';
import { probeProblem } from './probe-problems.ts';
import { probesCheck } from './probes.ts';

const http = (port: unknown, path = '/healthz', more = {}) => ({ httpGet: { port, path }, ...more });
const unready = { ready: false, state: { running: { startedAt: ago(900) } } };
const REFUSED = 'Get "http://10.244.1.7:8080/healthz": dial tcp 10.244.1.7:8080: connect: connection refused';

describe('what the kubelet says of a probe is told in one word', () => {
  test.each([
    ['refused', REFUSED],
    ['refused', 'dial tcp 10.244.1.7:5432: connect: connection refused'],
    [
      'timeout',
      'Get "http://10.244.1.7:8080/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
    ],
    [
      'timeout',
      'Get "http://10.244.1.7:8080/": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
    ],
    ['timeout', 'dial tcp 10.244.1.7:5432: i/o timeout'],
    ['timeout', 'timeout: failed to connect service "10.244.1.7:9090" within 1s: context deadline exceeded'],
    ['protocol', 'Get "https://10.244.1.7:8080/": http: server gave HTTP response to HTTPS client'],
    [
      'protocol',
      'Get "http://10.244.1.7:8443/": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02"',
    ],
    ['protocol', 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health)'],
    [
      'reset',
      'Get "http://10.244.1.7:8080/": read tcp 10.0.0.1:4->10.244.1.7:8080: read: connection reset by peer',
    ],
    ['unhealthy', 'service unhealthy (responded with "NOT_SERVING")'],
  ])('%s: %s', (problem, text) => {
    expect(probeProblem(text, 'http')).toEqual({ problem });
  });

  test('an HTTP status is kept', () => {
    expect(probeProblem('HTTP probe failed with statuscode: 404', 'http')).toEqual({
      problem: 'status',
      status: 404,
    });
  });

  test('a command that says no is unhealthy, one that can’t be run is a command', () => {
    expect(probeProblem('not ready yet', 'exec').problem).toBe('unhealthy');
    expect(
      probeProblem('OCI runtime exec failed: exec: "curl": executable file not found in $PATH', 'exec')
        .problem,
    ).toBe('command');
    expect(probeProblem('command "/probe" timed out', 'exec').problem).toBe('timeout');
  });
});

describe('a readiness probe', () => {
  test('at a port that the container does not declare: the declared one is meant', () => {
    const pod = webPod({
      container: { ports: [{ containerPort: 80 }], readinessProbe: http(8080) },
      status: unready,
    });
    const event = podEvent('Unhealthy', `Readiness probe failed: ${REFUSED}`, { count: 40 });
    expect(seenBy(probesCheck, snapshotOf([pod, event]))).toMatchObject([
      {
        probe: 'readiness',
        problem: 'refused',
        port: '8080',
        port_offered: 'false',
        other_port: '80',
        killed: 'false',
      },
    ]);
  });

  test('the log’s word for the port counts more than what the container declares', () => {
    const pod = webPod({
      container: { ports: [{ containerPort: 8080 }], readinessProbe: http(8080) },
      status: unready,
    });
    const event = podEvent('Unhealthy', `Readiness probe failed: ${REFUSED}`);
    const parts = { cluster: 'test', takenUs: TAKEN_US, listed: new Set<string>() };
    const log = {
      namespace: 'shop',
      pod: 'web-5d9c7b8f64-abcde',
      container: 'app',
      previous: false,
      place: 'log',
    };
    const lines = ['connecting to db:5432', 'Server listening on http://0.0.0.0:3000'];
    const snapshot = new Snapshot({
      ...parts,
      objects: [pod, event].map(kubeObject),
      logs: [{ ...log, lines }],
    });
    expect(seenBy(probesCheck, snapshot)).toMatchObject([
      { port_offered: 'false', offered: '3000', other_port: '3000' },
    ]);
  });

  test('without any event is told by its container that runs for minutes without being ready', () => {
    const pod = webPod({ container: { readinessProbe: http(80) }, status: unready });
    expect(seenBy(probesCheck, snapshotOf([pod]))).toMatchObject([{ probe: 'readiness', problem: 'other' }]);
  });

  test('that failed while the container started is silent once it is ready', () => {
    const pod = webPod({ container: { readinessProbe: http(80) } });
    const event = podEvent('Unhealthy', `Readiness probe failed: ${REFUSED}`, { secondsAgo: 2_990 });
    expect(seenBy(probesCheck, snapshotOf([pod, event]))).toEqual([]);
  });

  test('of a container that has just started is given time', () => {
    const status = { ready: false, state: { running: { startedAt: ago(8) } } };
    const pod = webPod({ container: { readinessProbe: http(80) }, status });
    const event = podEvent('Unhealthy', `Readiness probe failed: ${REFUSED}`, { secondsAgo: 2 });
    expect(seenBy(probesCheck, snapshotOf([pod, event]))).toEqual([]);
  });

  test('of a container that is down is no news', () => {
    const pod = webPod({
      container: { readinessProbe: http(80) },
      status: { ...waiting('CrashLoopBackOff'), restartCount: 5 },
    });
    const event = podEvent('Unhealthy', `Readiness probe failed: ${REFUSED}`);
    expect(seenBy(probesCheck, snapshotOf([pod, event]))).toEqual([]);
  });
});

describe('a liveness probe', () => {
  const killing = podEvent('Killing', 'Container app failed liveness probe, will be restarted', { count: 6 });
  const failing = podEvent('Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 404', {
    count: 18,
  });

  test('for which the container is ended, though another probe of it passes', () => {
    const container = { livenessProbe: http(80, '/health'), readinessProbe: http(80, '/ready') };
    const pod = webPod({ container, status: { restartCount: 6 } });
    expect(seenBy(probesCheck, snapshotOf([pod, killing, failing]))).toMatchObject([
      {
        probe: 'liveness',
        killed: 'true',
        problem: 'status',
        status: '404',
        other_path: '/ready',
        other_passes: 'true',
      },
    ]);
  });

  test('whose events were lost is told by how long each run lived', () => {
    const end = (seconds: number) => ({
      exitCode: 137,
      reason: 'Error',
      startedAt: ago(20 + seconds),
      finishedAt: ago(20),
    });
    const pod = (seconds: number) =>
      webPod({
        container: { livenessProbe: http(80) },
        status: { restartCount: 6, lastState: { terminated: end(seconds) } },
      });
    expect(seenBy(probesCheck, snapshotOf([pod(50)]))).toMatchObject([{ probe: 'liveness', killed: 'true' }]);
    expect(seenBy(probesCheck, snapshotOf([pod(5)]))).toEqual([]);
    expect(seenBy(probesCheck, snapshotOf([pod(4_000)]))).toEqual([]);
  });

  test('that failed once and never ended anything is silent', () => {
    const pod = webPod({ container: { livenessProbe: http(80) } });
    expect(seenBy(probesCheck, snapshotOf([pod, failing]))).toEqual([]);
  });

  test('that ended a container hours ago is over', () => {
    const pod = webPod({ container: { livenessProbe: http(80) }, status: { restartCount: 1 } });
    const old = podEvent('Killing', 'Container app failed liveness probe, will be restarted', {
      secondsAgo: 3_100,
    });
    expect(seenBy(probesCheck, snapshotOf([pod, old]))).toEqual([]);
  });

  test('is not to blame for a container that the kernel killed for memory', () => {
    const last = { exitCode: 137, reason: 'OOMKilled', startedAt: ago(70), finishedAt: ago(20) };
    const pod = webPod({
      container: { livenessProbe: http(80) },
      status: { restartCount: 6, lastState: { terminated: last } },
    });
    expect(seenBy(probesCheck, snapshotOf([pod]))).toEqual([]);
  });
});
