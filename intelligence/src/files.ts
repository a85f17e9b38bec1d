import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RULES_DIRECTORY } from './rules/directory.ts';
import type { RuleFile } from './rules/load.ts';

/** Rule files beyond this are not read: a wrong directory must not be. */
const MAX_FILES = 2_000;
const DEEPEST = 4;

/**
 * Rule files of a directory and the directories in it, in order of their paths.
 *
 * @throws when the directory can't be read, or holds more files than anybody writes
 */
export function readRuleFiles(directory: string): RuleFile[] {
  const paths = filesBelow(directory, DEEPEST).sort();
  if (paths.length > MAX_FILES) {
    throw new Error(
      `${directory} holds ${paths.length} rule files; at most ${MAX_FILES} are read: is it the right one?`,
    );
  }
  return paths.map((path) => ({ path: relative(directory, path), text: readFileSync(path, 'utf8') }));
}

/** The rules that Tapio comes with. */
export function readBuiltInRules(): RuleFile[] {
  return readRuleFiles(fileURLToPath(RULES_DIRECTORY));
}

function filesBelow(directory: string, depth: number): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return depth > 0 ? filesBelow(path, depth - 1) : [];
    return /\.ya?ml$/.test(entry.name) ? [path] : [];
  });
}
