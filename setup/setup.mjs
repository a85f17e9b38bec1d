#!/usr/bin/env node
// Runs on a bare Node.js 20: nothing but node: modules may be imported below here.
import { join } from 'node:path';
import { withLock } from './lib/lock.mjs';
import { machineDir } from './lib/paths.mjs';
import { Progress } from './lib/progress.mjs';
import { requirements, thisMachine, unmet } from './lib/requirements.mjs';
import { StepError } from './lib/run.mjs';
import { steps } from './steps/list.mjs';

const usage = `Usage: node setup/setup.mjs COMMAND

  build    install and build everything that the project needs
  start    the same; asks first for what running Tapio needs (root, kernel BTF)
  test     the same as build, and a browser when GRAFANA_HOME is set
  doctor   say what is there and what is missing; changes nothing

Exit codes: 0 done, 1 a step failed, 2 wrong arguments, 3 this machine lacks a requirement.
Everything machine-local goes to .tapio/, logs to .tapio/logs/. NO_COLOR is honoured.
`;

const exitCodes = { done: 0, failed: 1, usage: 2, unmet: 3 };

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const [command, ...rest] = args;
  if (command === '--help' || command === '-h') {
    process.stdout.write(usage);
    return exitCodes.done;
  }
  if (!['build', 'start', 'test', 'doctor'].includes(command ?? '') || rest.length > 0) {
    const problem = command === undefined ? 'no command given' : `not understood: ${args.join(' ')}`;
    process.stderr.write(`${problem}\n\n${usage}`);
    return exitCodes.usage;
  }
  const progress = new Progress(process.stdout);
  const list = requirements(thisMachine());
  const lacking = unmet(list, command === 'doctor' ? 'start' : /** @type {string} */ (command));
  const all = steps({ chromium: command === 'test' && Boolean(process.env['GRAFANA_HOME']) });

  if (command === 'doctor') {
    for (const item of list)
      report(progress, item.name, item.met, item.met ? item.found : `${item.found}; ${item.advice}`);
    for (const step of all) {
      const current = settled(step);
      report(progress, step.name, current !== undefined, current ?? 'to be done by: npm run build');
    }
    return lacking.length === 0 ? exitCodes.done : exitCodes.unmet;
  }
  if (lacking.length > 0) {
    progress.line(`Tapio cannot ${/** @type {string} */ (command)} here yet:`);
    for (const item of lacking) report(progress, item.name, false, `${item.found}\n    ${item.advice}`);
    return exitCodes.unmet;
  }
  if (all.every((step) => settled(step) !== undefined)) {
    progress.line(`= set-up is complete (${String(all.length)} steps unchanged)`);
    return exitCodes.done;
  }
  const perform = async () => {
    for (const step of all) {
      const current = settled(step);
      if (current !== undefined) progress.current(step.name, current);
      else
        await progress.step(step.name, step.work, (note) => note).catch((error) => explain(step.name, error));
    }
  };
  await withLock(join(machineDir, 'setup.lock'), perform, () => {
    progress.line('  another set-up runs in this clone; waiting for it');
  });
  return exitCodes.done;
}

/**
 * A check that fails (a tool that is not there yet) means that there is work.
 * @param {import('./steps/list.mjs').Step} step
 */
function settled(step) {
  try {
    return step.current();
  } catch {
    return undefined;
  }
}

/**
 * @param {Progress} progress
 * @param {string} name
 * @param {boolean} good
 * @param {string} note
 */
function report(progress, name, good, note) {
  progress.line(`${progress.paint(good ? 'green' : 'red', good ? 'ok' : 'no')} ${name.padEnd(18)} ${note}`);
}

/**
 * @param {string} name
 * @param {unknown} error
 * @returns {never}
 */
function explain(name, error) {
  if (!(error instanceof StepError)) throw error;
  const tail = error.logTail();
  const lines = [
    '',
    `Set-up failed at "${name}": ${error.message}`,
    ...(tail === '' ? [] : [`The end of ${error.logPath ?? 'its log'}:`, tail.replaceAll(/^/gm, '  | ')]),
    `What to do: ${error.advice}`,
    '',
  ];
  process.stderr.write(lines.join('\n'));
  process.exit(exitCodes.failed);
}

process.exitCode = await main(process.argv.slice(2));
