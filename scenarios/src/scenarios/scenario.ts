import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { memoryController, removeCgroupTree } from '../node/memory-cgroup.ts';
import type { TerminatedRun } from '../node/pod-object.ts';
import { PodRunner } from '../node/pod-runner.ts';
import { PodsFile } from '../node/pods-file.ts';
import type { BackOffOptions } from '../node/restart-back-off.ts';
import { QUICK_BACK_OFF } from '../node/restart-back-off.ts';
import { programPath } from '../programs.ts';
import type { ScenarioName, Truth } from '../truth.ts';
import { readTruth } from '../truth.ts';

export interface ScenarioOptions {
  /** Where the pods file is written, in the format of a kubelet's `/pods`. */
  readonly podsPath: string;
  /** Folder for what the container prints. */
  readonly logDir: string;
  /** Directory below the memory controller's mount that the scenario makes and removes. */
  readonly cgroupRoot: string;
  /** Name of the node that the pod is on. */
  readonly node: string;
  /** Accelerated unless given. */
  readonly backOff?: BackOffOptions;
  /** One line for people at each step. */
  readonly onProgress?: (line: string) => void;
}

/** What really happened, as the one who did it knows. */
export interface ScenarioRecord {
  readonly truth: Truth;
  readonly pod: { readonly uid: string; readonly namespace: string; readonly name: string };
  readonly deaths: readonly TerminatedRun[];
  /** When the change was made. */
  readonly changedAtMs?: number;
}

/** A pod under a kubelet-like runner, with what is true of it. */
export class ScenarioPod implements AsyncDisposable {
  readonly truth: Truth;
  readonly runner: PodRunner;
  readonly #onProgress: (line: string) => void;
  readonly #cgroupRoot: string;
  /** Deaths that have been told as progress. */
  #told = 0;
  #changedAtMs: number | undefined;

  private constructor(
    truth: Truth,
    runner: PodRunner,
    options: ScenarioOptions & { readonly cgroupPath: string },
  ) {
    this.truth = truth;
    this.#cgroupRoot = options.cgroupPath;
    this.runner = runner;
    this.#onProgress = options.onProgress ?? ((): void => undefined);
  }

  /** Starts the pod: one container that needs 48 MiB at its peak, under a limit of 256 MiB. */
  static async start(name: ScenarioName, options: ScenarioOptions): Promise<ScenarioPod> {
    const truth = readTruth(name);
    const controller = memoryController();
    const revision = '7d9c6b5f4';
    const { name: deployment, namespace } = truth.object;
    const runner = await PodRunner.start({
      identity: {
        uid: randomUUID(),
        namespace,
        deployment,
        revision,
        podName: `${deployment}-${revision}-x2lqv`,
        container: 'report',
        image: 'registry.shop.example/report:1.4.2',
        args: ['48', '700'],
        node: options.node,
        createdMs: Date.now(),
      },
      program: programPath('report'),
      memoryLimit: truth.change?.old ?? '256Mi',
      controller,
      cgroupRoot: options.cgroupRoot,
      podsFile: new PodsFile(options.podsPath),
      logDir: options.logDir,
      backOff: options.backOff ?? QUICK_BACK_OFF,
    });
    return new ScenarioPod(truth, runner, {
      ...options,
      cgroupPath: join(controller.mount, options.cgroupRoot),
    });
  }

  record(): ScenarioRecord {
    const { uid, namespace, podName } = this.runner.identity;
    return {
      truth: this.truth,
      pod: { uid, namespace, name: podName },
      deaths: [...this.runner.deaths],
      ...(this.#changedAtMs === undefined ? {} : { changedAtMs: this.#changedAtMs }),
    };
  }

  progress(line: string): void {
    this.#onProgress(line);
  }

  changed(atMs: number): void {
    this.#changedAtMs = atMs;
  }

  /** Until the present run has done its work `times` times. */
  async waitForReports(times: number, signal: AbortSignal): Promise<void> {
    await this.runner.waitUntil(
      `${times} reports`,
      () => this.runner.output().includes(`report ${times},`),
      signal,
    );
  }

  /** Until the container has died `times` times since it was first started. */
  async waitForDeaths(times: number, signal: AbortSignal): Promise<void> {
    while (this.#told < times) {
      const next = this.#told;
      await this.runner.waitUntil(`death ${next + 1}`, () => this.runner.deaths.length > next, signal);
      this.#tellDeath(this.runner.deaths[next]);
      this.#told += 1;
    }
  }

  #tellDeath(death: TerminatedRun | undefined): void {
    if (death === undefined) return;
    const id = death.containerId.slice(0, 12);
    this.progress(
      `container ${this.runner.identity.container} (${id}) died: exit ${death.exitCode}, ${death.reason}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runner[Symbol.asyncDispose]();
    await removeCgroupTree(this.#cgroupRoot);
  }
}
