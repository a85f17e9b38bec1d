#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './lib/paths.mjs';

/**
 * Entries of a package-lock.json that name a registry host or another place: such a lock works only where that place
 * is reached, and tells where it was made. Links to workspaces are relative paths.
 * @param {{ packages: Record<string, { resolved?: string }> }} lock
 */
export function entriesWithPlace(lock) {
  return Object.entries(lock.packages).flatMap(([path, { resolved }]) =>
    resolved !== undefined && /^[a-z+]+:/.test(resolved) ? [`${path}: ${resolved}`] : [],
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = entriesWithPlace(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  if (found.length > 0) {
    process.stderr.write(
      `${found.join('\n')}\nmend it with: npm install (the project's .npmrc leaves places out)\n`,
    );
    process.exitCode = 1;
  }
}
