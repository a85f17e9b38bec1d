import { expect, test } from 'vitest';
import { resolveWorkload, revisionOf } from './workload.ts';

const createdUs = Date.parse('2026-03-04T20:00:01Z') * 1000;

function owned(kind: string, name: string, labels: Record<string, string> = {}): string | undefined {
  return resolveWorkload({ ownerReferences: [{ kind, name, controller: true }], labels, createdUs });
}

test.each([
  ['ReplicaSet', 'checkout-7d9c6b5f4', { 'pod-template-hash': '7d9c6b5f4' }, 'Deployment/checkout'],
  ['ReplicaSet', 'canary-5f9', { 'rollouts-pod-template-hash': '5f9' }, 'Rollout/canary'],
  ['ReplicaSet', 'by-hand', {}, 'ReplicaSet/by-hand'],
  ['ReplicaSet', 'by-hand', { 'pod-template-hash': 'other' }, 'ReplicaSet/by-hand'],
  ['StatefulSet', 'db', { 'controller-revision-hash': 'db-6f' }, 'StatefulSet/db'],
  ['DaemonSet', 'agent', {}, 'DaemonSet/agent'],
  ['StrimziPodSet', 'kafka', {}, 'StrimziPodSet/kafka'],
  ['Job', 'migrate-7d9', {}, 'Job/migrate-7d9'],
] as const)('a pod owned by %s %s with %j is of %s', (kind, name, labels, workload) => {
  expect(owned(kind, name, labels)).toBe(workload);
});

test('a Job is a CronJob’s only when its name ends with the minute at which it was due', () => {
  const minute = Math.floor(createdUs / 60_000_000);
  expect(owned('Job', `nightly-${minute}`)).toBe('CronJob/nightly');
  expect(owned('Job', `nightly-${minute - 60 * 24 * 30}`)).toBe(`Job/nightly-${minute - 60 * 24 * 30}`);
  expect(owned('Job', 'import-20260304')).toBe('Job/import-20260304');
});

test('a static pod, a pod without owner and a malformed owner have no workload', () => {
  expect(owned('Node', 'n1')).toBeUndefined();
  expect(resolveWorkload({ ownerReferences: undefined, labels: {}, createdUs })).toBeUndefined();
  expect(
    resolveWorkload({ ownerReferences: [null, { kind: 'A/B', name: 'x' }], labels: {}, createdUs }),
  ).toBeUndefined();
});

test('the controller is the owner, whatever else refers to the pod', () => {
  const ownerReferences = [
    { kind: 'Backup', name: 'b' },
    { kind: 'DaemonSet', name: 'agent', controller: true },
  ];
  expect(resolveWorkload({ ownerReferences, labels: {}, createdUs })).toBe('DaemonSet/agent');
});

test('the revision is the hash that the controller labels its pods with', () => {
  expect(revisionOf({ 'pod-template-hash': '7d9' })).toBe('7d9');
  expect(revisionOf({ 'controller-revision-hash': 'db-6f' })).toBe('db-6f');
  expect(revisionOf({ app: 'x' })).toBeUndefined();
});
