#!/usr/bin/env node
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root, toolPath } from './lib/paths.mjs';
import { contentHash } from './lib/stamp.mjs';

/** A hash of each file that git knows or would take, so that current files pass before they are committed. */
function hashes() {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  const paths = listed.split('\0').filter((path) => path !== '' && existsSync(join(root, path)));
  return new Map(paths.map((path) => [path, contentHash(root, [path])]));
}

const before = hashes();
const { status } = spawnSync('npm', ['run', '--silent', 'generate'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: toolPath },
});
const stale = [...hashes()].filter(([path, hash]) => before.get(path) !== hash).map(([path]) => path);
if (stale.length > 0) {
  process.stderr.write(
    `out of date, now regenerated; commit them:\n${stale.map((path) => `  ${path}\n`).join('')}`,
  );
}
process.exitCode = status === 0 && stale.length === 0 ? 0 : 1;
