import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '@tapio/testkit';

const run = promisify(execFile);
const COMPOSE_FILE = join(repositoryRoot, 'docker-compose.yml');
const ENV_FILE = join(repositoryRoot, '.env');

/** A container engine that can run the composed stack, or why there is none. */
export type ComposeAvailability =
  | { readonly available: true; readonly command: readonly [string, ...string[]] }
  | { readonly available: false; readonly reason: string };

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
  return { available: true, command: ['docker', 'compose', '--file', COMPOSE_FILE] };
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(command, args, { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds and runs the composed stack in the foreground until it ends or the signal aborts, then takes it down.
 *
 * @returns the exit code of compose
 */
export async function runCompose(
  command: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<number> {
  if (!existsSync(ENV_FILE)) {
    throw new Error(
      'the composed stack needs passwords: copy .env.example to .env and set them, or run "npm start -- --local"',
    );
  }
  const [program, ...args] = command;
  const up = spawn(program, [...args, 'up', '--build'], {
    stdio: 'inherit',
    cwd: repositoryRoot,
    detached: true,
  });
  const onAbort = (): void => {
    if (up.pid !== undefined && up.exitCode === null) up.kill('SIGINT');
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const [code] = (await once(up, 'exit')) as [number | null];
    return signal.aborted ? 0 : (code ?? 1);
  } finally {
    signal.removeEventListener('abort', onAbort);
    await run(program, [...args, 'down'], { cwd: repositoryRoot }).catch(() => undefined);
  }
}
