import { expect, test } from 'vitest';
import { readBuiltInRules } from '../../files.ts';
import { loadRules } from './load.ts';

test('what was parsed before gives the same rules as the texts', () => {
  const files = readBuiltInRules();
  const texts = files.map(({ path, text }) => ({ path, text }));
  expect(files.every(({ content }) => content !== undefined)).toBe(true);
  const [kept, fresh] = [loadRules(files), loadRules(texts)];
  expect(kept.rules.version).toBe(fresh.rules.version);
  expect(kept.rules.rules.map(({ document }) => document)).toEqual(
    fresh.rules.rules.map(({ document }) => document),
  );
  expect(kept.refused).toEqual(fresh.refused);
});

test('content that is no rule is refused by the text, with its line', () => {
  const { refused } = loadRules([
    { path: 'bad.yaml', text: 'kind: rule\nid: Bad Id\n', content: { kind: 'rule' } },
  ]);
  expect(refused.some(({ line, reason }) => line === 2 && reason.startsWith('id'))).toBe(true);
});
