import { expect, test } from 'vitest';
import { inBlock } from './address-block.ts';

test.each([
  ['10.244.1.7', '10.244.0.0/16', true],
  ['10.245.1.7', '10.244.0.0/16', false],
  ['192.0.2.1', '0.0.0.0/0', true],
  ['fd00:10:244::7', 'fd00:10:244::/56', true],
  ['fd00:10:245:100::7', 'fd00:10:244::/56', false],
  ['10.244.1.7', '::/0', false],
  ['fd00::1', '0.0.0.0/0', false],
  ['db.example.com', '0.0.0.0/0', false],
  ['10.0.0.1', 'everything', false],
  ['10.0.0.1', '10.0.0.0/99', false],
])('%s in %s: %s', (address, cidr, expected) => {
  expect(inBlock(address, cidr)).toBe(expected);
});
