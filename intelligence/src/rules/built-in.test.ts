import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { readBuiltInRules } from '../../files.ts';
import { builtInRules } from '../../test/support/built-in-rules.ts';
import { causesMarkdown } from '../docs/causes.ts';
import { testRules } from './rule-tests.ts';
import { ruleJsonSchema } from './schema.ts';

const rules = builtInRules();
const results = await testRules(rules);

test.each(results.map((result) => [`${result.owner}: ${result.name}`, result] as const))(
  '%s',
  (_, { failures }) => {
    expect(failures).toEqual([]);
  },
);

test('every rule says where its mechanism is documented, has a decoy and a text for the list of what was ruled out', () => {
  for (const { document } of rules.rules) {
    expect(document.source.length, document.id).toBeGreaterThan(0);
    const decoys = document.tests.filter(
      ({ expect: wanted }) =>
        wanted === 'silence' ||
        wanted.not.length > 0 ||
        // Two incidents: what only looks alike was not joined.
        wanted.incidents > 1 ||
        (wanted.rule ?? document.id) !== document.id ||
        (wanted.cause ?? document.cause.code) !== document.cause.code,
    );
    expect(decoys.length, `${document.id} has no decoy`).toBeGreaterThan(0);
  }
});

test('no built-in file replaces another: each has an id of its own', () => {
  const { length } = readBuiltInRules();
  expect(rules.rules.length + rules.symptoms.length + rules.logs.length).toBe(length);
});

test('no two rules give one cause code different labels', () => {
  const labels = new Map<string, string>();
  for (const { cause } of rules.rules) {
    expect(labels.get(cause.code) ?? cause.label).toBe(cause.label);
    labels.set(cause.code, cause.label);
  }
});

test('generated files are current: node intelligence/generate.mjs', async () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
  const style = await resolveConfig(new URL(import.meta.url));
  const causes = await format(causesMarkdown(rules), { ...style, filepath: 'causes.md' });
  expect(read('../../../docs/causes.md')).toBe(causes);
  expect(JSON.parse(read('../../rule.schema.json'))).toEqual(ruleJsonSchema());
});
