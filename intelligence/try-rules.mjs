// Loads the built-in rules and those of a directory, as the loader does, and runs all embedded tests.
// Usage: npx node intelligence/try-rules.mjs [DIRECTORY]
import { readFileSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { RULES_DIRECTORY, loadRules, testRules } from './src/index.ts';

const directory = process.argv[2];
const read = (url) =>
  readdirSync(url)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => ({ path: name, text: readFileSync(new URL(name, url), 'utf8') }));
const own = directory === undefined ? [] : read(pathToFileURL(`${directory}/`));
const { rules, refused } = loadRules([...read(RULES_DIRECTORY), ...own]);
for (const { file, line, reason } of refused) process.stdout.write(`refused  ${file}:${line}: ${reason}\n`);
const results = await testRules(rules);
for (const { owner, name, passed, failures } of results) {
  if (passed && directory !== undefined && !own.some((file) => file.text.includes(`id: ${owner}\n`)))
    continue;
  process.stdout.write(`${passed ? 'passed ' : 'FAILED '}  ${owner}: ${name}\n`);
  for (const failure of failures) process.stdout.write(`           ${failure}\n`);
}
const failed = results.filter((result) => !result.passed).length;
process.stdout.write(`${results.length} tests, ${failed} failed; ${refused.length} faults\n`);
process.exitCode = failed + refused.length === 0 ? 0 : 1;
