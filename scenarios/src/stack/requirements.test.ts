import { expect, test } from 'vitest';
import { missingRequirements } from './requirements.ts';

test('root on Linux with BTF lacks nothing', () => {
  expect(missingRequirements({ platform: 'linux', uid: 0, hasBtf: true })).toEqual([]);
});

test('what is missing is named with what to do, all at once', () => {
  const missing = missingRequirements({ platform: 'linux', uid: 1000, hasBtf: false });
  expect(missing.map(({ what }) => what)).toEqual(['root', 'BTF of the kernel (/sys/kernel/btf/vmlinux)']);
  expect(missing[0]?.advice).toContain('sudo npm start');
});

test('elsewhere than on Linux the rest does not matter', () => {
  expect(missingRequirements({ platform: 'darwin', uid: 501, hasBtf: false })).toHaveLength(1);
});
