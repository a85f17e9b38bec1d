import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot, thisMemoryController, waitFor } from '@tapio/testkit';
import { expect } from 'vitest';

const RUNS = join(repositoryRoot, '.tapio', 'run');
/** What `npm start` runs after set-up. */
export const START = join(repositoryRoot, 'scenarios', 'src', 'start.ts');

/** One `npm start`, without the set-up before it. */
export class StartProcess {
  readonly #process: ChildProcess;
  readonly exit: Promise<number | null>;
  out = '';
  err = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#process = spawn(process.execPath, [START, ...args], {
      env: { ...env, GRAFANA_HOME: '', NO_COLOR: '1' },
    });
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.exit = once(this.#process, 'exit').then(([code]) => code as number | null);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Folder of its run; '' while it has none. */
  get run(): string {
    return runOf(this.pid) ?? '';
  }

  async saw(text: string): Promise<void> {
    await waitFor(() => `${this.out}${this.err}`.includes(text) || this.#process.exitCode !== null, {
      describe: `npm start to print "${text}"`,
      timeoutMs: 300_000,
      state: () => `${this.out}${this.err}`,
    });
    expect(`${this.out}${this.err}`).toContain(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

/** Folder of the run of a process, while it has one. */
function runOf(pid: number): string | undefined {
  if (!existsSync(RUNS)) return undefined;
  return readdirSync(RUNS)
    .map((name) => join(RUNS, name))
    .find((path) => {
      const file = join(path, 'run.json');
      return existsSync(file) && readFileSync(file, 'utf8').includes(`"pid":${pid},`);
    });
}

/** What a run left: its folder, its mount, its cgroup, processes whose command line names its folder. */
export function remainsOfRun(run: string): string[] {
  const id = run.split('/').at(-1) ?? '';
  const cgroup = join(thisMemoryController()?.mount ?? '', `tapio-${id}`);
  const processes = readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(run);
    } catch {
      return false;
    }
  });
  return [
    ...(existsSync(run) ? [run] : []),
    ...(existsSync(cgroup) ? [cgroup] : []),
    ...(readFileSync('/proc/self/mounts', 'utf8').includes(run) ? [`mount in ${run}`] : []),
    ...processes.map((pid) => `process ${pid}`),
  ];
}
