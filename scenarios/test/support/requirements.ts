import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupsMissing, repositoryRoot, toolsMissing } from '@tapio/testkit';
import { refusalsMissing } from './refusals.ts';

const BUILT: readonly (readonly [path: string, command: string])[] = [
  ['native/build/tapio.node', 'npm run build -w native'],
  ['bpf/build/process.bpf.o', 'make -C bpf'],
  ['testkit/trigger/build/exits', 'make -C testkit/trigger'],
  ['scenarios/build/report', 'make -C scenarios'],
];

/** Why the whole way from kernel to graph can't be run here; undefined when it can. */
export function wholeWayMissing(): string | undefined {
  const unbuilt = BUILT.find(([path]) => !existsSync(join(repositoryRoot, path)));
  return (
    toolsMissing() ??
    (process.getuid?.() === 0 ? undefined : 'capturing needs root') ??
    (existsSync('/sys/kernel/btf/vmlinux') ? undefined : 'the kernel has no BTF') ??
    cgroupsMissing() ??
    refusalsMissing ??
    (unbuilt === undefined ? undefined : `${unbuilt[0]} is not built: run "${unbuilt[1]}"`)
  );
}
