import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupsMissing, repositoryRoot, toolsMissing } from '@tapio/testkit';

const BUILD = 'run "npm run build"';

/** Why real kernel records can't be had here, or undefined. */
export function kernelMissing(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'loading BPF programs needs root: run "sudo npm run bench"';
  if (!existsSync('/sys/kernel/btf/vmlinux'))
    return 'the kernel has no BTF (/sys/kernel/btf/vmlinux): boot one with CONFIG_DEBUG_INFO_BTF=y';
  return fileMissing('native/build/tapio.node') ?? fileMissing('bpf/build/process.bpf.o');
}

/** Why the mixed workload can't run here, or undefined. */
export function workloadMissing(): string | undefined {
  return (
    fileMissing('testkit/trigger/build/exits') ?? fileMissing('testkit/trigger/build/hog') ?? cgroupsMissing()
  );
}

/** Why no nats-server or Neo4j can be started here, or undefined. */
export function serversMissing(): string | undefined {
  return toolsMissing();
}

/** Why a file of the build is needed that is not there, or undefined. */
export function fileMissing(path: string): string | undefined {
  return existsSync(join(repositoryRoot, path)) ? undefined : `${path} is not built: ${BUILD}`;
}
