#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { allChecks, failureText, runChecks } from './checks.mjs';

const usage = `Usage: npm run check [-- --only NAME]...

Runs the static checks, two at a time. Exit code 0 when all passed, 1 when one failed, 2 for wrong arguments.
`;

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
  const results = await runChecks(chosen);
  process.stdout.write(failureText(results));
  return results.every(({ passed }) => passed) ? 0 : 1;
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
