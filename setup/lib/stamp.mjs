import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Folders that never hold inputs. */
const outputs = new Set(['node_modules', 'build', 'dist', 'target', '.tapio', 'coverage', '.git']);

/**
 * Every file below the paths, sorted, without what builds write.
 * @param {string} base
 * @param {readonly string[]} paths files or folders, relative to base; absent ones are left out
 * @returns {string[]} relative to base
 */
export function inputFiles(base, paths) {
  /** @type {string[]} */
  const found = [];
  const walk = (/** @type {string} */ folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!outputs.has(entry.name)) walk(path);
      } else if (entry.isFile()) {
        found.push(relative(base, path));
      }
    }
  };
  for (const path of paths) {
    const full = join(base, path);
    if (!existsSync(full)) continue;
    if (statSync(full).isFile()) found.push(path);
    else walk(full);
  }
  return found.sort();
}

/**
 * A hash over names and contents of files and over facts (versions, options).
 * @param {string} base
 * @param {readonly string[]} files relative to base
 * @param {readonly string[]} [facts]
 */
export function contentHash(base, files, facts = []) {
  const hash = createHash('sha256');
  for (const fact of facts) hash.update(`fact ${JSON.stringify(fact)}\n`);
  for (const file of files) {
    const content = readFileSync(join(base, file));
    hash.update(`file ${JSON.stringify(file)} ${String(content.length)}\n`).update(content);
  }
  return hash.digest('hex');
}

/** Remembers for each step the hash of its inputs at its last success. */
export class Stamps {
  #folder;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * @param {string} step
   * @param {string} hash
   * @param {readonly string[]} products absolute paths that must be there
   */
  isCurrent(step, hash, products) {
    const path = this.#path(step);
    if (!existsSync(path) || readFileSync(path, 'utf8').trim() !== hash) return false;
    return products.every((product) => existsSync(product));
  }

  /**
   * @param {string} step
   * @param {string} hash
   */
  write(step, hash) {
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(this.#path(step), `${hash}\n`);
  }

  /** @param {string} step */
  #path(step) {
    return join(this.#folder, `${step}.stamp`);
  }
}
