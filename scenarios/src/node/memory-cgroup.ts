import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MemoryController } from '@tapio/testkit';
import { thisMemoryController } from '@tapio/testkit';

/** @throws Error saying what to do where there is no memory controller */
export function memoryController(): MemoryController {
  const controller = thisMemoryController();
  if (controller !== undefined) return controller;
  throw new Error(
    'no memory controller is mounted: boot without cgroup_disable=memory, or run this outside a container that hides /sys/fs/cgroup',
  );
}

/** One memory cgroup. It is removed with everything in it when disposed. */
export class MemoryCgroup implements AsyncDisposable {
  readonly path: string;
  readonly #version: 1 | 2;

  private constructor(path: string, version: 1 | 2) {
    this.path = path;
    this.#version = version;
  }

  /** Makes the cgroup and the ones above it. @param relative path below the controller's mount */
  static async make(controller: MemoryController, relative: string): Promise<MemoryCgroup> {
    const path = join(controller.mount, relative);
    if (controller.version === 1) await mkdir(path, { recursive: true });
    else
      await makeUnified(
        controller.mount,
        relative.split('/').filter((name) => name !== ''),
      );
    return new MemoryCgroup(path, controller.version);
  }

  /** To be written by a process that joins. */
  get procsPath(): string {
    return join(this.path, 'cgroup.procs');
  }

  async pids(): Promise<number[]> {
    const text = await readFile(this.procsPath, 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  }

  /**
   * Sets the limit, and that nothing is swapped out (what a kubelet does unless told otherwise). The v1 kernel
   * refuses a limit below what can't be reclaimed at that moment: it is tried again, as a kubelet does.
   */
  async setLimit(sizeBytes: number, signal?: AbortSignal): Promise<void> {
    if (this.#version === 2) {
      await this.#write('memory.swap.max', '0').catch(ignoreMissing);
      await this.#write('memory.max', String(sizeBytes));
      return;
    }
    await this.#write('memory.swappiness', '0').catch(ignoreMissing);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#write('memory.limit_in_bytes', String(sizeBytes));
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EBUSY' || attempt >= 400) throw error;
        await delay(25, undefined, signal === undefined ? {} : { signal });
      }
    }
  }

  /** How many processes of this cgroup the OOM killer has killed. */
  async oomKills(): Promise<number> {
    const file = this.#version === 1 ? 'memory.oom_control' : 'memory.events';
    const text = await readFile(join(this.path, file), 'utf8').catch(() => '');
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  async #write(file: string, text: string): Promise<void> {
    await writeFile(join(this.path, file), text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeCgroupTree(this.path);
  }
}

/** Kills what is in a cgroup and below, and removes it. Does nothing when it is not there. */
export async function removeCgroupTree(path: string): Promise<void> {
  if (!existsSync(path)) return;
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await removeCgroupTree(join(path, entry.name));
  }
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const text = await readFile(join(path, 'cgroup.procs'), 'utf8').catch(() => '');
    for (const pid of text.split('\n').filter((line) => line !== '')) killQuietly(Number(pid));
    try {
      await rmdir(path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      await delay(25);
    }
  }
  throw new Error(`the cgroup ${path} can't be removed: see which processes its cgroup.procs names`);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has gone by itself.
  }
}

/** Every level hands the memory controller down to the next. */
async function makeUnified(mount: string, names: readonly string[]): Promise<void> {
  let path = mount;
  for (const name of names) {
    await writeFile(join(path, 'cgroup.subtree_control'), '+memory');
    path = join(path, name);
    await mkdir(path, { recursive: true });
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
