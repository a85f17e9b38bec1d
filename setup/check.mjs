#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { allChecks, runCheck } from './checks.mjs';
import { inParallel } from './lib/parallel.mjs';

const usage = `Usage: npm run check [-- --only NAME]...

Runs the static checks, two at a time. Exit code 0 when all passed, 1 when one failed, 2 for wrong arguments.
`;
const together = 2;

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>} the exit code
 */
async function main(args) {
  const checks = allChecks();
  const names = checks.map(({ name }) => name);
  let only;
  try {
    ({ only } = parseArgs({ args: [...args], options: { only: { type: 'string', multiple: true } } }).values);
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error), names);
  }
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) return refuse(`there is no check named ${unknown}`, names);

  const chosen = checks.filter(({ name }) => only?.includes(name) ?? true);
  const results = await inParallel(
    chosen.map((check) => async () => {
      const result = await runCheck(check);
      process.stdout.write(
        `${result.passed ? 'ok    ' : 'FAILED'} ${result.name.padEnd(16)} ${(result.ms / 1000).toFixed(1)} s\n`,
      );
      return result;
    }),
    together,
  );
  const failed = results.filter(({ passed }) => !passed);
  for (const { name, output } of failed) process.stdout.write(`\n--- ${name}\n${output}\n`);
  return failed.length === 0 ? 0 : 1;
}

/**
 * @param {string} problem
 * @param {readonly string[]} names
 */
function refuse(problem, names) {
  process.stderr.write(`${problem}\n\n${usage}Checks: ${names.join(', ')}\n`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
