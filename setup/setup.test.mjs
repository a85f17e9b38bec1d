import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './lib/paths.mjs';
import { entriesWithPlace } from './lockfile.mjs';
import { atLeast } from './steps/nats.mjs';
import { packagesInstalled } from './steps/npm.mjs';

/** @param {string} script @param {string[]} args */
const start = (script, ...args) =>
  spawnSync(process.execPath, [join(root, 'setup', script), ...args], { encoding: 'utf8', cwd: tmpdir() });

describe('setup', { timeout: 30_000 }, () => {
  it.each([
    [[], 'no command given'],
    [['launch'], 'not understood: launch'],
    [['build', '--fast'], 'not understood: build --fast'],
  ])('refuses the arguments %j with its usage', (args, problem) => {
    const { status, stderr } = start('setup.mjs', ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(problem);
    expect(stderr).toContain('Usage: ');
  });

  it('explains itself', () => {
    const { status, stdout } = start('setup.mjs', '--help');
    expect(status).toBe(0);
    expect(stdout).toContain('Exit codes: ');
  });

  it('doctor names each requirement and step', () => {
    const { stdout } = start('setup.mjs', 'doctor');
    for (const name of ['kernel BTF', 'root', 'npm packages', 'nats-server', 'neo4j'])
      expect(stdout).toContain(name);
  });
});

describe('check', { timeout: 30_000 }, () => {
  it('refuses a check that does not exist and lists those that do', () => {
    const { status, stderr } = start('check.mjs', '--only', 'spelling');
    expect(status).toBe(2);
    expect(stderr).toContain('there is no check named spelling');
    expect(stderr).toContain('levels');
  });

  it('runs only what was asked for', () => {
    const { status, stdout } = start('check.mjs', '--only', 'lockfile');
    expect(stdout).toMatch(/^ok {4} lockfile +\d+\.\d s\n$/);
    expect(status).toBe(0);
  });
});

describe('the lock file check', () => {
  it('reports places, and no links to workspaces', () => {
    const packages = {
      '': {},
      'node_modules/@tapio/domain': { resolved: 'domain', link: true },
      'node_modules/a': { resolved: 'https://registry.example/a/-/a-1.0.0.tgz' },
      'node_modules/b': { resolved: 'git+ssh://git@example/b.git#1' },
      'node_modules/c': {},
    };
    expect(entriesWithPlace({ packages })).toEqual([
      'node_modules/a: https://registry.example/a/-/a-1.0.0.tgz',
      'node_modules/b: git+ssh://git@example/b.git#1',
    ]);
  });
});

describe('the npm step', () => {
  const wanted = {
    '': { name: 'root' },
    domain: { name: '@tapio/domain' },
    'node_modules/@tapio/domain': { link: true },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b': { version: '2.0.0', optional: true },
  };

  it.each([
    ['all is there', { ...wanted }, true],
    ['only an optional package is absent', { ...wanted, 'node_modules/b': undefined }, true],
    ['a package is absent', { ...wanted, 'node_modules/a': undefined }, false],
    ['a package has another version', { ...wanted, 'node_modules/a': { version: '1.0.1' } }, false],
    ['a workspace is not linked', { ...wanted, 'node_modules/@tapio/domain': undefined }, false],
  ])('sees when %s', (_name, installed, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'tapio-npm-'));
    expect(packagesInstalled(folder)).toBe(false);
    mkdirSync(join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: wanted }));
    writeFileSync(
      join(folder, 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: installed }),
    );
    expect(packagesInstalled(folder)).toBe(expected);
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('versions', () => {
  it.each([
    ['2.10.0', [2, 10], true],
    ['2.9.10', [2, 10], false],
    ['3.0', [2, 10], true],
    ['1.26', [1, 26], true],
    ['1.9.4', [1, 26], false],
  ])('%s at least %j: %s', (version, least, expected) => {
    expect(atLeast(version, least)).toBe(expected);
  });
});
