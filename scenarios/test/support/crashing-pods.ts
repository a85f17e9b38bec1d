import type { MemoryController } from '@tapio/testkit';
import { triggerPath } from '@tapio/testkit';
import { memoryController, readTruth } from '../../src/index.ts';
import type { TerminatedRun } from '../../src/index.ts';
import type { PodIdentity } from '../../src/node/pod-object.ts';
import { PodRunner } from '../../src/node/pod-runner.ts';
import { programPath } from '../../src/programs.ts';
import { podIdentityOf } from './pod-identity.ts';
import type { Refusal } from './refusal-load.ts';
import { asNobody, refusedPaths, refusedScript } from './refusals.ts';
import type { SharedPodsFile } from './shared-pods-file.ts';

export interface CrashingPodsOptions {
  readonly pods: SharedPodsFile;
  readonly node: string;
  readonly folder: string;
  /** Below the memory controller's mount. */
  readonly cgroupRoot: string;
  /** Folder that refuses; see `makeLockedFolder`. */
  readonly locked: string;
}

/** Short enough for many runs, long enough that an agent between two lives seldom misses a whole one. */
const BACK_OFF = { firstMs: 1_500, maxMs: 5_000 } as const;
const HEALTHY_MS = 60_000;
/** What each run of a container that can't read its files asks for, and the code that it gives up with. */
const REFUSED = { nonce: 'settings', count: 8, exitCode: 3 } as const;

/**
 * Pods whose containers end again and again: by the OOM killer since a change, with a code, refused their files, and
 * well.
 */
export class CrashingPods implements AsyncDisposable {
  /** Healthy until its limit was lowered, killed by the kernel from then on. */
  readonly oomPod: PodIdentity;
  readonly #refusedPod: PodIdentity;
  readonly #runners: readonly PodRunner[];
  readonly #locked: string;

  private constructor(
    runners: readonly PodRunner[],
    pods: { readonly oomPod: PodIdentity; readonly refusedPod: PodIdentity; readonly locked: string },
  ) {
    this.#runners = runners;
    this.oomPod = pods.oomPod;
    this.#refusedPod = pods.refusedPod;
    this.#locked = pods.locked;
  }

  static async start(options: CrashingPodsOptions): Promise<CrashingPods> {
    const controller = memoryController();
    const { node } = options;
    const oomPod = podIdentityOf('checkout', node, ['48', '700']);
    const failing = podIdentityOf('mailer', node, ['--mib', '2', '--sleep-ms', '900', '--exit', '7']);
    const children = ['--count', '3', '--rate', '3', '--signal', '11', '--nonce', 'inner'];
    const forking = podIdentityOf('resizer', node, children);
    const script = refusedScript(options.locked, REFUSED.nonce, { count: REFUSED.count, pauseS: 0 });
    const refused = asNobody(`${script}; sleep 0.9; exit ${REFUSED.exitCode}`);
    const refusedPod = podIdentityOf('locked-out', node, refused.args);
    const runners: PodRunner[] = [];
    const pods = new CrashingPods(runners, { oomPod, refusedPod, locked: options.locked });
    try {
      for (const [identity, program] of [
        [oomPod, programPath('report')],
        [failing, triggerPath('hog')],
        [forking, triggerPath('exits')],
        [refusedPod, refused.program],
      ] as const)
        runners.push(await startPod(options, { controller, identity, program }));
      await pods.#lowerLimit();
      return pods;
    } catch (error) {
      await pods[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Runs that have ended, of all pods. */
  get runs(): readonly TerminatedRun[] {
    return this.#runners.flatMap((runner) => runner.deaths);
  }

  /** What runs were refused that gave up by themselves. */
  get refusals(): readonly Refusal[] {
    const paths = refusedPaths(this.#locked, REFUSED.nonce, REFUSED.count);
    return this.runsOf(this.#refusedPod)
      .filter(({ exitCode }) => exitCode === REFUSED.exitCode)
      .flatMap(({ containerId, finishedMs }) =>
        paths.map((path) => ({ containerId, path, atUs: finishedMs * 1000 })),
      );
  }

  runsOf({ uid }: PodIdentity): readonly TerminatedRun[] {
    return this.#runners.find((runner) => runner.identity.uid === uid)?.deaths ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const runner of this.#runners) await runner[Symbol.asyncDispose]();
  }

  async #lowerLimit(): Promise<void> {
    const { change } = readTruth('oom-crash-loop');
    const [runner] = this.#runners;
    if (change === null || runner === undefined)
      throw new Error('the truth of oom-crash-loop names no change');
    const healthy = (): boolean => runner.output().includes('report 2,');
    await runner.waitUntil('two reports', healthy, AbortSignal.timeout(HEALTHY_MS));
    await runner.resize(change.new, change.manager);
  }
}

function startPod(
  { pods, folder, cgroupRoot }: CrashingPodsOptions,
  pod: { readonly controller: MemoryController; readonly identity: PodIdentity; readonly program: string },
): Promise<PodRunner> {
  return PodRunner.start({
    ...pod,
    memoryLimit: '256Mi',
    cgroupRoot,
    podsFile: pods.part(),
    logDir: folder,
    backOff: BACK_OFF,
  });
}
