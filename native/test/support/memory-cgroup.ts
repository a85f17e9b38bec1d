import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from './wait.ts';

const v1 = '/sys/fs/cgroup/memory';
const v2 = '/sys/fs/cgroup';

/** Why no memory cgroup can be made here, or undefined. */
export function missingMemoryCgroup(): string | undefined {
  if (existsSync(join(v1, 'memory.limit_in_bytes')) || existsSync(join(v1, 'cgroup.procs'))) return undefined;
  return existsSync(join(v2, 'cgroup.subtree_control')) ? undefined : 'no memory controller is mounted';
}

/** A memory cgroup, possibly with a limit; removed on disposal once it is empty. */
export class MemoryCgroup implements AsyncDisposable {
  readonly path: string;
  readonly #unified = !existsSync(join(v1, 'cgroup.procs'));

  constructor(name: string, parent?: MemoryCgroup) {
    const base = parent?.path ?? (this.#unified ? v2 : v1);
    if (this.#unified) writeFileSync(join(base, 'cgroup.subtree_control'), '+memory');
    this.path = join(base, name);
    mkdirSync(this.path);
  }

  limit(bytes: number): void {
    if (this.#unified) {
      writeFileSync(join(this.path, 'memory.max'), String(bytes));
      writeFileSync(join(this.path, 'memory.swap.max'), '0');
    } else writeFileSync(join(this.path, 'memory.limit_in_bytes'), String(bytes));
  }

  add(pid: number): void {
    writeFileSync(join(this.path, 'cgroup.procs'), String(pid));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await waitFor(`${this.path} to be empty`, () => {
      try {
        rmdirSync(this.path);
        return true;
      } catch {
        return false;
      }
    });
  }
}
