import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { remainsOfProject, removeProject } from '../compose/project.ts';
import { memoryController, removeCgroupTree } from '../node/memory-cgroup.ts';
import { isMountPoint, unmount } from './bpf-mount.ts';
import type { Leftover, RunDir } from './run-dir.ts';

/**
 * Removes what a run that was killed has left: containers, processes in its cgroups, cgroups, mount and folder.
 *
 * @throws Error when containers are left and the engine can't be asked
 */
export async function cleanLeftover(leftover: Leftover): Promise<void> {
  // First: the agent in it holds the mount.
  if (leftover.composeProject !== undefined) await removeProject(leftover.composeProject);
  if (leftover.cgroupRoot !== undefined) {
    const { mount } = memoryController();
    await removeCgroupTree(join(mount, leftover.cgroupRoot));
  }
  await unmount(join(leftover.path, 'bpffs'));
  rmSync(leftover.path, { recursive: true, force: true });
}

/** What of a run is still there after it was stopped, in words; empty as it should be. */
export async function remainsOf(
  run: RunDir,
  options: { readonly keepVolumes: boolean },
): Promise<readonly string[]> {
  const { composeProject } = run;
  const cgroup = join(memoryController().mount, run.cgroupRoot);
  const bpffs = run.file('bpffs');
  return [
    ...(composeProject === undefined ? [] : await remainsOfProject(composeProject, options.keepVolumes)),
    ...(existsSync(cgroup) ? [`the cgroup ${cgroup}: end what its cgroup.procs name, then rmdir it`] : []),
    ...(isMountPoint(bpffs) ? [`the mount ${bpffs}: umount it`] : []),
  ];
}
