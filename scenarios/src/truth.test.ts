import { isEventType } from '@tapio/domain';
import { expect, test } from 'vitest';
import { SCENARIO_NAMES, readTruth } from './truth.ts';

test.each(SCENARIO_NAMES)('the truth of %s names itself and only event types that exist', (name) => {
  const truth = readTruth(name);
  expect(truth.scenario).toBe(name);
  for (const type of truth.chain) expect(isEventType(type)).toBe(true);
  expect(truth.cause === null).toBe(truth.kind === null);
});
