import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readComposeFile } from './compose-file.ts';
import { ProcessProject } from './process-project.ts';
import type { StartService } from './process-project.ts';

export interface EngineRequest {
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export type EngineAnswer =
  { readonly stream: 'stdout' | 'stderr'; readonly text: string } | { readonly code: number };

export interface EngineOptions {
  /** How one service of the compose file runs. */
  readonly startService: StartService;
  /** Asked before anything is brought up: a reason to refuse, as an engine has where a port is taken. */
  readonly refuse?: (env: NodeJS.ProcessEnv) => Promise<string | undefined>;
}

interface Call extends EngineRequest {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * A container engine without containers, for machines that have none: it reads docker-compose.yml by the library behind
 * `docker compose`, and runs each service as a process of this machine, on the ports, with the environment, the folders
 * and the volumes that the file gives it. It knows the commands that `npm start` uses and refuses all others.
 */
export class ProcessEngine implements AsyncDisposable {
  /** What it was asked, oldest first, without `--file` and its path. */
  readonly calls: string[] = [];
  readonly projects = new Map<string, ProcessProject>();
  readonly #options: EngineOptions;
  readonly #dir: string;
  readonly #server: Server;
  readonly #busy = new Set<Promise<void>>();

  private constructor(options: EngineOptions, dir: string, server: Server) {
    this.#options = options;
    this.#dir = dir;
    this.#server = server;
    server.on('connection', (socket) => {
      const work = this.#serve(socket).finally(() => this.#busy.delete(work));
      this.#busy.add(work);
    });
  }

  static async start(options: EngineOptions): Promise<ProcessEngine> {
    const dir = mkdtempSync(join(tmpdir(), 'tapio-engine-'));
    mkdirSync(join(dir, 'bin'));
    const client = join(import.meta.dirname, 'docker-client.ts');
    writeFileSync(join(dir, 'bin', 'docker'), `#!/bin/sh\nexec '${process.execPath}' '${client}' "$@"\n`, {
      mode: 0o755,
    });
    const server = createServer();
    server.listen(join(dir, 'socket'));
    await once(server, 'listening');
    return new ProcessEngine(options, dir, server);
  }

  /** For programs that are to find this engine. */
  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      PATH: `${join(this.#dir, 'bin')}:${process.env['PATH'] ?? ''}`,
      TAPIO_TEST_ENGINE: join(this.#dir, 'socket'),
    };
  }

  /** What it still has of any project. */
  get remains(): readonly string[] {
    return [...this.projects.values()].flatMap(({ containers, networks, volumes }) => [
      ...containers,
      ...networks,
      ...volumes,
    ]);
  }

  async #serve(socket: Socket): Promise<void> {
    const gone = new AbortController();
    socket
      .on('error', () => undefined)
      .on('close', () => {
        gone.abort();
      });
    const answer = (it: EngineAnswer): void => void socket.write(`${JSON.stringify(it)}\n`);
    for await (const line of createInterface({ input: socket })) {
      const request = JSON.parse(line) as EngineRequest;
      const err = (text: string): void => {
        answer({ stream: 'stderr', text });
      };
      const out = (text: string): void => {
        answer({ stream: 'stdout', text });
      };
      const code = await this.#answer({ ...request, out, err, signal: gone.signal }).catch(
        (error: unknown) => {
          err(`${error instanceof Error ? error.message : 'unknown'}\n`);
          return 1;
        },
      );
      answer({ code });
      socket.end();
      return;
    }
  }

  async #answer(call: Call): Promise<number> {
    const { argv, out } = call;
    const [command = '', ...rest] = argv;
    if (command === '--version' || command === 'info') return 0;
    if (command === 'compose') return this.#compose({ ...call, argv: rest });
    this.calls.push(argv.join(' '));
    const label = /label=com\.docker\.compose\.project=(\S+)/.exec(argv.join(' '))?.[1] ?? '';
    const project = this.projects.get(label);
    if (command === 'ps' && argv.includes('--all')) out(lines(project?.containers));
    else if (command === 'ps') out(lines(project?.running));
    else if (argv.join(' ').startsWith('network ls')) out(lines(project?.networks));
    else if (argv.join(' ').startsWith('volume ls')) out(lines(project?.volumes));
    else throw new Error(`this engine does not know docker ${argv.join(' ')}`);
    return 0;
  }

  async #compose(call: Call): Promise<number> {
    const { argv, env, out, signal } = call;
    if (argv[0] === 'version') return 0;
    const [flag, path = '', command = '', ...args] = argv;
    if (flag !== '--file') throw new Error(`expected --file, not ${String(flag)}`);
    this.calls.push(['compose', command, ...args].join(' '));
    const file = await readComposeFile(path, env);
    const project = this.projects.get(file.name) ?? new ProcessProject(file.name, join(this.#dir, file.name));
    this.projects.set(file.name, project);
    switch ([command, ...args].join(' ')) {
      case 'up --build --detach': {
        const refusal = await this.#options.refuse?.(env);
        if (refusal !== undefined) throw new Error(refusal);
        await project.up(file, { start: this.#options.startService, signal, progress: call.err });
        return 0;
      }
      case 'down --remove-orphans --timeout 15 --volumes':
        await project.down({ volumes: true });
        return 0;
      case 'down --remove-orphans --timeout 15':
        await project.down({ volumes: false });
        return 0;
      case 'logs --no-color --follow':
        await project.followLogs(out, signal);
        return 0;
    }
    if (command === 'logs') {
      out(project.logTail(Number(args[2]), args.slice(3)));
      return 0;
    }
    const [option, service = '', program, file_ = ''] = args;
    if (command === 'exec' && option === '-T' && program === 'cat') {
      out(project.readFile(service, file_));
      return 0;
    }
    throw new Error(`this engine does not know docker compose ${command} ${args.join(' ')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const project of this.projects.values()) await project.down({ volumes: true });
    await Promise.all(this.#busy);
    this.#server.close();
    await once(this.#server, 'close');
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

function lines(ids: readonly string[] = []): string {
  return ids.map((id) => `${id}\n`).join('');
}
