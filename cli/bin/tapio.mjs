#!/usr/bin/env node
// Runs on any Node.js that has ES modules: it finds one that runs TypeScript as it stands (22.18, 24 and later).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const main = join(root, 'cli', 'src', 'main.ts');
const own = join(root, 'node_modules', '.bin', 'node');
const [major, minor] = process.versions.node.split('.').map(Number);

if (major >= 24 || (major === 22 && minor >= 18)) {
  // Where it can't be written, Node.js goes on without.
  module.enableCompileCache?.(join(root, '.tapio', 'cache', 'node'));
  await import(main);
} else if (process.env._TAPIO_OWN_NODE === undefined && existsSync(own)) {
  const { status, signal } = spawnSync(own, [main, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, _TAPIO_OWN_NODE: '1' },
  });
  if (signal !== null) process.kill(process.pid, signal);
  process.exitCode = status ?? 1;
} else {
  process.stderr.write(
    `tapio needs Node.js 24, and this is ${process.versions.node}: run "npm ci" in the clone, which brings one along\n`,
  );
  process.exitCode = 1;
}
