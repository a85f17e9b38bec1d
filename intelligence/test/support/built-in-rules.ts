import { readFileSync, readdirSync } from 'node:fs';
import { RULES_DIRECTORY } from '../../src/rules/directory.ts';
import type { RuleFile } from '../../src/rules/load.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';

/** The rule files that ship. */
export function builtInFiles(): RuleFile[] {
  return readdirSync(RULES_DIRECTORY)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ path: name, text: readFileSync(new URL(name, RULES_DIRECTORY), 'utf8') }));
}

/** The rules that ship; throws with file, line and reason when one is refused. */
export function builtInRules(...more: readonly RuleFile[]): RuleSet {
  const { rules, refused } = loadRules([...builtInFiles(), ...more]);
  if (refused.length > 0) throw new Error(refused.map((f) => `${f.file}:${f.line}: ${f.reason}`).join('\n'));
  return rules;
}
