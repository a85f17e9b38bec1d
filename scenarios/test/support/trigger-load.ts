import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ExitRecord } from '@tapio/testkit';
import { Child, parseExits, triggerPath } from '@tapio/testkit';
import { memoryController } from '../../src/index.ts';
import { MemoryCgroup } from '../../src/node/memory-cgroup.ts';
import { podObject } from '../../src/node/pod-object.ts';
import { podIdentityOf } from './pod-identity.ts';
import type { SharedPodsFile } from './shared-pods-file.ts';

export interface TriggerOptions {
  readonly pods: SharedPodsFile;
  readonly node: string;
  readonly folder: string;
  /** Below the memory controller's mount; a kubelet of this machine looks for orphans at the mount itself. */
  readonly cgroupRoot: string;
  /** Beginning of every nonce. */
  readonly nonce: string;
}

/** SIGABRT, SIGKILL, SIGSEGV: each in a container of its own. */
const SIGNALS = [6, 9, 11] as const;
const DEATHS_PER_ROUND = 20;
const DEATHS_PER_S = 6;
const LAST_DEATHS = 5;

interface Lane {
  readonly signal: number;
  readonly containerId: string;
  readonly cgroup: MemoryCgroup;
}

/** Processes that a signal ends, one after the other, in containers that go on: what it did it knows by nonce. */
export class TriggerLoad implements AsyncDisposable {
  readonly deaths: ExitRecord[] = [];
  readonly #options: TriggerOptions;
  readonly #lanes: readonly Lane[];
  readonly #running: Promise<unknown>;
  #stopping = false;
  #disposed = false;
  #round = 0;

  private constructor(options: TriggerOptions, lanes: readonly Lane[]) {
    this.#options = options;
    this.#lanes = lanes;
    this.#running = Promise.all(lanes.map((lane) => this.#repeat(lane)));
    this.#running.catch(() => undefined);
  }

  static async start(options: TriggerOptions): Promise<TriggerLoad> {
    const lanes: Lane[] = [];
    for (const signal of SIGNALS) {
      const identity = podIdentityOf(`dies-of-${signal}`, options.node);
      const containerId = randomBytes(32).toString('hex');
      const path = join(options.cgroupRoot, 'kubepods', 'burstable', `pod${identity.uid}`, containerId);
      lanes.push({ signal, containerId, cgroup: await MemoryCgroup.make(memoryController(), path) });
      const phase = { is: 'running', containerId, startedMs: Date.now() } as const;
      options.pods
        .part()
        .write([podObject({ identity, memoryLimit: '64Mi', restartCount: 0, phase, resourceVersion: 1 })]);
    }
    return new TriggerLoad(options, lanes);
  }

  get containerIds(): ReadonlySet<string> {
    return new Set(this.#lanes.map(({ containerId }) => containerId));
  }

  /** Lets the present round end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  /** A few deaths after everything else: once they are there, what was before them has to be. */
  async last(): Promise<readonly ExitRecord[]> {
    await this.stop();
    const [lane] = this.#lanes;
    return lane === undefined ? [] : this.#run(lane, LAST_DEATHS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.#disposed = true;
    for (const { cgroup } of this.#lanes) await cgroup[Symbol.asyncDispose]();
    await this.#running.catch(() => undefined);
  }

  async #repeat(lane: Lane): Promise<void> {
    while (!this.#stopping) await this.#run(lane, DEATHS_PER_ROUND);
  }

  async #run({ signal, cgroup }: Lane, count: number): Promise<readonly ExitRecord[]> {
    const { folder, nonce } = this.#options;
    const name = `${nonce}-${this.#round}`;
    this.#round += 1;
    const program = await Child.start({
      name,
      command: 'sh',
      args: [
        ...['-c', 'echo $$ > "$0" && exec "$@"', cgroup.procsPath, triggerPath('exits')],
        ...['--count', String(count), '--rate', String(DEATHS_PER_S)],
        ...['--signal', String(signal), '--nonce', name],
      ],
      logPath: join(folder, `${name}.log`),
    });
    const end = await program.ended;
    const deaths = parseExits(program.output());
    this.deaths.push(...deaths);
    if (!this.#disposed && (end.code !== 0 || deaths.length !== count)) {
      const how = `code ${String(end.code)}, signal ${String(end.signal)}`;
      throw new Error(`${name} (pid ${program.pid}) ended after ${deaths.length} deaths: ${how}`);
    }
    return deaths;
  }
}
