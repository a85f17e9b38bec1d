import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { thisMemoryController } from './cgroup-mount.ts';
import type { MemoryController } from './cgroup-mount.ts';
import { Child } from './child.ts';

export interface ContainerCgroupOptions {
  /** Random unless given; containers of one pod share it. */
  readonly podUid?: string;
  /** 64 hexadecimal digits; random unless given. */
  readonly containerId?: string;
  /** The pod's quality of service, as the kubelet's cgroupfs driver nests it; `burstable` unless given. */
  readonly qos?: 'burstable' | 'besteffort' | 'guaranteed';
  readonly limitBytes?: number;
}

/**
 * Ends every process below the folder and removes it and its empty parents up to the controller's root, once standard
 * input ends: that is at disposal, or at the death of the process that made the cgroup. Tried for 10 s.
 */
const remover = `
read -r _
tries=0
while [ -d "$1" ] && [ $tries -lt 200 ]; do
  find "$1" -name cgroup.procs -exec cat {} + 2>/dev/null | xargs -r kill -9 2>/dev/null
  find "$1" -depth -type d -exec rmdir {} \\; 2>/dev/null
  [ -d "$1" ] && sleep 0.05
  tries=$((tries + 1))
done
parent=$(dirname "$1")
while [ "$parent" != "$2" ] && rmdir "$parent" 2>/dev/null; do parent=$(dirname "$parent"); done
[ ! -d "$1" ]
`;

/**
 * A memory cgroup named as a kubelet with the cgroupfs driver names that of a pod's container, below a parent of this
 * process: `/tapio-test-<pid>/kubepods/burstable/pod<uid>/<container id>`, for a guaranteed pod without the class. The
 * parent keeps it from a kubelet of the machine, which ends what it does not know below `/kubepods`. Works with cgroup
 * v1 and v2.
 *
 * The kernel does not remove a cgroup when its maker dies, so a guard process does, SIGKILL of the maker included.
 */
export class ContainerCgroup implements AsyncDisposable {
  readonly version: 1 | 2;
  readonly podUid: string;
  readonly containerId: string;
  /** As /proc/<pid>/cgroup shows it. */
  readonly cgroupPath: string;
  /** Absolute path in the file system. */
  readonly folder: string;
  readonly #guard: ChildProcess;
  readonly #guardEnded: Promise<number | null>;

  private constructor(controller: MemoryController, options: ContainerCgroupOptions) {
    this.version = controller.version;
    this.podUid = options.podUid ?? randomUUID();
    this.containerId = options.containerId ?? randomBytes(32).toString('hex');
    const qos = options.qos ?? 'burstable';
    const parents = [
      `tapio-test-${process.pid}`,
      'kubepods',
      ...(qos === 'guaranteed' ? [] : [qos]),
      `pod${this.podUid}`,
    ];
    this.cgroupPath = `/${[...parents, this.containerId].join('/')}`;
    this.folder = join(controller.mount, this.cgroupPath);
    this.#guard = spawn('sh', ['-c', remover, 'sh', this.folder, controller.mount], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    this.#guard.unref();
    this.#guardEnded = once(this.#guard, 'exit').then(([code]) => code as number | null);
    mkdirSync(this.folder, { recursive: true });
    if (controller.version === 2) delegateMemory(controller.mount, this.folder);
  }

  /**
   * Makes the cgroup.
   * @throws Error without root or without a memory controller
   */
  static async make(options: ContainerCgroupOptions = {}): Promise<ContainerCgroup> {
    const controller = thisMemoryController();
    if (controller === undefined)
      throw new Error('no memory cgroup controller is mounted: mount one at /sys/fs/cgroup');
    const cgroup = new ContainerCgroup(controller, options);
    try {
      if (options.limitBytes !== undefined) cgroup.setLimit(options.limitBytes);
      return cgroup;
    } catch (error) {
      await cgroup[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Sets the memory limit, and no swap beyond it where the kernel accounts for swap. */
  setLimit(bytes: number): void {
    const [limit, swap, swapBytes] =
      this.version === 1
        ? (['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes', bytes] as const)
        : (['memory.max', 'memory.swap.max', 0] as const);
    const write = (file: string, value: number): void => {
      writeFileSync(join(this.folder, file), String(value));
    };
    if (!existsSync(join(this.folder, swap))) {
      write(limit, bytes);
      return;
    }
    // Version 1 refuses a limit above that of memory and swap together, and the reverse: raise that one first.
    if (this.version === 1 && this.#readNumber(swap) < bytes) write(swap, swapBytes);
    write(limit, bytes);
    write(swap, swapBytes);
  }

  /** Memory charged now. */
  usageBytes(): number {
    return this.#readNumber(this.version === 1 ? 'memory.usage_in_bytes' : 'memory.current');
  }

  /** Processes of this cgroup that the OOM killer took. */
  oomKills(): number {
    const text = this.#read(this.version === 1 ? 'memory.oom_control' : 'memory.events');
    return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /** Process ids in it. */
  processes(): number[] {
    return this.#read('cgroup.procs').split('\n').filter(Boolean).map(Number);
  }

  /** Moves a running process into it. */
  add(pid: number): void {
    writeFileSync(join(this.folder, 'cgroup.procs'), String(pid));
  }

  /** Starts a program that is in the cgroup from its first instruction on. */
  run(command: string, args: readonly string[], options: { readonly logPath: string }): Promise<Child> {
    const enter = 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"';
    return Child.start({
      name: command,
      command: 'sh',
      args: ['-c', enter, 'sh', this.folder, command, ...args],
      logPath: options.logPath,
    });
  }

  /** Ends what runs in it and removes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    // The guard alone keeps no event loop alive, but this wait for its end must.
    this.#guard.ref();
    this.#guard.stdin?.end();
    const code = await this.#guardEnded;
    if (code !== 0) throw new Error(`cannot remove the cgroup ${this.folder}: something in it does not end`);
  }

  #read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  #readNumber(file: string): number {
    return Number(this.#read(file));
  }
}

/** On version 2 every parent must hand the controller down before the child has its files. */
function delegateMemory(mount: string, folder: string): void {
  const parents: string[] = [];
  for (let parent = dirname(folder); parent.length >= mount.length; parent = dirname(parent))
    parents.unshift(parent);
  for (const parent of parents) writeFileSync(join(parent, 'cgroup.subtree_control'), '+memory');
}
