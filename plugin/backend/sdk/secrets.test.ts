import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { Secrets } from './secrets.ts';

const secrets = new Secrets({ password: 'open-sesame', longer: 'open-sesame-please', pin: '123', empty: '' });

test('a secret is read by name only', () => {
  expect(secrets.get('password')).toBe('open-sesame');
  expect(secrets.get('absent')).toBeUndefined();
  expect([secrets.has('password'), secrets.has('empty'), secrets.has('absent')]).toEqual([
    true,
    false,
    false,
  ]);
});

test('no way of printing the whole shows a value', () => {
  const printed = [
    JSON.stringify({ secrets }),
    inspect({ secrets }),
    String(secrets),
    JSON.stringify(Object.entries(secrets)),
  ];
  expect(printed.join()).not.toMatch(/sesame|123/);
  expect(printed[0]).toContain('password');
});

test('redacts whole secrets, the longest first, and leaves short ones since they may be words', () => {
  expect(secrets.redact('open-sesame-please, open-sesame and 123')).toBe('[redacted], [redacted] and 123');
});
