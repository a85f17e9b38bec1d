import type { RuleSet } from '@tapio/intelligence';
import { loadRules } from '@tapio/intelligence';
import { readBuiltInRules, readRuleFiles } from '@tapio/intelligence/files';
import type { Logger } from '@tapio/runtime';

/**
 * The built-in rules and those of the user's directory, which override them by id. A rule that is refused is
 * logged with file, line and reason; the rest run.
 *
 * @throws when a directory can't be read
 */
export function readRules(rulesDir: string, log: Logger): RuleSet {
  const files = readBuiltInRules();
  if (rulesDir !== '') files.push(...readRuleFiles(rulesDir));
  const { rules, refused } = loadRules(files);
  for (const { file, line, reason } of refused) log.warn({ file, line, reason }, 'a rule was refused');
  log.info({ rules: rules.rules.length, refused: refused.length, version: rules.version }, 'rules loaded');
  return rules;
}
