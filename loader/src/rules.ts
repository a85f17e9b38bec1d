import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RuleFile, RuleSet } from '@tapio/intelligence';
import { RULES_DIRECTORY, loadRules } from '@tapio/intelligence';
import type { Logger } from '@tapio/runtime';

/** Rule files beyond this are not read: a wrong directory must not be. */
const MAX_FILES = 1_000;

/**
 * The built-in rules and those of the user's directory, which override them by id. A rule that is refused is
 * logged with file, line and reason; the rest run.
 *
 * @throws when a directory can't be read
 */
export async function readRules(rulesDir: string, log: Logger): Promise<RuleSet> {
  const files = await readRuleFiles(fileURLToPath(RULES_DIRECTORY));
  if (rulesDir !== '') files.push(...(await readRuleFiles(rulesDir)));
  const { rules, refused } = loadRules(files);
  for (const { file, line, reason } of refused) log.warn({ file, line, reason }, 'a rule was refused');
  log.info({ rules: rules.rules.length, refused: refused.length, version: rules.version }, 'rules loaded');
  return rules;
}

async function readRuleFiles(directory: string): Promise<RuleFile[]> {
  const names = (await readdir(directory)).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length > MAX_FILES) {
    throw new Error(
      `${directory} holds ${names.length} rule files; at most ${MAX_FILES} are read: is it the right one?`,
    );
  }
  return Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      return { path, text: await readFile(path, 'utf8') };
    }),
  );
}
