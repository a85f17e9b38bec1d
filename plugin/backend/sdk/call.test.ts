import { expect, test } from 'vitest';

import { CallHeaders, isAlertCall } from './call.ts';

test('headers are found without regard to case', () => {
  const headers = new CallHeaders([
    ['X-Many', ['a', 'b']],
    ['None', []],
  ]);
  expect([
    headers.get('x-many'),
    headers.getAll('X-MANY'),
    headers.get('none'),
    headers.getAll('absent'),
  ]).toEqual(['a', ['a', 'b'], undefined, []]);
  expect(headers.names()).toEqual(['x-many', 'none']);
});

test.each([
  ['FromAlert', 'true', true],
  ['FromAlert', 'false', false],
  ['http_FromAlert', 'true', false],
])('%s: %s means an alert: %s', (name, value, expected) => {
  expect(isAlertCall(new CallHeaders([[name, [value]]]))).toBe(expected);
});
