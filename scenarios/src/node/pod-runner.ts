import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseQuantity } from '@tapio/domain';
import { waitFor } from '@tapio/testkit';
import { ContainerRun } from './container-run.ts';
import type { MemoryController } from '@tapio/testkit';
import { MemoryCgroup } from './memory-cgroup.ts';
import type { ContainerPhase, PodIdentity, Resize, TerminatedRun } from './pod-object.ts';
import { podObject } from './pod-object.ts';
import type { PodsFile } from './pods-file.ts';
import type { BackOffOptions } from './restart-back-off.ts';
import { RestartBackOff } from './restart-back-off.ts';

export interface PodRunnerOptions {
  readonly identity: PodIdentity;
  readonly program: string;
  /** As in the pod's spec: `256Mi`. */
  readonly memoryLimit: string;
  readonly controller: MemoryController;
  /** Below the controller's mount; everything the pod makes is in there. */
  readonly cgroupRoot: string;
  readonly podsFile: PodsFile;
  readonly logDir: string;
  readonly backOff: BackOffOptions;
}

/** What pulling, creating and starting take on a quiet node. */
const CREATION_MS = 300;
/** How long a kubelet shows `terminated` before its next sync turns it into a back-off. */
const NEXT_SYNC_MS = 300;

/**
 * Does for one pod with one container what a kubelet does: makes cgroups, starts the container, restarts it with
 * back-off, and reports all of it in the pods file.
 */
export class PodRunner implements AsyncDisposable {
  readonly identity: PodIdentity;
  readonly #options: PodRunnerOptions;
  readonly #pod: MemoryCgroup;
  readonly #podCgroup: string;
  readonly #abort = new AbortController();
  readonly #backOff: RestartBackOff;
  readonly #deaths: TerminatedRun[] = [];
  #loop: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #run: ContainerRun | undefined;
  #memoryLimit: string;
  #resize: Resize | undefined;
  #phase: ContainerPhase = { is: 'creating' };
  #previous: TerminatedRun | undefined;
  #restartCount = 0;
  #resourceVersion = 1000;

  private constructor(options: PodRunnerOptions, pod: MemoryCgroup, podCgroup: string) {
    this.#options = options;
    this.identity = options.identity;
    this.#pod = pod;
    this.#podCgroup = podCgroup;
    this.#memoryLimit = options.memoryLimit;
    this.#backOff = new RestartBackOff(options.backOff);
  }

  /**
   * The pod's own cgroup gets no limit: of two equal ones either may be reached first, by what ended runs have
   * left charged to the pod, and then the truth would be another from run to run.
   */
  static async start(options: PodRunnerOptions): Promise<PodRunner> {
    const podCgroup = join(options.cgroupRoot, 'kubepods', 'burstable', `pod${options.identity.uid}`);
    const pod = await MemoryCgroup.make(options.controller, podCgroup);
    const runner = new PodRunner(options, pod, podCgroup);
    runner.#publish();
    runner.#loop = runner.#keepRunning().catch((error: unknown) => {
      if (!runner.#abort.signal.aborted) {
        runner.#failure = error instanceof Error ? error : new Error('not an error', { cause: error });
      }
    });
    return runner;
  }

  /** Runs that have ended, oldest first. */
  get deaths(): readonly TerminatedRun[] {
    return this.#deaths;
  }

  /** Pause before the next restart, while one is waited for. */
  get pauseMs(): number | undefined {
    return this.#phase.is === 'back-off' ? this.#phase.pauseMs : undefined;
  }

  /** What the present run has printed. */
  output(): string {
    return this.#run?.output() ?? '';
  }

  /** The container's first process, as the node sees it; undefined between two runs. */
  async pid(): Promise<number | undefined> {
    return this.#phase.is === 'running' ? this.#run?.pid() : undefined;
  }

  /**
   * Changes the limit of the running pod as the resize subresource does: in the spec, under the manager's name,
   * then in the container's cgroup.
   */
  async resize(memoryLimit: string, manager: string): Promise<Resize> {
    this.#memoryLimit = memoryLimit;
    this.#resize = { manager, atMs: Date.now() };
    this.#publish();
    await this.#run?.cgroup.setLimit(bytesOf(memoryLimit), this.#abort.signal).catch((error: unknown) => {
      // The container died of it and took its cgroup along.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    return this.#resize;
  }

  /** @throws WaitTimeoutError, the signal's reason, or why the pod can't run */
  async waitUntil(
    describe: string,
    predicate: () => boolean | Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    await waitFor(() => (this.#failure === undefined ? predicate() : true), {
      describe,
      timeoutMs: 60_000,
      signal,
      state: () => this.output().slice(-400),
    });
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #keepRunning(): Promise<void> {
    const { signal } = this.#abort;
    let previous: TerminatedRun | undefined;
    for (;;) {
      await delay(CREATION_MS, undefined, { signal });
      const run = await ContainerRun.start({
        controller: this.#options.controller,
        podCgroup: this.#podCgroup,
        limitBytes: bytesOf(this.#memoryLimit),
        program: this.#options.program,
        args: this.identity.args,
        logDir: this.#options.logDir,
      });
      this.#run = run;
      this.#enter({ is: 'running', containerId: run.containerId, startedMs: run.startedMs }, previous);
      const ended = await run.ended;
      if (signal.aborted) return;
      this.#deaths.push(ended);
      const pauseMs = this.#backOff.nextMs(ended.finishedMs - ended.startedMs);
      this.#enter({ is: 'terminated', run: ended }, previous);
      if (pauseMs > 0) {
        await delay(Math.min(NEXT_SYNC_MS, pauseMs), undefined, { signal });
        this.#enter({ is: 'back-off', run: ended, pauseMs }, previous);
        await delay(pauseMs, undefined, { signal });
      }
      previous = ended;
      this.#restartCount += 1;
    }
  }

  #enter(phase: ContainerPhase, previous: TerminatedRun | undefined): void {
    this.#phase = phase;
    this.#previous = previous;
    this.#publish();
  }

  #publish(): void {
    this.#resourceVersion += 1;
    const pod = podObject({
      identity: this.identity,
      memoryLimit: this.#memoryLimit,
      restartCount: this.#restartCount,
      phase: this.#phase,
      resourceVersion: this.#resourceVersion,
      ...(this.#resize === undefined ? {} : { resize: this.#resize }),
      ...(this.#previous === undefined ? {} : { previous: this.#previous }),
    });
    this.#options.podsFile.write([pod]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#run?.[Symbol.asyncDispose]();
    await this.#loop;
    await this.#run?.[Symbol.asyncDispose]();
    await this.#pod[Symbol.asyncDispose]();
  }
}

function bytesOf(quantity: string): number {
  const bytes = parseQuantity(quantity);
  if (bytes === undefined) throw new Error(`${quantity} is no quantity of memory, such as 256Mi`);
  return bytes;
}
