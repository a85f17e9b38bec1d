import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@tapio/testkit';

const run = promisify(execFile);

/** What `npm start` runs where a container engine is. */
export const COMPOSE_FILE = join(repositoryRoot, 'docker-compose.yml');

/** A container engine that can run the composed stack, or why there is none. */
export type ComposeAvailability =
  { readonly available: true } | { readonly available: false; readonly reason: string };

/** `docker compose` needs the command, its compose plugin, a daemon that answers, and our file. */
export async function findCompose(): Promise<ComposeAvailability> {
  if (!existsSync(COMPOSE_FILE)) return { available: false, reason: 'docker-compose.yml is absent' };
  if (!(await succeeds('docker', ['--version']))) return { available: false, reason: 'no docker command' };
  if (!(await succeeds('docker', ['info', '--format', '{{.ServerVersion}}']))) {
    return { available: false, reason: 'no container engine answers' };
  }
  if (!(await succeeds('docker', ['compose', 'version']))) {
    return { available: false, reason: 'docker has no compose plugin' };
  }
  return { available: true };
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(command, args, { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
