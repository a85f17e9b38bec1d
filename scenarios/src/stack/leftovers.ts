import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findMemoryController, removeCgroupTree } from '../node/memory-cgroup.ts';
import { unmount } from './bpf-mount.ts';
import type { Leftover } from './run-dir.ts';

/** Removes what a run that was killed has left: processes in its cgroups, cgroups, mount and folder. */
export async function cleanLeftover(leftover: Leftover): Promise<void> {
  if (leftover.cgroupRoot !== undefined) {
    const { mount } = await findMemoryController();
    await removeCgroupTree(join(mount, leftover.cgroupRoot));
  }
  await unmount(join(leftover.path, 'bpffs'));
  rmSync(leftover.path, { recursive: true, force: true });
}
