// Writes what is made from the rules: docs/causes.md and rule.schema.json. With --check it only says whether they
// are current (exit code 1 when not).
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { readBuiltInRules } from './files.ts';
import { causesMarkdown, loadRules, ruleJsonSchema } from './src/index.ts';

const { rules, refused } = loadRules(readBuiltInRules());
for (const { file, line, reason } of refused) process.stderr.write(`rules/${file}:${line}: ${reason}\n`);
if (refused.length > 0) process.exit(1);

const outputs = await Promise.all(
  [
    [new URL('../docs/causes.md', import.meta.url), causesMarkdown(rules)],
    [new URL('rule.schema.json', import.meta.url), JSON.stringify(ruleJsonSchema())],
  ].map(async ([url, text]) => {
    const config = await resolveConfig(url);
    return [url, await format(text, { ...config, filepath: url.pathname })];
  }),
);
const read = (url) => {
  try {
    return readFileSync(url, 'utf8');
  } catch {
    return '';
  }
};
if (process.argv.includes('--check')) {
  const stale = outputs.filter(([url, text]) => read(url) !== text);
  for (const [url] of stale)
    process.stderr.write(`${url.pathname} is not current: run node intelligence/generate.mjs\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [url, text] of outputs) writeFileSync(url, text);
}
