import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inParallel } from './lib/parallel.mjs';
import { root, toolPath } from './lib/paths.mjs';

const together = 2;

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {string} command
 * @property {readonly string[]} args
 * @property {boolean} [alone] writes files that other checks read: runs before them
 */

/**
 * @typedef {object} CheckResult
 * @property {string} name
 * @property {boolean} passed
 * @property {number} ms
 * @property {string} output
 */

/** @returns {readonly string[]} */
function workspaces() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).workspaces;
}

/**
 * Every static check. The long ones come first, since two run at a time.
 * @returns {readonly Check[]}
 */
export function allChecks() {
  const node = process.execPath;
  const frontend = existsSync(join(root, 'plugin', 'tsconfig.json'))
    ? [
        { name: 'types-frontend', command: 'tsc', args: ['-p', 'plugin/tsconfig.json'] },
        {
          name: 'lint-frontend',
          command: 'eslint',
          args: ['--config', 'plugin/eslint.frontend.config.js', 'plugin/src'],
        },
      ]
    : [];
  return [
    { name: 'lint', command: 'eslint', args: ['.'] },
    { name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
    { name: 'types-setup', command: 'tsc', args: ['-p', 'setup/tsconfig.json'] },
    ...frontend,
    {
      name: 'levels',
      command: 'depcruise',
      args: ['--config', '.dependency-cruiser.mjs', '--output-type', 'err-long', ...workspaces()],
    },
    { name: 'dead-code', command: 'knip', args: ['--no-progress', '--no-config-hints'] },
    { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', '.'] },
    { name: 'c-format', command: node, args: ['setup/c-format.mjs'] },
    { name: 'generated', command: node, args: ['setup/generated.mjs'], alone: true },
    { name: 'lockfile', command: node, args: ['setup/lockfile.mjs'] },
  ];
}

/**
 * Runs the checks, two at a time, and prints a line for each.
 * @param {readonly Check[]} checks
 * @returns {Promise<CheckResult[]>}
 */
export async function runChecks(checks) {
  const task = (/** @type {Check} */ check) => async () => {
    const result = await runCheck(check);
    const mark = result.passed ? 'ok    ' : 'FAILED';
    process.stdout.write(`${mark} ${result.name.padEnd(16)} ${(result.ms / 1000).toFixed(1)} s\n`);
    return result;
  };
  const first = await inParallel(checks.filter(({ alone }) => alone === true).map(task), 1);
  return [...first, ...(await inParallel(checks.filter(({ alone }) => alone !== true).map(task), together))];
}

/**
 * The output of those that failed, each under its name.
 * @param {readonly CheckResult[]} results
 */
export function failureText(results) {
  return results
    .filter(({ passed }) => !passed)
    .map(({ name, output }) => `\n--- ${name}\n${output}\n`)
    .join('');
}

/**
 * @param {Check} check
 * @returns {Promise<CheckResult>}
 */
function runCheck(check) {
  const startMs = performance.now();
  return new Promise((resolve) => {
    /** @type {string[]} */
    const printed = [];
    const end = (/** @type {boolean} */ passed) => {
      resolve({
        name: check.name,
        passed,
        ms: performance.now() - startMs,
        output: printed.join('').trimEnd(),
      });
    };
    const child = spawn(check.command, check.args, {
      cwd: root,
      env: { ...process.env, PATH: toolPath, FORCE_COLOR: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (/** @type {string} */ text) => printed.push(text));
    }
    child.on('error', (error) => {
      printed.push(`${check.command} could not be started: ${error.message}\n`);
      end(false);
    });
    child.on('close', (code) => {
      end(code === 0);
    });
  });
}
