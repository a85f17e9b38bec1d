#!/usr/bin/env node
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, toolPath } from './lib/paths.mjs';

const env = { ...process.env, PATH: toolPath };

/** Contents before and after regenerating, so that uncommitted but current files pass. */
function generatedFiles() {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  const paths = listed
    .split('\0')
    .filter((path) => /\.gen\.(ts|md|json)$/.test(path) && existsSync(join(root, path)));
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 */
function regenerate(command, args) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env });
  if (status !== 0) process.exit(1);
}

const before = generatedFiles();
regenerate('make', ['-s', '-C', 'bpf', 'layout']);
if (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).scripts.generate !== undefined) {
  regenerate('npm', ['run', '--silent', 'generate']);
}
const stale = [...generatedFiles()]
  .filter(([path, content]) => before.get(path) !== content)
  .map(([path]) => path);
if (stale.length > 0) {
  process.stderr.write(
    `out of date, now regenerated; commit them:\n${stale.map((path) => `  ${path}\n`).join('')}`,
  );
  process.exitCode = 1;
}
