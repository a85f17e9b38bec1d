import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The clone's root. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Everything that belongs to this machine only; never committed. */
export const machineDir = join(root, '.tapio');

const searchPath = (process.env['PATH'] ?? '').split(delimiter);

/** PATH without the tools that npm scripts put in front. */
export const systemPath = searchPath
  .filter((folder) => !folder.endsWith(join('node_modules', '.bin')))
  .join(delimiter);

/** PATH with the project's own Node 24 and tools first, and the places where administrators' tools live last. */
export const toolPath = [join(root, 'node_modules', '.bin'), ...searchPath, '/usr/sbin', '/sbin'].join(
  delimiter,
);

/**
 * The first executable of that name on {@link toolPath}, or in `more`.
 * @param {string} name
 * @param {readonly string[]} [more] further folders, searched last
 * @returns {string | undefined}
 */
export function findTool(name, more = []) {
  for (const folder of [...toolPath.split(delimiter), ...more]) {
    if (folder === '') continue;
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile()) return path;
    } catch {
      continue;
    }
  }
  return undefined;
}

/**
 * Java's major version as its installation states it, without starting it.
 * @param {string} java path of the executable
 * @param {(path: string) => string} readText
 * @returns {number | undefined}
 */
export function javaMajor(java, readText) {
  const release = join(dirname(dirname(realpathSync(java))), 'release');
  if (!existsSync(release)) return undefined;
  const version = /^JAVA_VERSION="(\d+)/m.exec(readText(release));
  return version === null ? undefined : Number(version[1]);
}
