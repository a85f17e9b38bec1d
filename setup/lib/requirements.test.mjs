import { describe, expect, it } from 'vitest';
import { requirements, unmet } from './requirements.mjs';

const good = { platform: 'linux', uid: 0, btf: true, nodeVersion: '20.20.2', kernel: '6.1.0-40-amd64' };

/**
 * @param {Partial<typeof good>} change
 * @param {string} command
 */
const lacking = (change, command) =>
  unmet(requirements({ ...good, ...change }), command).map(({ name }) => name);

describe('requirements', () => {
  it('are met by Debian 12 with root', () => {
    expect(lacking({}, 'start')).toEqual([]);
  });

  it.each([
    ['no root', { uid: 1000 }, ['root']],
    ['no BTF', { btf: false }, ['kernel BTF']],
    ['an old kernel', { kernel: '5.7.19' }, ['kernel >= 5.8']],
    ['the least kernel', { kernel: '5.8.0' }, []],
    ['a newer major', { kernel: '10.0.1' }, []],
  ])('with %s: start lacks it, test goes on', (_name, change, expected) => {
    expect(lacking(change, 'start')).toEqual(expected);
    expect(lacking(change, 'test')).toEqual([]);
  });

  it('of Linux and Node.js bind every command', () => {
    expect(lacking({ platform: 'darwin', nodeVersion: '18.19.0' }, 'build')).toEqual([
      'Linux',
      'Node.js >= 20',
    ]);
  });

  it('each say what to do', () => {
    for (const { advice } of requirements(good)) expect(advice.length).toBeGreaterThan(10);
  });
});
