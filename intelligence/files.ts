import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { RULES_DIRECTORY } from './src/rules/directory.ts';
import type { RuleFile } from './src/rules/load.ts';

/** Rule files beyond this are not read: a wrong directory must not be. */
const MAX_FILES = 2_000;
const DEEPEST = 4;

/** Where what was parsed of the built-in rules is kept; not part of the repository. */
const CACHE_DIRECTORY = fileURLToPath(new URL('../../.tapio/cache/', RULES_DIRECTORY));

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

/**
 * The rules that Tapio comes with. What their YAML holds is kept from one run to the next, under a hash of all texts,
 * because parsing it is most of what a short command does.
 */
export function readBuiltInRules(): RuleFile[] {
  const files = readRuleFiles(fileURLToPath(RULES_DIRECTORY));
  const hash = createHash('sha256');
  for (const { path, text } of files) hash.update(`${path}\0${text}\0`);
  const cache = join(CACHE_DIRECTORY, `rules-${hash.digest('hex').slice(0, 32)}.json`);
  const contents = readCache(cache) ?? writeCache(cache, files.map(contentOf));
  return files.map((file, index) => ({ ...file, content: contents[index] }));
}

/** Undefined for what is no YAML: `loadRules` says what is wrong with it. */
function contentOf({ text }: RuleFile): unknown {
  try {
    return parse(text, { uniqueKeys: true, version: '1.2', maxAliasCount: 0 }) as unknown;
  } catch {
    return undefined;
  }
}

function readCache(path: string): readonly unknown[] | undefined {
  try {
    const contents: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return Array.isArray(contents) ? contents : undefined;
  } catch {
    return undefined;
  }
}

/** A directory that can't be written only costs time. */
function writeCache(path: string, contents: readonly unknown[]): readonly unknown[] {
  const own = `${path}.${String(process.pid)}`;
  try {
    mkdirSync(CACHE_DIRECTORY, { recursive: true });
    writeFileSync(own, JSON.stringify(contents));
    for (const name of readdirSync(CACHE_DIRECTORY))
      if (/^rules-[0-9a-f]{32}\.json$/.test(name)) rmSync(join(CACHE_DIRECTORY, name), { force: true });
    renameSync(own, path);
  } catch {
    return contents;
  }
  return contents;
}

function filesBelow(directory: string, depth: number): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return depth > 0 ? filesBelow(path, depth - 1) : [];
    return /\.ya?ml$/.test(entry.name) ? [path] : [];
  });
}
