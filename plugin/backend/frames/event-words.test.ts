import { containerDied, oomKill } from '@tapio/domain/testing';
import { expect, test } from 'vitest';
import { repeatsWords, shortWords, typeWords } from './event-words.ts';

test('types are told in words', () => {
  expect(typeWords('container_died')).toBe('container died');
  expect(typeWords('oom_kill')).toBe('OOM kill');
});

test.each([
  ['process_exit', { comm: 'java', signal: '9', exit_code: '0' }, 'java, SIGKILL'],
  ['process_exit', { comm: 'java', signal: '0', exit_code: '3' }, 'java, code 3'],
  ['process_exec', { comm: 'java', exe: '/bin/java' }, '/bin/java'],
  ['container_waiting', { reason: 'CrashLoopBackOff' }, 'CrashLoopBackOff'],
  ['container_started', { container: 'report' }, 'report'],
  ['workload_spec_changed', { words: 'image 1.0 -> 1.1' }, 'image 1.0→1.1'],
  ['pod_evicted', { reason: 'Evicted' }, 'Evicted'],
  ['oom_kill', { comm: 'java' }, 'java'],
  ['log_matched', { object: 'Deployment/shop/cart', pattern: 'connection-refused' }, 'connection-refused'],
  ['service_without_ready_pods', { object: 'Service/shop/cart' }, 'Service shop/cart'],
  ['node_not_ready', { object: 'Node//worker-1' }, 'Node worker-1'],
])('%s says what is particular of it: %j', (type, data, words) => {
  expect(shortWords(containerDied({ type, data }))).toBe(words);
});

test('without that, or for other types, the summary is told', () => {
  expect(shortWords(oomKill({ type: 'pod_created', data: {} }))).toBe(
    'pod shop/checkout-7d9c6b5f4-x2lqv created',
  );
  expect(shortWords(oomKill({ type: 'container_waiting', data: {} }))).toContain('waits');
});

test('how often, by what happened', () => {
  expect(repeatsWords('container_died', 1, 'earlier')).toBe('1 earlier death');
  expect(repeatsWords('pod_evicted', 2, 'other')).toBe('2 other evictions');
  expect(repeatsWords('container_waiting', 1_200, 'earlier')).toBe('1,200 earlier times');
});
