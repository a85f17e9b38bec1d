import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseStartOptions } from './options.ts';

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

test('without arguments the OOM crash loop runs until it is stopped', () => {
  expect(parseStartOptions([])).toMatchObject({
    scenario: 'oom-crash-loop',
    once: false,
    json: false,
    local: false,
  });
});

test('options are taken as given', () => {
  expect(parseStartOptions(['--once', '--json', '--scenario', 'sigkill', '--keep', '--local'])).toMatchObject(
    {
      scenario: 'sigkill',
      once: true,
      json: true,
      keep: true,
      local: true,
    },
  );
});

test.each([[['--onec']], [['--scenario', 'flood']], [['extra']]])('%j is refused with 2', (args) => {
  expect(parseStartOptions(args)).toBe(2);
});

test('help is no failure', () => {
  expect(parseStartOptions(['--help'])).toBe(0);
});
