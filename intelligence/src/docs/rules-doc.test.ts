import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readBuiltInRules } from '../../files.ts';
import { loadRules } from '../rules/load.ts';
import { testRules } from '../rules/rule-tests.ts';

const doc = readFileSync(new URL('../../../docs/rules.md', import.meta.url), 'utf8');
const example = /```yaml\n([\s\S]*?)```/.exec(doc)?.[1] ?? '';

/** The tests of all rules are run, each beside all rules. */
const ALL_RULES_MS = 60_000;

async function failuresOf(text: string): Promise<readonly string[]> {
  const { rules, refused } = loadRules([...readBuiltInRules(), { path: 'example.yaml', text }]);
  expect(refused).toEqual([]);
  return (await testRules(rules)).flatMap((r) =>
    r.failures.map((failure) => `${r.owner}, ${r.name}: ${failure}`),
  );
}

test(
  'the worked example of docs/rules.md is a rule, and its tests hold beside all built-in ones',
  async () => {
    expect(example).toContain('id: segmentation-fault');
    expect(await failuresOf(example)).toEqual([]);
  },
  ALL_RULES_MS,
);

test(
  'the log pattern of docs/rules.md and the rule that reads it hold beside all built-in ones',
  async () => {
    const blocks = [...doc.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
    const files = blocks.slice(1).map((text, index) => ({ path: `block-${String(index)}.yaml`, text }));
    const { rules, refused } = loadRules([...readBuiltInRules(), ...files]);
    expect(refused).toEqual([]);
    expect(rules.logs.map(({ id }) => id)).toContain('license-missing');
    const results = (await testRules(rules)).filter(({ owner }) => owner === 'license-missing');
    expect(results.map(({ failures }) => failures)).toEqual([[], [], [], []]);
  },
  ALL_RULES_MS,
);

test(
  'changed as the text proposes, its first test fails',
  async () => {
    const failures = await failuresOf(example.replace('exit.signal == 11', 'exit.signal == 6'));
    expect(failures.join('\n')).toContain(
      'segmentation-fault, the first process crashes: expected 1 incidents, got none',
    );
  },
  ALL_RULES_MS,
);

test('every formatter, function, join and role that the text names exists', () => {
  const probe = example
    .replace(
      '{exit.signal|signal}',
      '{exit.ts|time} {exit.max_rss_bytes|bytes} {exit.signal|nth} {exit.comm|short} {exit|sender}',
    )
    .replace(
      '- exit.container_init',
      '- exit.container_init && quantity("256Mi") > 1.0 && exit.ts + seconds(5) > exit.ts && re2(exit.comm, "^a")',
    );
  expect(loadRules([{ path: 'probe.yaml', text: probe }]).refused).toEqual([]);
});
