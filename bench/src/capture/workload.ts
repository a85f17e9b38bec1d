import { join } from 'node:path';
import { Child, ContainerCgroup, triggerPath } from '@tapio/testkit';
import type { ChildEnd } from '@tapio/testkit';

const MIB = 1024 * 1024;
/** Container of each pod in the mixed workload. */
const SERVICES = ['checkout', 'cart', 'payment', 'search'] as const;
/** Of a hundred processes: how many are an exec probe, always the same command line. */
const PROBE_PERCENT = 70;
const PROBE = 'n=$1; while [ "$n" -gt 0 ]; do /bin/cat /proc/self/comm > /dev/null; n=$((n - 1)); done';

export interface WorkloadOptions {
  /** Processes in all; each gives an exec and an exit. */
  readonly processes: number;
  /** Kills by the OOM killer among them. */
  readonly oomKills: number;
  /** Folder for what the programs print. */
  readonly folder: string;
}

/** A pod's container that is there before anything runs in it, as a kubelet would list it. */
export interface WorkloadPod {
  readonly cgroup: ContainerCgroup;
  readonly podName: string;
  readonly workload: string;
}

/**
 * Processes as a busy node has them: exec probes that repeat one command line, workers whose arguments are all
 * different, ends by code and by signal, OOM kills in a container with too low a limit, and processes of the node
 * itself, outside of any container.
 */
export class MixedWorkload implements AsyncDisposable {
  readonly pods: readonly WorkloadPod[];
  readonly #options: WorkloadOptions;

  private constructor(pods: readonly WorkloadPod[], options: WorkloadOptions) {
    this.pods = pods;
    this.#options = options;
  }

  /** Makes the containers' cgroups; nothing runs yet. */
  static async make(options: WorkloadOptions): Promise<MixedWorkload> {
    const names = [...SERVICES, 'report'];
    const cgroups = await Promise.all(
      names.map((name) => ContainerCgroup.make(name === 'report' ? { limitBytes: 8 * MIB } : {})),
    );
    const pods = cgroups.map((cgroup, index) => {
      const name = names[index] ?? '';
      return { cgroup, podName: `${name}-7d9c6b5f4-x2lqv`, workload: `Deployment/${name}` };
    });
    return new MixedWorkload(pods, options);
  }

  /** Runs all of it; resolves when the last process has ended. */
  async run(): Promise<void> {
    const { processes, oomKills } = this.#options;
    const probes = Math.round((processes * PROBE_PERCENT) / 100 / SERVICES.length);
    const workers = Math.round((processes * (100 - PROBE_PERCENT)) / 100 / (SERVICES.length + 1));
    const services = this.pods.slice(0, SERVICES.length);
    await Promise.all([
      ...services.map(async (pod, index) => {
        await this.#inContainer(pod, 'sh', ['-c', PROBE, 'probe', String(probes)]);
        await this.#inContainer(pod, triggerPath('exits'), workerArguments(pod.podName, workers, index));
      }),
      this.#onNode(triggerPath('exits'), workerArguments('node', workers, 0)),
      this.#oomKills(oomKills),
    ]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.pods.map(({ cgroup }) => cgroup[Symbol.asyncDispose]()));
  }

  async #oomKills(count: number): Promise<void> {
    const pod = this.pods.at(-1);
    if (pod === undefined) return;
    for (let kill = 0; kill < count; kill += 1) {
      const end = await this.#inContainer(pod, triggerPath('hog'), ['--mib', '64']);
      if (end.signal === 'SIGKILL') continue;
      throw new Error(
        `a process over its memory limit ended with code ${String(end.code)}, signal ${String(end.signal)}, ` +
          'and not by the OOM killer',
      );
    }
  }

  async #inContainer(pod: WorkloadPod, command: string, args: readonly string[]): Promise<ChildEnd> {
    const child = await pod.cgroup.run(command, args, { logPath: join(this.#options.folder, pod.podName) });
    return child.ended;
  }

  async #onNode(command: string, args: readonly string[]): Promise<void> {
    const child = await Child.start({
      name: command,
      command,
      args,
      logPath: join(this.#options.folder, 'node'),
    });
    await child.ended;
  }
}

/** Every fourth kind of worker ends by a signal, the others with a code. */
function workerArguments(nonce: string, count: number, kind: number): string[] {
  const end = kind % 4 === 3 ? ['--signal', '15'] : ['--code', String(kind % 4)];
  return ['--count', String(count), '--nonce', nonce, ...end];
}
