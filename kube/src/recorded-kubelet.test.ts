import { checkEvent } from '@tapio/domain';
import { expect, test } from 'vitest';
import recorded from '../test/fixtures/kubelet-1.34-oom-crash-loop.json' with { type: 'json' };
import { parsePodList, podIdentity, PodTracker } from './index.ts';

const origin = { cluster: 'test', node: 'lab-node' };
const observedUs = 1_795_506_600_000_000;

function pods() {
  const parsed = parsePodList(recorded);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  expect(parsed.value.rejected).toEqual([]);
  return parsed.value.pods;
}

test('a pod as a real kubelet reports it has its workload and its container’s id', () => {
  const [pod] = pods().map(podIdentity);
  expect(pod).toMatchObject({
    namespace: 'lab-oom',
    podName: 'report-5c57c97449-sg2t7',
    workload: 'Deployment/report',
  });
  expect([...(pod?.containers.values() ?? [])].map(({ name }) => name)).toContain('report');
});

test('a crash loop that is under way tells the death that its status still holds', () => {
  const events = new PodTracker(origin).observe(pods(), observedUs);
  expect(events.filter((event) => !checkEvent(event).ok)).toEqual([]);
  const died = events.filter(({ type }) => type === 'container_died');
  expect(died.map(({ data }) => [data['exit_code'], data['reason']])).toContainEqual(['137', 'OOMKilled']);
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
});
