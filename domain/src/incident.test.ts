import { expect, test } from 'vitest';
import { evidenceWords, unlistedWords } from './incident.ts';

const symptoms = (count: number): string[] => Array.from({ length: count }, (_, index) => `death-${index}`);

test('an incident that names the events of all its symptoms leaves nothing out', () => {
  const incident = {
    count: 2,
    symptomEventIds: symptoms(2),
    evidenceEventIds: [...symptoms(2), 'kill'],
    gaps: [],
  };
  expect(unlistedWords(incident)).toBeUndefined();
  expect(evidenceWords(incident)).toBe('3 events, capture complete');
});

test.each([
  [3, '1 earlier symptom is counted only'],
  [120, '118 earlier symptoms are counted only'],
])('of %i symptoms, two with their events, it says how many are counted only', (count, words) => {
  const incident = {
    count,
    // More symptoms are named than have their events in the list.
    symptomEventIds: symptoms(Math.min(count, 100)),
    evidenceEventIds: [...symptoms(2), 'kill'],
    gaps: ['the agent was down'],
  };
  expect(unlistedWords(incident)).toBe(words);
  expect(evidenceWords(incident)).toBe(`3 events, ${words}, capture with gaps`);
});
