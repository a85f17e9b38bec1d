import { expect, test } from 'vitest';
import { UsageError } from './exit-codes.ts';
import { parseTarget } from './target.ts';

test.each([
  ['checkout-7d9c6b5f4-x2lqv', undefined, 'checkout-7d9c6b5f4-x2lqv'],
  ['pod/checkout-1', 'Pod', 'checkout-1'],
  ['deploy/checkout', 'Deployment', 'checkout'],
  ['StatefulSet/db', 'StatefulSet', 'db'],
  ['Rollout/canary', 'Rollout', 'canary'],
])('%s is taken as kubectl takes it', (text, kind, name) => {
  expect(parseTarget(text)).toEqual({ kind, name });
});

test.each(['', '/', 'a/b/c', 'deploy/', 'pod name', '-x', "x'; MATCH (n) DETACH DELETE n", 'ki nd/x'])(
  '%j names no object',
  (text) => {
    expect(() => parseTarget(text)).toThrow(UsageError);
  },
);
