import { execFile } from 'node:child_process';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@tapio/testkit';

const run = promisify(execFile);
const go = ['go', '/usr/local/go/bin/go'].find((name) => spawnSync(name, ['version']).status === 0);

/** Why compose files can't be read here; undefined when they can. */
export const composeLibraryMissing =
  go === undefined ? 'no Go: the library behind `docker compose` can’t be built' : undefined;

export interface ComposeMount {
  readonly type: 'bind' | 'volume';
  readonly source: string;
  readonly target: string;
}

export interface ComposeService {
  readonly image?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly {
    readonly host_ip?: string;
    readonly target: number;
    readonly published: string;
  }[];
  readonly volumes?: readonly ComposeMount[];
  readonly depends_on?: Readonly<Record<string, unknown>>;
}

export interface ComposeFile {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

/** Reads a file as `docker compose` would in that environment. @throws Error with what the library says */
export async function readComposeFile(path: string, env: NodeJS.ProcessEnv): Promise<ComposeFile> {
  const { stdout } = await run(go ?? 'go', ['run', '.', path], {
    cwd: join(repositoryRoot, 'deploy', 'compose-check'),
    env,
  });
  return JSON.parse(stdout) as ComposeFile;
}
