import { existsSync } from 'node:fs';
import { join } from 'node:path';

const BUILD_DIR = join(import.meta.dirname, '..', 'build');

/** A program of this folder that `make` has built. @throws Error naming the command that builds it */
export function programPath(name: 'container-shim' | 'report' | 'node-cleaner'): string {
  const path = join(BUILD_DIR, name);
  if (!existsSync(path)) throw new Error(`${path} is not built: run "make -C scenarios"`);
  return path;
}
