import { expect, test } from 'vitest';
import { KUBELET_BACK_OFF, RestartBackOff } from './restart-back-off.ts';

test('the first restart is immediate, then pauses double up to the longest', () => {
  const backOff = new RestartBackOff(KUBELET_BACK_OFF);
  const pauses = Array.from({ length: 8 }, () => backOff.nextMs(1_000));
  expect(pauses).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
});

test('a run of twice the longest pause begins it anew', () => {
  const backOff = new RestartBackOff(KUBELET_BACK_OFF);
  backOff.nextMs(1_000);
  backOff.nextMs(1_000);
  expect(backOff.nextMs(600_000)).toBe(0);
});
