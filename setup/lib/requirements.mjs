import { existsSync } from 'node:fs';
import { platform, release } from 'node:os';

/**
 * @typedef {object} Machine
 * @property {string} platform
 * @property {number} [uid]
 * @property {boolean} btf
 * @property {string} nodeVersion
 * @property {string} kernel
 */

/**
 * @typedef {object} Requirement
 * @property {string} name
 * @property {boolean} met
 * @property {string} found
 * @property {string} advice what to do when it is not met
 * @property {boolean} always needed by every command, not only by `start`
 */

/** @returns {Machine} */
export function thisMachine() {
  const uid = process.getuid?.();
  return {
    platform: platform(),
    ...(uid === undefined ? {} : { uid }),
    btf: existsSync('/sys/kernel/btf/vmlinux'),
    nodeVersion: process.versions.node,
    kernel: release(),
  };
}

/**
 * What Tapio needs of a machine. Kernel 5.8 is the first with BPF ring buffers and CAP_BPF; BTF describes the running
 * kernel to the programs.
 * @param {Machine} machine
 * @returns {Requirement[]}
 */
export function requirements(machine) {
  const [major = 0, minor = 0] = machine.kernel.split('.').map(Number);
  return [
    {
      name: 'Linux',
      met: machine.platform === 'linux',
      found: machine.platform,
      advice: 'run it on a Linux machine or in a Linux virtual machine',
      always: true,
    },
    {
      name: 'Node.js >= 20',
      met: Number(machine.nodeVersion.split('.')[0]) >= 20,
      found: machine.nodeVersion,
      advice: 'install Node.js 20 or newer; the project brings its own Node.js 24 from there',
      always: true,
    },
    {
      name: 'kernel >= 5.8',
      met: major > 5 || (major === 5 && minor >= 8),
      found: machine.kernel,
      advice: 'boot a kernel of version 5.8 or newer: older ones have no BPF ring buffer',
      always: false,
    },
    {
      name: 'kernel BTF',
      met: machine.btf,
      found: machine.btf ? '/sys/kernel/btf/vmlinux' : '/sys/kernel/btf/vmlinux is absent',
      advice: 'boot a kernel built with CONFIG_DEBUG_INFO_BTF=y (the stock kernels of Debian >= 11 are)',
      always: false,
    },
    {
      name: 'root',
      met: machine.uid === 0,
      found: machine.uid === undefined ? 'unknown user' : `user id ${String(machine.uid)}`,
      advice: 'run it again as root, for example with sudo: loading BPF programs and making cgroups need it',
      always: false,
    },
  ];
}

/**
 * Those that the command cannot go on without.
 * @param {readonly Requirement[]} list
 * @param {string} command
 */
export function unmet(list, command) {
  return list.filter((item) => !item.met && (item.always || command === 'start'));
}
