#!/usr/bin/env node
import { execFileSync, spawnSync } from 'node:child_process';
import { root, findTool } from './lib/paths.mjs';

/** Every C and C++ file of the repository, also those not yet committed; vmlinux.h is generated and ignored by git. */
function sources() {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.split('\0').filter((path) => /\.(c|h|cc)$/.test(path));
}

const write = process.argv[2] === '--write';
if (process.argv.length > 3 || (process.argv[2] !== undefined && !write)) {
  process.stderr.write('Usage: node setup/c-format.mjs [--write]\n');
  process.exit(2);
}
const tool = findTool('clang-format');
if (tool === undefined) {
  process.stderr.write('clang-format is missing: npm run build installs it\n');
  process.exit(1);
}
const mode = write ? ['-i'] : ['--dry-run', '-Werror'];
const { status } = spawnSync(tool, [...mode, '--style=file', ...sources()], { cwd: root, stdio: 'inherit' });
if (status !== 0 && !write) process.stderr.write('mend it with: npm run format\n');
process.exitCode = status ?? 1;
