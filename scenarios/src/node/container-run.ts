import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Child } from '@tapio/testkit';
import { programPath } from '../programs.ts';
import type { MemoryController } from '@tapio/testkit';
import { MemoryCgroup } from './memory-cgroup.ts';
import type { TerminatedRun } from './pod-object.ts';

export interface ContainerRunOptions {
  readonly controller: MemoryController;
  /** The pod's cgroup, relative to the controller's mount. */
  readonly podCgroup: string;
  readonly limitBytes: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly logDir: string;
}

/** One run of a container: a real process, pid 1 of its own namespace, in a memory cgroup of its own. */
export class ContainerRun implements AsyncDisposable {
  readonly containerId: string;
  readonly startedMs: number;
  /** Settles when the process is gone and its cgroup has been read and removed. */
  readonly ended: Promise<TerminatedRun>;
  readonly cgroup: MemoryCgroup;
  readonly #shim: Child;

  private constructor(containerId: string, cgroup: MemoryCgroup, shim: Child) {
    this.containerId = containerId;
    this.cgroup = cgroup;
    this.#shim = shim;
    this.startedMs = Date.now();
    this.ended = this.#watch();
  }

  static async start(options: ContainerRunOptions): Promise<ContainerRun> {
    const containerId = randomBytes(32).toString('hex');
    const cgroup = await MemoryCgroup.make(options.controller, join(options.podCgroup, containerId));
    try {
      await cgroup.setLimit(options.limitBytes);
      const shim = await Child.start({
        name: 'container-shim',
        command: programPath('container-shim'),
        args: [cgroup.procsPath, options.program, ...options.args],
        logPath: join(options.logDir, `${containerId.slice(0, 12)}.log`),
        env: {},
      });
      return new ContainerRun(containerId, cgroup, shim);
    } catch (error) {
      await cgroup[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What the program has printed. */
  output(): string {
    return this.#shim.output();
  }

  /** Process id of the container's first process, as the node sees it. */
  async pid(): Promise<number | undefined> {
    return (await this.cgroup.pids())[0];
  }

  async #watch(): Promise<TerminatedRun> {
    await this.#shim.ended;
    const finishedMs = Date.now();
    const killed = await this.cgroup.oomKills();
    await this.cgroup[Symbol.asyncDispose]();
    const exitCode = exitCodeOf(this.output());
    const reason = killed > 0 ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
    return { containerId: this.containerId, exitCode, reason, startedMs: this.startedMs, finishedMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shim.stop(1_000);
    await this.ended;
  }
}

/** 128 + signal, as runtimes report it; 255 when the shim was killed before it could tell. */
function exitCodeOf(output: string): number {
  const match = /^(exit|signal) (\d+)$/m.exec(output.split('\n').slice(-2).join('\n'));
  if (match === null) return 255;
  return match[1] === 'signal' ? 128 + Number(match[2]) : Number(match[2]);
}
