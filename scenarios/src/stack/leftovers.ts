import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { memoryController, removeCgroupTree } from '../node/memory-cgroup.ts';
import { isMountPoint, unmount } from './bpf-mount.ts';
import type { Leftover, RunDir } from './run-dir.ts';

/** Removes what a run that was killed has left: processes in its cgroups, cgroups, mount and folder. */
export async function cleanLeftover(leftover: Leftover): Promise<void> {
  if (leftover.cgroupRoot !== undefined) {
    const { mount } = memoryController();
    await removeCgroupTree(join(mount, leftover.cgroupRoot));
  }
  await unmount(join(leftover.path, 'bpffs'));
  rmSync(leftover.path, { recursive: true, force: true });
}

/** What of a run is still there after it was stopped, in words; empty as it should be. */
export function remainsOf(run: RunDir): readonly string[] {
  const cgroup = join(memoryController().mount, run.cgroupRoot);
  const bpffs = run.file('bpffs');
  return [
    ...(existsSync(cgroup) ? [`the cgroup ${cgroup}: end what its cgroup.procs name, then rmdir it`] : []),
    ...(isMountPoint(bpffs) ? [`the mount ${bpffs}: umount it`] : []),
  ];
}
