import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, systemPath } from '../lib/paths.mjs';
import { run, StepError } from '../lib/run.mjs';

const nodeMajor = 24;

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 * @property {boolean} [peer]
 */

/**
 * Whether node_modules holds what package-lock.json names: npm keeps a lock of what it installed.
 * @param {string} folder the clone
 */
export function packagesInstalled(folder) {
  const installedPath = join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return false;
  const wanted = lockEntries(join(folder, 'package-lock.json'));
  const installed = lockEntries(installedPath);
  return Object.entries(wanted).every(
    ([path, entry]) =>
      !path.startsWith('node_modules/') ||
      (entry.link === true && installed[path]?.link === true) ||
      (installed[path] === undefined ? entry.optional === true : installed[path].version === entry.version),
  );
}

/**
 * @param {string} path
 * @returns {Record<string, LockEntry>}
 */
function lockEntries(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/** What keeps the tools that npm placed from being used, or undefined. */
export function toolTrouble() {
  for (const { tool, ok } of [
    { tool: 'node', ok: (/** @type {string} */ text) => text.startsWith(`v${String(nodeMajor)}.`) },
    { tool: 'esbuild', ok: (/** @type {string} */ text) => /^\d+\./.test(text) },
  ]) {
    try {
      const version = execFileSync(join(root, 'node_modules', '.bin', tool), ['--version'], {
        encoding: 'utf8',
      });
      if (!ok(version)) return `${tool} is ${version.trim()}`;
    } catch (error) {
      return `${tool} does not start (${error instanceof Error ? error.message : String(error)})`;
    }
  }
  return undefined;
}

/**
 * Installs the npm packages exactly as locked. npm may be told, or may decide, not to run packages' install scripts;
 * the Node.js 24 binary and esbuild come by such scripts, so run those two by name where they did not run.
 * @param {(text: string) => void} status
 */
export async function installNpmPackages(status) {
  const advice = 'check that the npm registry is reachable (npm ping), then run this again';
  await run('npm', ['ci', '--no-audit', '--no-fund'], {
    log: 'npm-ci',
    advice,
    status,
    // npm must not run on the Node.js that it is about to replace.
    env: { PATH: systemPath },
  });
  if (toolTrouble() === undefined) return;
  status('running the install steps of node and esbuild');
  for (const { name, script } of [
    { name: 'node', script: 'installArchSpecificPackage.js' },
    { name: 'esbuild', script: 'install.js' },
  ]) {
    const cwd = join(root, 'node_modules', name);
    if (existsSync(join(cwd, script))) {
      await run(process.execPath, [script], { log: `npm-${name}`, advice, status, cwd });
    }
  }
  const trouble = toolTrouble();
  if (trouble !== undefined) {
    throw new StepError(`the npm packages are installed, but ${trouble}`, {
      advice:
        'remove node_modules and run this again; allow the install scripts of "node" and "esbuild" in npm',
    });
  }
}
