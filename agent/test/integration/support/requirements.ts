import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupsMissing, repositoryRoot, toolsMissing } from '@tapio/testkit';

/** Why tests on the real kernel with a real NATS server can't run here; undefined when they can. */
export function captureMissing(): string | undefined {
  const reasons = [
    toolsMissing(),
    process.getuid?.() === 0 ? undefined : 'not root',
    existsSync('/sys/kernel/btf/vmlinux') ? undefined : 'the kernel has no BTF',
    existsSync(join(repositoryRoot, 'native', 'build', 'tapio.node')) ? undefined : 'the addon is not built',
    existsSync(join(repositoryRoot, 'bpf', 'build', 'process.bpf.o'))
      ? undefined
      : 'the programs are not built',
    existsSync(join(repositoryRoot, 'testkit', 'trigger', 'build', 'exits'))
      ? undefined
      : 'the trigger programs are not built',
    cgroupsMissing(),
  ];
  return reasons.find((reason) => reason !== undefined);
}
