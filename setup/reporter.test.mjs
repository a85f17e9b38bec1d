import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './lib/paths.mjs';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapio-reporter-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'vitest.config.js'), 'export default { test: { include: ["*.case.js"] } };\n');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** @param {string} source */
function counts(source) {
  const path = join(folder, 'counts.json');
  writeFileSync(join(folder, 'one.case.js'), `import { describe, expect, it } from 'vitest';\n${source}`);
  spawnSync(
    join(root, 'node_modules', '.bin', 'vitest'),
    ['run', `--reporter=${join(root, 'setup', 'reporter.mjs')}`],
    {
      cwd: folder,
      env: { ...process.env, TAPIO_TEST_COUNTS: path },
    },
  );
  return JSON.parse(readFileSync(path, 'utf8'));
}

describe('the counting reporter', { timeout: 60_000 }, () => {
  it('counts passed, failed and skipped tests, and keeps the reasons', () => {
    const source = `
      it('a', () => {});
      it('b', () => expect(1).toBe(2));
      it('c', (ctx) => ctx.skip('no kernel BTF'));
      it('d', (ctx) => ctx.skip('no kernel BTF'));
      describe.skipIf(true)('e', () => { it('f', () => {}); });
    `;
    expect(counts(source)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 3,
      skipReasons: { 'no kernel BTF': 2, 'no reason given in one.case.js': 1 },
    });
  });

  it('counts a file that does not load, and an error outside any test, as failures', () => {
    expect(counts("throw new Error('does not load');").failed).toBe(1);
    expect(
      counts(
        "it('a', () => { setTimeout(() => { throw new Error('late'); }, 0); return new Promise((r) => setTimeout(r, 50)); });",
      ).failed,
    ).toBe(1);
  });
});
