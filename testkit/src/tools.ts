import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the set-up put the servers of this machine: the content of `.tapio/tools.json`. */
export interface Tools {
  /** Path of nats-server, and the version it printed. */
  readonly natsServer: { readonly path: string; readonly version: string };
  readonly neo4j: {
    /** Java runtime. */
    readonly java: string;
    /** In `java -cp` form. */
    readonly classPath: string;
    /** Class data archive (CDS) for a faster start; Java ignores one that does not fit. */
    readonly archive?: string;
    readonly version: string;
  };
}

/** The clone's root: three folders above this file. */
export const repositoryRoot = join(import.meta.dirname, '..', '..');

/** Folder of everything that belongs to this machine only. */
export const machineDir = join(repositoryRoot, '.tapio');

const toolsPath = join(machineDir, 'tools.json');

/**
 * The servers that set-up found or made.
 * @throws Error naming the command to run when set-up did not run in this clone.
 */
export function readTools(): Tools {
  if (!existsSync(toolsPath)) {
    throw new Error(
      `${toolsPath} is absent: run "npm run build" in the clone, which provides nats-server and Neo4j`,
    );
  }
  return JSON.parse(readFileSync(toolsPath, 'utf8')) as Tools;
}

/** Why servers cannot be launched here, or undefined: for `describe.skipIf` and `ctx.skip`. */
export function toolsMissing(): string | undefined {
  return existsSync(toolsPath) ? undefined : 'no servers in this clone: run "npm run build" first';
}
