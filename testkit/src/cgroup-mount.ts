import { readFileSync } from 'node:fs';

/** Where the memory controller of this machine is mounted. */
export interface MemoryController {
  readonly version: 1 | 2;
  /** Absolute path of the hierarchy's root. */
  readonly mount: string;
}

/**
 * Finds the memory controller in the text of /proc/self/mountinfo (proc_pid_mountinfo(5)): version 1 has a hierarchy
 * with the option `memory`, version 2 names it in `cgroup.controllers` of its root.
 * @param controllersOf the content of `cgroup.controllers` below a cgroup2 mount
 */
export function findMemoryController(
  mountInfo: string,
  controllersOf: (mount: string) => string,
): MemoryController | undefined {
  for (const line of mountInfo.split('\n')) {
    const [front = '', back = ''] = line.split(' - ');
    const mount = front.split(' ')[4];
    const [fsType, , options = ''] = back.split(' ');
    if (mount === undefined) continue;
    if (fsType === 'cgroup' && options.split(',').includes('memory')) return { version: 1, mount };
    if (fsType === 'cgroup2' && controllersOf(mount).split(/\s+/).includes('memory'))
      return { version: 2, mount };
  }
  return undefined;
}

/** The memory controller of this machine, if it has one. */
export function thisMemoryController(): MemoryController | undefined {
  return findMemoryController(readFileSync('/proc/self/mountinfo', 'utf8'), (mount) => {
    try {
      return readFileSync(`${mount}/cgroup.controllers`, 'utf8');
    } catch {
      return '';
    }
  });
}

/** Why no memory cgroup can be made here, or undefined: for `describe.skipIf` and `ctx.skip`. */
export function cgroupsMissing(): string | undefined {
  if (process.getuid?.() !== 0) return 'making cgroups needs root';
  return thisMemoryController() === undefined ? 'no memory cgroup controller is mounted' : undefined;
}
