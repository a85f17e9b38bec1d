import { expect, test } from 'vitest';
import type { MachineView } from './kernel.ts';
import { kernelChecks } from './kernel.ts';

const FILES: Readonly<Record<string, string>> = {
  '/proc/self/status': 'Name:\tx\nCapEff:\t000001ffffffffff\n',
  '/proc/self/mounts': 'bpf /sys/fs/bpf bpf rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n',
  '/sys/fs/cgroup/cgroup.controllers': 'cpu memory pids\n',
  '/sys/kernel/security/lockdown': 'none [integrity] confidentiality\n',
  '/sys/kernel/btf/vmlinux': '',
};

function statuses(
  over: Partial<MachineView> = {},
  files: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const all = { ...FILES, ...files };
  const view: MachineView = {
    release: '6.1.0-18-amd64',
    uid: 0,
    readText: (path) => all[path],
    exists: (path) => all[path] !== undefined,
    ...over,
  };
  return Object.fromEntries(kernelChecks(view).map((check) => [check.name, check.status]));
}

const good = {
  kernel: 'ok',
  'kernel BTF': 'ok',
  rights: 'ok',
  'kernel lockdown': 'ok',
  bpffs: 'ok',
  'memory cgroups': 'ok',
};

test('a usual node passes', () => {
  expect(statuses()).toEqual(good);
});

test.each<[string, Partial<MachineView>, Record<string, string | undefined>, Record<string, string>]>([
  ['an old kernel', { release: '5.4.0-150' }, {}, { kernel: 'fail' }],
  ['a kernel without BTF', {}, { '/sys/kernel/btf/vmlinux': undefined }, { 'kernel BTF': 'fail' }],
  [
    'confidentiality',
    {},
    { '/sys/kernel/security/lockdown': 'none integrity [confidentiality]' },
    { 'kernel lockdown': 'fail' },
  ],
  ['no rights', { uid: 1000 }, { '/proc/self/status': 'CapEff:\t0000000000000000\n' }, { rights: 'warn' }],
  [
    'no bpffs, cgroup v1',
    {},
    { '/proc/self/mounts': 'cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n' },
    { bpffs: 'warn' },
  ],
  [
    'no memory controller',
    {},
    { '/sys/fs/cgroup/cgroup.controllers': 'cpu pids\n' },
    { 'memory cgroups': 'fail' },
  ],
])('%s is noticed', (_name, over, files, expected) => {
  expect(statuses(over, files)).toEqual({ ...good, ...expected });
});

test('the three capabilities are enough without root', () => {
  const mask = (1n << 12n) | (1n << 38n) | (1n << 39n);
  expect(statuses({ uid: 1000 }, { '/proc/self/status': `CapEff:\t${mask.toString(16)}\n` })).toEqual(good);
});

test('every check that does not pass says how to mend it', () => {
  const checks = kernelChecks({ release: '4.9', uid: 1000, readText: () => undefined, exists: () => false });
  for (const check of checks) expect(check.status === 'ok' || (check.mend ?? '') !== '').toBe(true);
});
