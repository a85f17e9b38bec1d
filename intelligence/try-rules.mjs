// Loads the built-in rules and those of a directory, as the loader does, and runs all embedded tests.
// Usage: npx node intelligence/try-rules.mjs [DIRECTORY]
import { readBuiltInRules, readRuleFiles } from './files.ts';
import { loadRules, testRules } from './src/index.ts';

const directory = process.argv[2];
const own = directory === undefined ? [] : readRuleFiles(directory);
const { rules, refused } = loadRules([...readBuiltInRules(), ...own]);
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
