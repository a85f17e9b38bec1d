import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ComposeFile, ComposeMount, ComposeService } from './compose-file.ts';

/** A service that runs as a process instead of a container. */
export interface RunningService extends AsyncDisposable {
  readonly running: boolean;
}

/** One service, in terms of this machine. */
export interface ServiceTask {
  readonly name: string;
  readonly service: ComposeService;
  /** The service's environment, with paths and addresses of this machine in place of those of containers. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder of this machine that a path of the container is in. */
  readonly pathOf: (path: string) => string;
  /** The port of this machine that one of the container is published on; undefined for one that is not. */
  readonly portOf: (port: number) => number | undefined;
  readonly logPath: string;
  readonly signal: AbortSignal;
}

export type StartService = (task: ServiceTask) => Promise<RunningService>;

export interface UpOptions {
  readonly start: StartService;
  readonly signal: AbortSignal;
  readonly progress: (text: string) => void;
}

/** What an engine has of one compose project: services that run, volumes that hold data, a network. */
export class ProcessProject {
  readonly name: string;
  readonly #dir: string;
  #file: ComposeFile | undefined;
  readonly #services = new Map<string, RunningService>();
  #hasNetwork = false;

  constructor(name: string, dir: string) {
    this.name = name;
    this.#dir = dir;
  }

  get containers(): readonly string[] {
    return [...this.#services.keys()].map((service) => `${this.name}-${service}-1`);
  }

  get running(): readonly string[] {
    return this.containers.filter((_id, index) => [...this.#services.values()][index]?.running === true);
  }

  get networks(): readonly string[] {
    return this.#hasNetwork ? [`${this.name}_default`] : [];
  }

  get volumes(): readonly string[] {
    return existsSync(this.#dir)
      ? Object.keys(this.#file?.volumes ?? {}).map((volume) => `${this.name}_${volume}`)
      : [];
  }

  service(name: string): RunningService | undefined {
    return this.#services.get(name);
  }

  /** Starts each service when those that it depends on run. */
  async up(file: ComposeFile, { start, signal, progress }: UpOptions): Promise<void> {
    this.#file = file;
    this.#hasNetwork = true;
    mkdirSync(join(this.#dir, 'logs'), { recursive: true });
    const waiting = new Map(Object.entries(file.services));
    while (waiting.size > 0) {
      signal.throwIfAborted();
      const next = [...waiting].filter(([, service]) =>
        Object.keys(service.depends_on ?? {}).every((needed) => this.#services.has(needed)),
      );
      if (next.length === 0)
        throw new Error(`services wait for each other: ${[...waiting.keys()].join(', ')}`);
      const started = await Promise.allSettled(
        next.map(async ([name, service]) => {
          this.#services.set(name, await start(this.#task(name, service, signal)));
          progress(`Container ${this.name}-${name}-1  Started\n`);
        }),
      );
      for (const [name] of next) waiting.delete(name);
      for (const one of started) if (one.status === 'rejected') throw one.reason;
    }
  }

  async down(options: { readonly volumes: boolean }): Promise<void> {
    for (const [name, service] of [...this.#services].reverse()) {
      await service[Symbol.asyncDispose]();
      this.#services.delete(name);
    }
    this.#hasNetwork = false;
    if (options.volumes) rmSync(this.#dir, { recursive: true, force: true });
  }

  /** As `cat` in the container prints it. */
  readFile(name: string, path: string): string {
    const service = this.#file?.services[name];
    if (service === undefined || !this.#services.has(name))
      throw new Error(`service "${name}" is not running`);
    return readFileSync(this.#pathOf(service, path), 'utf8');
  }

  logTail(count: number, names: readonly string[]): string {
    return Object.keys(this.#file?.services ?? {})
      .filter((name) => names.length === 0 || names.includes(name))
      .map((name) => this.#logOf(name).slice(-count).join(''))
      .join('');
  }

  /** What was logged and what is, until no service runs any more. */
  async followLogs(out: (text: string) => void, signal: AbortSignal): Promise<void> {
    const told = new Map<string, number>();
    for (;;) {
      const last = this.running.length === 0 || signal.aborted;
      for (const name of this.#services.keys()) {
        const log = this.#logOf(name);
        out(log.slice(told.get(name) ?? 0).join(''));
        told.set(name, log.length);
      }
      if (last) return;
      await delay(100, undefined, { signal }).catch(() => undefined);
    }
  }

  #logOf(name: string): string[] {
    const path = join(this.#dir, 'logs', `${name}.log`);
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `${name}-1  | ${line}\n`);
  }

  #task(name: string, service: ComposeService, signal: AbortSignal): ServiceTask {
    const pathOf = (path: string): string => this.#pathOf(service, path);
    const environment = Object.entries(service.environment ?? {});
    return {
      name,
      service,
      env: Object.fromEntries(environment.map(([key, value]) => [key, pathOf(this.#addressOf(value))])),
      pathOf,
      portOf: (port) => publishedPort(service, port),
      logPath: join(this.#dir, 'logs', `${name}.log`),
      signal,
    };
  }

  #pathOf(service: ComposeService, path: string): string {
    const mount = (service.volumes ?? []).find(
      ({ target }) => path === target || path.startsWith(`${target}/`),
    );
    return mount === undefined ? path : `${this.#sourceOf(mount)}${path.slice(mount.target.length)}`;
  }

  #sourceOf({ type, source }: ComposeMount): string {
    if (type === 'bind') return source;
    const folder = join(this.#dir, 'volumes', source);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** `nats://nats:4222` and the like: containers know each other by the names of their services. */
  #addressOf(value: string): string {
    const [whole, scheme = '', host = '', port = ''] = /^(\w+:\/\/)([\w-]+):(\d+)$/.exec(value) ?? [];
    const service = this.#file?.services[host];
    if (whole === undefined || service === undefined) return value;
    const published = publishedPort(service, Number(port));
    if (published === undefined)
      throw new Error(`${value} is not published: this engine has no other way to it`);
    return `${scheme}127.0.0.1:${published}`;
  }
}

function publishedPort(service: ComposeService, port: number): number | undefined {
  const found = service.ports?.find(({ target }) => target === port);
  return found === undefined ? undefined : Number(found.published);
}
