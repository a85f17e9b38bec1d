import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

/** A file of a dump, and what its path is within the dump. */
export interface FoundFile {
  readonly path: string;
  readonly absolute: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface WalkProblem {
  readonly path: string;
  readonly message: string;
}

/** A dump of the largest clusters has some tens of thousands; more is another kind of directory. */
const WALK_LIMITS = { files: 100_000, depth: 24 } as const;

/**
 * Files below a directory, or the one file, in order of their paths. A link is followed once; what can't be read is a
 * problem, and the rest is found.
 *
 * @throws when the path itself is not there
 */
export function filesOf(root: string): {
  readonly files: readonly FoundFile[];
  readonly problems: readonly WalkProblem[];
} {
  const files: FoundFile[] = [];
  const problems: WalkProblem[] = [];
  const seen = new Set<string>();
  const top = statSync(root);
  if (top.isDirectory()) walk(root, '', 0);
  else add(root, basename(root));
  return { files, problems };

  function walk(absolute: string, path: string, depth: number): void {
    if (depth > WALK_LIMITS.depth) {
      problems.push({ path, message: `folders deeper than ${WALK_LIMITS.depth} are not read` });
      return;
    }
    try {
      const real = realpathSync(absolute);
      if (seen.has(real)) return;
      seen.add(real);
      for (const { name } of readdirSync(absolute, { withFileTypes: true }).sort(byName)) {
        // Hidden ones belong to tools: .git, .DS_Store.
        if (name.startsWith('.') || files.length > WALK_LIMITS.files) continue;
        visit(join(absolute, name), path === '' ? name : `${path}/${name}`, depth);
      }
    } catch (error) {
      problems.push({ path, message: reasonOf(error) });
    }
  }

  function visit(absolute: string, path: string, depth: number): void {
    try {
      if (statSync(absolute).isDirectory()) walk(absolute, path, depth + 1);
      else add(absolute, path);
    } catch (error) {
      problems.push({ path, message: reasonOf(error) });
    }
  }

  function add(absolute: string, path: string): void {
    const stat = statSync(absolute);
    if (!stat.isFile()) {
      problems.push({ path, message: 'is no file' });
      return;
    }
    const real = realpathSync(absolute);
    if (seen.has(real)) return;
    seen.add(real);
    if (files.length === WALK_LIMITS.files)
      problems.push({ path, message: `files beyond the first ${WALK_LIMITS.files} are not read` });
    if (files.length <= WALK_LIMITS.files)
      files.push({ path, absolute, sizeBytes: stat.size, modifiedMs: stat.mtimeMs });
  }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** `EACCES: permission denied` without the path, which is said besides. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split(', ')[0] ?? message;
}
