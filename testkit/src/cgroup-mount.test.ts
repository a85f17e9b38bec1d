import { describe, expect, it } from 'vitest';
import { findMemoryController } from './cgroup-mount.ts';

const noControllers = (): string => '';

describe('findMemoryController', () => {
  it('finds the memory hierarchy of version 1 among others', () => {
    const mountInfo = [
      '30 23 0:26 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs rw,mode=755',
      '31 30 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw',
      '33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:11 - cgroup cgroup rw,cpu,cpuacct',
      '34 30 0:30 / /sys/fs/cgroup/memory rw shared:12 - cgroup cgroup rw,memory',
    ].join('\n');
    expect(findMemoryController(mountInfo, noControllers)).toEqual({
      version: 1,
      mount: '/sys/fs/cgroup/memory',
    });
  });

  it('finds version 2 when its root has the controller', () => {
    const mountInfo = '31 30 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
    expect(findMemoryController(mountInfo, () => 'cpuset cpu io memory pids\n')).toEqual({
      version: 2,
      mount: '/sys/fs/cgroup',
    });
  });

  it('finds none where version 2 lacks it, or nothing is mounted', () => {
    const mountInfo = '31 30 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw';
    expect(findMemoryController(mountInfo, () => 'cpu memory_other\n')).toBeUndefined();
    expect(findMemoryController('', noControllers)).toBeUndefined();
  });
});
