import { suggestionsOf } from './suggestions.ts';

const labelsOf = (...args: Parameters<typeof suggestionsOf>): string[] =>
  suggestionsOf(...args).map(({ label }) => label);

test('before the names are there, macros are offered', () => {
  expect(labelsOf(undefined)).toEqual([
    '$__timeFilter(e.ts)',
    '$__from',
    '$__to',
    '$__interval_ms',
    '$__limit',
  ]);
});

test('names of the graph come with what they mean', () => {
  const schema = {
    labels: ['Event'],
    relationshipTypes: [{ name: 'CAUSED_BY', from: 'Event', to: 'Event', meaning: 'effect to cause' }],
    eventProperties: [{ name: 'limit_bytes', meaning: 'that limit' }],
    eventTypes: [{ name: 'oom_kill', source: 'kernel', meaning: 'the OOM killer chose a process' }],
  };
  expect(labelsOf(schema).slice(5)).toEqual(['Event', 'CAUSED_BY', 'limit_bytes', 'oom_kill']);
  expect(suggestionsOf(schema).find(({ label }) => label === 'CAUSED_BY')?.detail).toBe(
    'Event to Event: effect to cause',
  );
});
