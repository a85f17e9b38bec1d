import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

/** Why no process can be refused a file here; undefined when one can: root itself is refused nothing. */
export const refusalsMissing = SETPRIV === undefined ? 'no setpriv (util-linux)' : undefined;

/** The user that refused processes run as. */
const NOBODY = ['--reuid=65534', '--clear-groups'];

/** Makes a folder that only root may look into. */
export function makeLockedFolder(parent: string): string {
  const folder = join(parent, 'locked');
  mkdirSync(folder, { mode: 0o700 });
  // A path to it has to be open, so that it is the folder that refuses.
  chmodSync(parent, 0o755);
  return folder;
}

/** A program of nobody's that runs a script of `sh`. */
export function asNobody(script: string): { readonly program: string; readonly args: readonly string[] } {
  return { program: SETPRIV ?? 'setpriv', args: [...NOBODY, 'sh', '-c', script] };
}

/** The files that {@link refusedScript} asks for. */
export function refusedPaths(folder: string, nonce: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => join(folder, `${nonce}-${index}`));
}

/** Asks for `count` files of a locked folder, a pause after each. */
export function refusedScript(
  folder: string,
  nonce: string,
  options: { readonly count: number; readonly pauseS: number },
): string {
  const pause = options.pauseS === 0 ? ':' : `sleep ${options.pauseS}`;
  return `i=0; while [ $i -lt ${options.count} ]; do true < '${folder}/${nonce}-'$i; i=$((i+1)); ${pause}; done 2>/dev/null`;
}
