import type { Check } from './check.ts';
import { failed, passed, warned } from './check.ts';

/** What the kernel checks look at; text is undefined where there is no such file. */
export interface MachineView {
  readonly release: string;
  readonly uid: number | undefined;
  readonly readText: (path: string) => string | undefined;
  readonly exists: (path: string) => boolean;
}

/** Bits of capabilities (include/uapi/linux/capability.h). */
const CAPABILITY_BITS = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21, CAP_PERFMON: 38, CAP_BPF: 39 } as const;

export function kernelChecks(machine: MachineView): readonly Check[] {
  return [
    kernelVersion(machine),
    btf(machine),
    rights(machine),
    lockdown(machine),
    bpffs(machine),
    cgroups(machine),
  ];
}

/** 5.8 is the first with BPF ring buffers and CAP_BPF. */
function kernelVersion({ release }: MachineView): Check {
  const [major = 0, minor = 0] = release.split('.').map(Number);
  if (major > 5 || (major === 5 && minor >= 8)) return passed('kernel', release);
  return failed('kernel', release, 'boot Linux 5.8 or newer: older kernels have no BPF ring buffer');
}

function btf({ exists }: MachineView): Check {
  const path = '/sys/kernel/btf/vmlinux';
  if (exists(path)) return passed('kernel BTF', path);
  return failed('kernel BTF', `${path} is absent`, 'boot a kernel built with CONFIG_DEBUG_INFO_BTF=y');
}

function rights({ uid, readText }: MachineView): Check {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readText('/proc/self/status') ?? '')?.[1] ?? '0';
  const has = (name: keyof typeof CAPABILITY_BITS): boolean =>
    ((BigInt(`0x${effective}`) >> BigInt(CAPABILITY_BITS[name])) & 1n) === 1n;
  const who = uid === 0 ? 'root' : `user id ${uid ?? 'unknown'}`;
  if (has('CAP_SYS_ADMIN') || (has('CAP_BPF') && has('CAP_PERFMON') && has('CAP_NET_ADMIN'))) {
    return passed('rights', who);
  }
  const advice =
    'an agent needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN: run it as root, e.g. "sudo npm start"';
  return warned('rights', `${who} may not load eBPF programs`, advice);
}

function lockdown({ readText }: MachineView): Check {
  const mode = /\[(\w+)\]/.exec(readText('/sys/kernel/security/lockdown') ?? '')?.[1] ?? 'none';
  if (mode !== 'confidentiality') return passed('kernel lockdown', mode);
  return failed(
    'kernel lockdown',
    mode,
    'boot with lockdown=integrity or without: under confidentiality BPF programs may not read kernel memory',
  );
}

function bpffs({ readText }: MachineView): Check {
  const mounts = (readText('/proc/self/mounts') ?? '').split('\n').map((line) => line.split(' '));
  const mounted = mounts.filter(([, , type]) => type === 'bpf').map(([, path]) => path);
  const mount = mounted.find((path) => path === '/sys/fs/bpf') ?? mounted[0];
  if (mount !== undefined) return passed('bpffs', mount);
  return warned(
    'bpffs',
    'not mounted',
    'an agent that restarts loses what happened meanwhile: mount -t bpf bpf /sys/fs/bpf, or start it with --mount-bpffs ("npm start" mounts its own)',
  );
}

function cgroups({ readText }: MachineView): Check {
  const mounts = (readText('/proc/self/mounts') ?? '').split('\n').map((line) => line.split(' '));
  const v1 = mounts.find(
    ([, , type, options]) => type === 'cgroup' && options?.split(',').includes('memory') === true,
  );
  if (v1?.[1] !== undefined) return passed('memory cgroups', `v1 at ${v1[1]}`);
  for (const [, mount, type] of mounts) {
    if (type !== 'cgroup2' || mount === undefined) continue;
    if (readText(`${mount}/cgroup.controllers`)?.includes('memory') === true) {
      return passed('memory cgroups', `v2 at ${mount}`);
    }
  }
  return failed('memory cgroups', 'no memory controller', 'boot without cgroup_disable=memory');
}
