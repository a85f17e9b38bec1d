import { readBuiltInRules } from '../../files.ts';
import type { RuleFile } from '../../src/rules/load.ts';
import { loadRules } from '../../src/rules/load.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';

/** The rules that ship; throws with file, line and reason when one is refused. */
export function builtInRules(...more: readonly RuleFile[]): RuleSet {
  const { rules, refused } = loadRules([...readBuiltInRules(), ...more]);
  if (refused.length > 0) throw new Error(refused.map((f) => `${f.file}:${f.line}: ${f.reason}`).join('\n'));
  return rules;
}
