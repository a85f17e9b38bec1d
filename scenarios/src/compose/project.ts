import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { Child, repositoryRoot } from '@tapio/testkit';
import { COMPOSE_FILE } from './find-compose.ts';

const run = promisify(execFile);

/** Of these compose keeps track by labels, with and without the file that they came from. */
const KINDS = [
  { name: 'container', list: ['ps', '--all'] },
  { name: 'network', list: ['network', 'ls'] },
  { name: 'volume', list: ['volume', 'ls'] },
] as const;
/** Tapio's services drain within it, Neo4j closes its store. */
const STOP_GRACE_S = 15;
const DOWN_TIMEOUT_MS = 120_000;
/** Compose ends at an interrupt by itself; a build may take its time. */
const INTERRUPT_GRACE_MS = 30_000;
const COMMAND_TIMEOUT_MS = 30_000;

/** One project of `docker compose`: docker-compose.yml under a name of its own. */
export class ComposeProject {
  readonly name: string;
  readonly #environment: NodeJS.ProcessEnv;

  /** @param settings variables that docker-compose.yml reads */
  constructor(name: string, settings: Readonly<Record<string, string>>) {
    this.name = name;
    this.#environment = { ...process.env, ...settings, COMPOSE_PROJECT_NAME: name };
  }

  /**
   * Builds and pulls images and starts everything in the background; what compose tells of it goes to a file of ours.
   *
   * @returns whether it came up
   * @throws what the signal was aborted with, once compose has ended
   */
  async up(options: { readonly outputFd: number; readonly signal: AbortSignal }): Promise<boolean> {
    const { outputFd, signal } = options;
    signal.throwIfAborted();
    // In a process group of its own: Ctrl-C at the terminal reaches it through us only.
    const up = spawn('docker', [...this.#compose(), 'up', '--build', '--detach'], {
      stdio: ['ignore', outputFd, outputFd],
      cwd: repositoryRoot,
      env: this.#environment,
      detached: true,
    });
    let impatience: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      up.kill('SIGINT');
      impatience = setTimeout(() => up.kill('SIGKILL'), INTERRUPT_GRACE_MS);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const [code] = (await once(up, 'exit')) as [number | null];
      signal.throwIfAborted();
      return code === 0;
    } finally {
      clearTimeout(impatience);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Stops everything and removes containers and networks; volumes too unless they are to be kept. */
  async down(options: { readonly keepVolumes: boolean }): Promise<void> {
    const args = ['down', '--remove-orphans', '--timeout', String(STOP_GRACE_S)];
    await this.#run([...args, ...(options.keepVolumes ? [] : ['--volumes'])], DOWN_TIMEOUT_MS);
  }

  /** Content of a file as a service sees it. */
  async readFile(service: string, path: string): Promise<string> {
    return this.#run(['exec', '-T', service, 'cat', path]);
  }

  /** The last lines that a service has logged, or that each of them has. */
  async logTail(lines: number, ...service: readonly string[]): Promise<string> {
    const text = await this.#run(['logs', '--no-color', '--tail', String(lines), ...service]);
    return text.trimEnd() || '(nothing printed)';
  }

  /** Writes what all services log to a file, until they have ended. */
  followLogs(logPath: string): Promise<Child> {
    return Child.start({
      name: 'docker compose logs',
      command: 'docker',
      args: [...this.#compose(), 'logs', '--no-color', '--follow'],
      logPath,
      cwd: repositoryRoot,
      env: this.#environment,
    });
  }

  #compose(): readonly string[] {
    return ['compose', '--file', COMPOSE_FILE];
  }

  async #run(args: readonly string[], timeoutMs = COMMAND_TIMEOUT_MS): Promise<string> {
    const { stdout } = await run('docker', [...this.#compose(), ...args], {
      cwd: repositoryRoot,
      env: this.#environment,
      timeout: timeoutMs,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  }
}

/** What the engine still has of a project, in words, and how to end it. */
export async function remainsOfProject(name: string, keepVolumes: boolean): Promise<readonly string[]> {
  const kinds = KINDS.filter((kind) => !(keepVolumes && kind.name === 'volume'));
  const left = await Promise.all(kinds.map(async (kind) => ({ kind, ids: await idsOf(kind.list, name) })));
  return left
    .filter(({ ids }) => ids.length > 0)
    .map(({ kind, ids }) => {
      const what = `${kind.name}${ids.length === 1 ? '' : 's'} ${ids.join(', ')}`;
      return `${what}: "docker compose --project-name ${name} down --volumes" removes that`;
    });
}

/** Takes a project down of which only the name is known. @throws Error with what compose says */
export async function removeProject(name: string): Promise<void> {
  // Compose wants the passwords of the file to be set, for whatever it does.
  const unread = { TAPIO_NEO4J_PASSWORD: 'unread', TAPIO_GRAFANA_PASSWORD: 'unread' };
  await new ComposeProject(name, unread).down({ keepVolumes: false });
}

/** Whether any service of a project runs. */
export async function isProjectRunning(name: string): Promise<boolean> {
  return (await idsOf(['ps'], name)).length > 0;
}

async function idsOf(list: readonly string[], name: string): Promise<readonly string[]> {
  const { stdout } = await run(
    'docker',
    [...list, '--quiet', '--filter', `label=com.docker.compose.project=${name}`],
    { timeout: COMMAND_TIMEOUT_MS },
  );
  return stdout.split('\n').filter((line) => line !== '');
}
