import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
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

/** Passwords that docker-compose.yml asks for and has no default for. */
const PASSWORDS = ['TAPIO_NEO4J_PASSWORD', 'TAPIO_GRAFANA_PASSWORD'] as const;

/**
 * Makes random passwords for the composed stack where none are set yet: they must outlive its volumes.
 *
 * @returns whether the file was made
 */
export function ensureEnvFile(path: string = ENV_FILE): boolean {
  if (existsSync(path)) return false;
  const lines = PASSWORDS.map((name) => `${name}=${randomBytes(16).toString('hex')}\n`);
  writeFileSync(path, lines.join(''), { mode: 0o600 });
  return true;
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
  const [program, ...args] = command;
  // In a process group of its own: Ctrl-C at the terminal reaches it through us only.
  const up = spawn(program, [...args, 'up', '--build'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: repositoryRoot,
    detached: true,
  });
  const onAbort = (): void => {
    if (up.exitCode === null) up.kill('SIGINT');
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
