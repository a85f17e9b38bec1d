import { existsSync } from 'node:fs';

export interface Missing {
  readonly what: string;
  readonly advice: string;
}

/** What this machine lacks to run Tapio; set-up asks the same before it builds anything. */
export function missingRequirements(machine: {
  readonly platform: string;
  readonly uid: number | undefined;
  readonly hasBtf: boolean;
}): readonly Missing[] {
  const missing: Missing[] = [];
  if (machine.platform !== 'linux') {
    missing.push({
      what: 'Linux',
      advice: 'eBPF is a part of the Linux kernel: run this on a Linux machine',
    });
    return missing;
  }
  if (machine.uid !== 0) {
    missing.push({
      what: 'root',
      advice: 'run "sudo npm start": loading eBPF programs and making cgroups need it',
    });
  }
  if (!machine.hasBtf) {
    missing.push({
      what: 'BTF of the kernel (/sys/kernel/btf/vmlinux)',
      advice: 'boot a kernel built with CONFIG_DEBUG_INFO_BTF=y, as Debian’s and Ubuntu’s own kernels are',
    });
  }
  return missing;
}

export function thisMachine(): Parameters<typeof missingRequirements>[0] {
  return {
    platform: process.platform,
    uid: process.getuid?.(),
    hasBtf: existsSync('/sys/kernel/btf/vmlinux'),
  };
}
