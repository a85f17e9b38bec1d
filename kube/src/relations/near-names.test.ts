import { describe, expect, test } from 'vitest';
import { editDistance, nearestName } from './near-names.ts';

describe('the name that is meant', () => {
  test.each([
    ['chekout', 'checkout'],
    ['checkuot', 'checkout'],
    ['checkout-svc', 'checkout'],
    ['checkoutservice', 'checkout'],
    ['checkout-v2', 'checkout'],
    ['mysql', 'catalogue-mysql'],
  ])('%s is meant for %s', (name, meant) => {
    expect(nearestName(name, ['frontend', 'payment', meant])).toBe(meant);
  });

  test.each([
    ['payment', ['frontend', 'checkout']],
    ['redis', ['redis-exporter', 'redis-metrics']],
    ['api', ['app', 'web']],
    ['cart', ['chat', 'core']],
    ['', ['a']],
    ['x'.repeat(100), ['x'.repeat(99)]],
  ])('%s is meant for none of %j', (name, others) => {
    expect(nearestName(name, others)).toBeUndefined();
  });

  test('the nearest of several counts', () => {
    expect(nearestName('chekout', ['checkouts', 'checkout', 'check'])).toBe('checkout');
  });
});

test.each([
  ['', 'abc', 3],
  ['checkout', 'chekcout', 1],
  ['kitten', 'sitting', 3],
  ['same', 'same', 0],
])('from %j to %j it takes %d edits', (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits);
});
