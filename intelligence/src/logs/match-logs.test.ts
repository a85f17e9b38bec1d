import type { ObservationEvent } from '@tapio/domain';
import { Snapshot } from '@tapio/kube';
import { describe, expect, test } from 'vitest';
import { TAKEN_US, ago, kubeObject, waiting, webPod } from '@tapio/kube/testing';
import { builtInRules } from '../../test/support/built-in-rules.ts';
import { matchLogs } from './match-logs.ts';

const rules = builtInRules();
const service = (name: string, clusterIP = '10.96.1.2') => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'shop' },
  spec: { clusterIP, ports: [{ port: 5432 }] },
});
const crashed = {
  ...waiting('CrashLoopBackOff'),
  restartCount: 4,
  lastState: { terminated: { exitCode: 1, reason: 'Error', startedAt: ago(60), finishedAt: ago(40) } },
};

interface Case {
  readonly lines: readonly string[];
  readonly pod?: Parameters<typeof webPod>[0];
  readonly objects?: readonly Parameters<typeof kubeObject>[0][];
  readonly previous?: boolean;
}

function matched({
  lines,
  pod = { status: crashed },
  objects = [],
  previous = false,
}: Case): ObservationEvent[] {
  const log = {
    namespace: 'shop',
    pod: 'web-5d9c7b8f64-abcde',
    container: 'app',
    previous,
    lines,
    place: 'log',
  };
  return matchLogs(
    new Snapshot({
      cluster: 'test',
      objects: [webPod(pod), ...objects].map(kubeObject),
      logs: [log],
      takenUs: TAKEN_US,
      listed: new Set(['Service', 'ConfigMap', 'Secret']),
    }),
    rules,
  );
}

const decisive = (events: readonly ObservationEvent[]): Readonly<Record<string, string>> | undefined =>
  events.find((event) => event.data['decisive'] === 'true')?.data;

describe('what a crashed container wrote', () => {
  test('is tied to the Service behind the host that it names', () => {
    const lines = [
      'starting',
      'dial tcp: lookup db: ok',
      'dial tcp 10.96.1.2:5432: connect: connection refused',
    ];
    const events = matched({ lines, objects: [service('db')] });
    expect(decisive(events)).toMatchObject({
      pattern: 'connection-refused',
      object: 'Deployment/shop/web',
      refers: 'Service/shop/db',
      exists: 'true',
      port: '5432',
    });
  });

  test('names a Service that is not there', () => {
    const lines = ['Error: getaddrinfo ENOTFOUND orders-db'];
    expect(decisive(matched({ lines }))).toMatchObject({ refers: 'Service/shop/orders-db', exists: 'false' });
  });

  test.each([
    ['db.backend', 'Service/shop/db'],
    ['db.backend.svc.cluster.local', 'Service/shop/db'],
    ['db.example.com', undefined],
    ['cache.backend', undefined],
  ])('names %s, of which its own namespace may have a Service', (host, nearest) => {
    const lines = [`Error: getaddrinfo ENOTFOUND ${host}`];
    expect(decisive(matched({ lines, objects: [service('db')] }))?.['nearest']).toBe(nearest);
  });

  test('without a host means the only peer that its settings name', () => {
    const env = [{ name: 'DATABASE_URL', value: 'postgres://app@db:5432/shop' }];
    const lines = ['FATAL: password authentication failed for user "app"'];
    const events = matched({ lines, pod: { status: crashed, container: { env } }, objects: [service('db')] });
    expect(decisive(events)).toMatchObject({ subject: 'app', refers: 'Service/shop/db' });
  });

  test('a file leads to the ConfigMap that is mounted there', () => {
    const pod = {
      status: crashed,
      container: { volumeMounts: [{ name: 'conf', mountPath: '/etc/app' }] },
      spec: { volumes: [{ name: 'conf', configMap: { name: 'web-config' } }] },
    };
    const spec = { nodeName: 'n1', containers: [{ name: 'app', ...pod.container }], ...pod.spec };
    const lines = ['error loading config file "/etc/app/app.yaml": yaml: line 4: did not find expected key'];
    expect(decisive(matched({ lines, pod: { status: crashed, spec } }))).toMatchObject({
      pattern: 'invalid-config',
      refers: 'ConfigMap/shop/web-config',
    });
  });

  test('of several complaints the one that is about something, and is last and gravest, tells', () => {
    const lines = [
      'WARN could not send metrics: dial tcp 10.96.9.9:4317: connect: connection refused',
      'Traceback (most recent call last):',
      "KeyError: 'DATABASE_URL'",
    ];
    expect(decisive(matched({ lines }))).toMatchObject({
      pattern: 'setting-missing',
      subject: 'DATABASE_URL',
    });
  });

  test('a connection that came about after all is over', () => {
    const lines = [
      'dial tcp 10.96.1.2:5432: connect: connection refused, retrying',
      'connected to db',
      'panic: boom',
    ];
    const events = matched({ lines, objects: [service('db')] });
    expect(events.map((event) => event.data['pattern'])).toEqual(['application-error']);
  });

  test('never shows a secret', () => {
    const lines = ['Error: connect postgres://app:hunter2@db:5432/shop: connect ECONNREFUSED 10.96.1.2:5432'];
    expect(JSON.stringify(matched({ lines }))).not.toContain('hunter2');
  });
});

describe('of a container that does well', () => {
  const pod = {};
  const line = 'ERROR dial tcp 10.96.1.2:5432: connect: connection refused';

  test('what goes on is told', () => {
    const lines = ['started', ...Array.from({ length: 30 }, () => line)];
    expect(matched({ lines, pod, objects: [service('db')] })).toMatchObject([
      { data: { goes_on: 'true', decisive: 'false', count: '30' } },
    ]);
  });

  test.each([
    ['a start that needed some tries', [line, line, line, 'connected', 'serving']],
    ['what happened once', ['a', line, 'b']],
    [
      'what is long over',
      [...Array.from({ length: 5 }, () => line), ...Array.from({ length: 200 }, () => 'GET / 200')],
    ],
    [
      'words in an access log',
      Array.from({ length: 9 }, () => '10.1.1.1 - - "GET /connection-refused HTTP/1.1" 200 5'),
    ],
    ['chatter', Array.from({ length: 9 }, () => `DEBUG ${line}`)],
  ])('%s is not', (_, lines) => {
    expect(matched({ lines, pod, objects: [service('db')] })).toEqual([]);
  });
});

test('of endless logs only the first and last lines are read, and of long lines the beginning', () => {
  const noise = Array.from({ length: 20_000 }, (_, index) => `INFO request ${index} took 3 ms`);
  const lines = [...noise, `panic: boom${'x'.repeat(1_000_000)}`];
  const started = performance.now();
  const [event] = matched({ lines });
  expect(performance.now() - started).toBeLessThan(500);
  expect(event?.data['line']?.length).toBeLessThanOrEqual(400);
});
