#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { allChecks, failureText, runChecks } from './checks.mjs';
import { machineDir, root, toolPath } from './lib/paths.mjs';

/** @typedef {import('./reporter.mjs').Counts} Counts */

const leastLines = 80;

/** @returns {Counts} */
const none = () => ({ passed: 0, failed: 0, skipped: 0, skipReasons: {} });

/**
 * Runs a command whose output goes straight through.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Record<string, string>} env
 * @returns {Promise<number>} its exit code; 1 when it could not be started or a signal ended it
 */
function stream(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, PATH: toolPath, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    child.on('error', (error) => {
      process.stderr.write(`${command} could not be started: ${error.message}\n`);
      resolve(1);
    });
    child.on('close', (code) => {
      resolve(code ?? 1);
    });
  });
}

/** Each static check counts as one test. */
async function staticChecks() {
  heading('Static checks');
  const counts = none();
  const results = await runChecks(allChecks());
  process.stdout.write(failureText(results));
  for (const { passed } of results) counts[passed ? 'passed' : 'failed'] += 1;
  return counts;
}

/** Unit and integration tests in one run, so that coverage is theirs together; the coverage gate counts as one test. */
async function vitest() {
  heading('Unit and integration tests');
  const path = join(machineDir, 'test-counts.json');
  const coveragePath = join(machineDir, 'coverage', 'coverage-summary.json');
  rmSync(path, { force: true });
  rmSync(coveragePath, { force: true });
  const reporters = ['--reporter=default', '--reporter=./setup/reporter.mjs'];
  const code = await stream('vitest', ['run', '--coverage', ...reporters], { TAPIO_TEST_COUNTS: path });
  /** @type {Counts} */
  const counts = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : none();
  const lines = existsSync(coveragePath) ? JSON.parse(readFileSync(coveragePath, 'utf8')).total.lines.pct : 0;
  const covered = lines >= leastLines;
  process.stdout.write(
    `${covered ? 'ok    ' : 'FAILED'} coverage         ${String(lines)} % of lines, at least ${String(leastLines)}\n`,
  );
  counts[covered ? 'passed' : 'failed'] += 1;
  if (code !== 0 && counts.failed === 0) {
    process.stdout.write(`FAILED vitest ended with code ${String(code)}\n`);
    counts.failed += 1;
  }
  return counts;
}

/** The plugin's frontend keeps the runner of Grafana's template, jest. */
async function frontend() {
  const { scripts } = JSON.parse(readFileSync(join(root, 'plugin', 'package.json'), 'utf8'));
  if (scripts?.test === undefined) return none();
  heading("Tests of the plugin's frontend");
  const path = join(machineDir, 'frontend-tests.json');
  rmSync(path, { force: true });
  const code = await stream(
    'npm',
    ['run', '--silent', 'test', '-w', 'plugin', '--', '--json', `--outputFile=${path}`],
    {
      CI: 'true',
    },
  );
  const counts = none();
  if (existsSync(path)) {
    const report = JSON.parse(readFileSync(path, 'utf8'));
    counts.passed = report.numPassedTests;
    counts.failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    counts.skipped = report.numPendingTests + report.numTodoTests;
    if (counts.skipped > 0) counts.skipReasons['skipped in the frontend tests'] = counts.skipped;
  }
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

/** @param {string} text */
function heading(text) {
  process.stdout.write(`\n== ${text}\n`);
}

const total = none();
for (const part of [staticChecks, vitest, frontend]) {
  const counts = await part();
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped;
  for (const [reason, count] of Object.entries(counts.skipReasons)) {
    total.skipReasons[reason] = (total.skipReasons[reason] ?? 0) + count;
  }
}
if (total.skipped > 0) {
  heading('Skipped');
  for (const [reason, count] of Object.entries(total.skipReasons))
    process.stdout.write(`${String(count)} x ${reason}\n`);
}
process.stdout.write(
  `\n${String(total.passed)} passed, ${String(total.failed)} failed, ${String(total.skipped)} skipped\n`,
);
process.exitCode = total.failed === 0 ? 0 : 1;
