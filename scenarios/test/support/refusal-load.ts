import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Child } from '@tapio/testkit';
import { memoryController } from '../../src/index.ts';
import { MemoryCgroup } from '../../src/node/memory-cgroup.ts';
import { podObject } from '../../src/node/pod-object.ts';
import { podIdentityOf } from './pod-identity.ts';
import { asNobody, refusedPaths, refusedScript } from './refusals.ts';
import type { TriggerOptions } from './trigger-load.ts';

/** A file that a process of a container was refused, when at the latest. */
export interface Refusal {
  readonly containerId: string;
  readonly path: string;
  /** Unix microseconds. */
  readonly atUs: number;
}

const REFUSALS_PER_ROUND = 20;
const PAUSE_S = 0.15;

export interface RefusalOptions extends TriggerOptions {
  /** Folder that refuses; see `makeLockedFolder`. */
  readonly locked: string;
}

/** A container that goes on, in which one program after the other is refused files: that ends nothing. */
export class RefusalLoad implements AsyncDisposable {
  readonly containerId: string;
  readonly refusals: Refusal[] = [];
  readonly #options: RefusalOptions;
  readonly #cgroup: MemoryCgroup;
  readonly #running: Promise<void>;
  #stopping = false;
  #disposed = false;

  private constructor(options: RefusalOptions, containerId: string, cgroup: MemoryCgroup) {
    this.#options = options;
    this.containerId = containerId;
    this.#cgroup = cgroup;
    this.#running = this.#repeat();
    this.#running.catch(() => undefined);
  }

  static async start(options: RefusalOptions): Promise<RefusalLoad> {
    const identity = podIdentityOf('refused', options.node);
    const containerId = randomBytes(32).toString('hex');
    const path = join(options.cgroupRoot, 'kubepods', 'burstable', `pod${identity.uid}`, containerId);
    const cgroup = await MemoryCgroup.make(memoryController(), path);
    const phase = { is: 'running', containerId, startedMs: Date.now() } as const;
    options.pods
      .part()
      .write([podObject({ identity, memoryLimit: '64Mi', restartCount: 0, phase, resourceVersion: 1 })]);
    return new RefusalLoad(options, containerId, cgroup);
  }

  /** Lets the present round end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    this.#disposed = true;
    await this.#cgroup[Symbol.asyncDispose]();
    await this.#running.catch(() => undefined);
  }

  async #repeat(): Promise<void> {
    for (let round = 0; !this.#stopping; round += 1) await this.#run(round);
  }

  async #run(round: number): Promise<void> {
    const { folder, locked, nonce } = this.#options;
    const name = `${nonce}-refused-${round}`;
    const { program, args } = asNobody(
      refusedScript(locked, name, { count: REFUSALS_PER_ROUND, pauseS: PAUSE_S }),
    );
    const child = await Child.start({
      name,
      command: 'sh',
      args: ['-c', 'echo $$ > "$0" && exec "$@"', this.#cgroup.procsPath, program, ...args],
      logPath: join(folder, `${name}.log`),
    });
    const end = await child.ended;
    const atUs = Date.now() * 1000;
    for (const path of refusedPaths(locked, name, REFUSALS_PER_ROUND))
      this.refusals.push({ containerId: this.containerId, path, atUs });
    if (!this.#disposed && end.code !== 0)
      throw new Error(`${name} (pid ${child.pid}) ended with ${String(end.code ?? end.signal)}`);
  }
}
