import type { CgroupContext } from './cgroup-contexts.ts';
import { EXEC } from './layout.ts';

/**
 * Whether a record's process is the first of its container: pid 1 of a pid namespace that is not the node's.
 * Task fields lie alike in all records.
 *
 * @param base index of the record's first word
 */
export function isContainerInit(words: Uint32Array, base: number, cgroup: CgroupContext): boolean {
  return (
    cgroup.containerId !== undefined &&
    words[base + (EXEC.taskNsTgid >>> 2)] === 1 &&
    (words[base + (EXEC.taskPidNsLevel >>> 2)] ?? 0) > 0
  );
}
