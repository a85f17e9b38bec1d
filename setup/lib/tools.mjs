import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { machineDir } from './paths.mjs';

const path = join(machineDir, 'tools.json');

/**
 * What set-up found or made, for the launchers of testkit.
 * @returns {Record<string, unknown>}
 */
export function readTools() {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/**
 * @param {string} name
 * @param {unknown} tool
 */
export function recordTool(name, tool) {
  mkdirSync(machineDir, { recursive: true });
  const next = `${path}.new`;
  writeFileSync(next, `${JSON.stringify({ ...readTools(), [name]: tool }, undefined, 2)}\n`);
  renameSync(next, path);
}
