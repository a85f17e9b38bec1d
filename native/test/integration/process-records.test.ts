import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readClocks } from '../../index.js';
import { MemoryCgroup, missingMemoryCgroup } from '../support/memory-cgroup.ts';
import { built, missingPrerequisite } from '../support/kernel.ts';
import { ProcessCapture } from '../support/process-capture.ts';
import { Trigger } from '../support/trigger.ts';
import { waitFor } from '../support/wait.ts';

const flags = { argsTruncated: 2, nameTruncated: 8, oomVictim: 16, sender: 32 };
const mib = 1024 * 1024;
const missing = missingPrerequisite();

describe.skipIf(missing !== undefined)('records of the process object', () => {
  let capture: ProcessCapture;

  beforeAll(() => {
    capture = new ProcessCapture({ captureEpoch: 0x0123_4567_89ab_cdefn });
  });
  afterAll(() => {
    capture[Symbol.dispose]();
  });

  const exitOf = (pid: number) => waitFor(`the exit of ${pid}`, () => capture.of('exit', pid)[0]);
  const has = (record: { 'header.flags'?: unknown }, flag: number) =>
    (Number(record['header.flags']) & flag) !== 0;

  test('an exec carries program, arguments, parent, user and epoch', async () => {
    const child = spawn('/bin/sleep', ['0', '0.0'], { argv0: 'nonce-7134' });
    await once(child, 'exit');
    const exec = await waitFor('the exec', () => capture.of('exec', child.pid!)[0]);
    expect(exec).toMatchObject({
      filename: '/bin/sleep',
      'task.comm': 'sleep',
      'task.ppid': process.pid,
      'task.uid': process.getuid?.(),
      'task.pid': child.pid,
      'header.capture_epoch': 0x0123_4567_89ab_cdefn,
      'header.size': 992,
      args_total_length: 'nonce-7134\x000\x000.0\0'.length,
    });
    const record = capture.records.find(
      ({ type, fields }) => type === 'exec' && fields['task.tgid'] === child.pid,
    )!;
    expect(Buffer.from(record.bytes).includes('nonce-7134\x000\x000.0\0')).toBe(true);
  });

  test('arguments beyond the bound are cut and marked', async () => {
    const child = spawn('/bin/true', ['x'.repeat(1000)]);
    await once(child, 'exit');
    const exec = await waitFor('the exec', () => capture.of('exec', child.pid!)[0]);
    expect(exec['args_length']).toBe(256);
    expect(exec['args_total_length']).toBe('/bin/true\0'.length + 1001);
    expect(has(exec, flags.argsTruncated)).toBe(true);
  });

  test('an exit by itself carries its code and no sender', async () => {
    const child = spawn('/bin/sh', ['-c', 'exit 7']);
    await once(child, 'exit');
    const exit = await exitOf(child.pid!);
    expect(exit).toMatchObject({ exit_code: 7, signal: 0, core_dumped: 0, wait_status: 0x700 });
    expect(has(exit, flags.sender | flags.oomVictim)).toBe(false);
    expect(exit['sender.tgid']).toBe(0);
  });

  test('exec and exit of a process agree on its start', async () => {
    const child = spawn('/bin/true');
    await once(child, 'exit');
    const exit = await exitOf(child.pid!);
    const exec = capture.of('exec', child.pid!)[0]!;
    expect(exec['task.start_boot_ns']).toBe(exit['task.start_boot_ns']);
    expect(exec['header.boot_ns'] as bigint).toBeLessThan(exit['header.boot_ns'] as bigint);
  });

  test.each(['leader', 'worker'])('a threaded process ends once when its %s ends it', async (who) => {
    const trigger = new Trigger('threads', [9, who]);
    expect((await trigger.ended()).code).toBe(9);
    await exitOf(trigger.pid);
    // A later process' exit is the sentinel: what came before it has been read.
    const sentinel = spawn('/bin/true');
    await once(sentinel, 'exit');
    await exitOf(sentinel.pid!);
    const exits = capture.of('exit', trigger.pid);
    expect(exits).toHaveLength(1);
    expect(exits[0]).toMatchObject({ exit_code: 9, signal: 0, 'task.comm': 'threads' });
  });

  test('a killed process names the sender of the signal, and no OOM', async () => {
    const victim = new Trigger('allocate', [1]);
    const killer = spawn('/bin/bash', ['-c', `kill -KILL ${victim.pid}; exit 3`]);
    const [, { signal }] = await Promise.all([once(killer, 'exit'), victim.ended()]);
    expect([killer.exitCode, signal]).toEqual([3, 'SIGKILL']);
    const exit = await exitOf(victim.pid);
    expect(exit).toMatchObject({
      signal: 9,
      exit_code: 0,
      'sender.tgid': killer.pid,
      'sender.comm': 'bash',
      'sender.ppid': process.pid,
      'sender.signal': 9,
      'sender.si_code': 0,
      'sender.uid': process.getuid?.(),
      oom_boot_ns: 0n,
    });
    expect(has(exit, flags.sender)).toBe(true);
    expect(has(exit, flags.oomVictim)).toBe(false);
  });

  test('a process that handles SIGTERM and exits by itself names who asked', async () => {
    const child = spawn('/bin/bash', [
      '-c',
      'trap "exit 143" TERM; echo ready; while :; do sleep 0.01; done',
    ]);
    await once(child.stdout, 'data');
    const killer = spawn('/bin/bash', ['-c', `kill -TERM ${child.pid!}; exit 0`]);
    await Promise.all([once(child, 'exit'), once(killer, 'exit')]);
    const exit = await exitOf(child.pid!);
    expect(exit).toMatchObject({ signal: 0, exit_code: 143, 'sender.signal': 15, 'sender.tgid': killer.pid });
  });

  test('a crash names itself and its fault as the sender', async () => {
    const child = spawn('/bin/sh', ['-c', 'kill -SEGV $$']);
    await once(child, 'exit');
    const exit = await exitOf(child.pid!);
    expect(exit).toMatchObject({ signal: 11, 'sender.tgid': child.pid, 'sender.signal': 11 });
  });

  test('numbers of accepted records have no holes', async () => {
    for (let i = 0; i < 50; i++) execFileSync('/bin/true');
    const sentinel = spawn('/bin/true');
    await once(sentinel, 'exit');
    await exitOf(sentinel.pid!);
    const numbers = capture.records.map(({ fields }) => Number(fields['header.seq'])).sort((a, b) => a - b);
    // The newest may still be on their way from another CPU.
    const settled = numbers.slice(0, -8);
    expect(settled).toEqual(settled.map((_, index) => index));
  });

  const missingCgroup = missingMemoryCgroup();
  describe.skipIf(missingCgroup !== undefined)('in memory cgroups', () => {
    const pod = 'kubepods-burstable-pod11111111_2222_3333_4444_555555555555.slice';
    const container = `cri-containerd-${'ab12'.repeat(16)}.scope`;

    test('an OOM at the container’s own limit names victim, cgroups, limit and level', async () => {
      await using slice = new MemoryCgroup(pod);
      await using scope = new MemoryCgroup(container, slice);
      scope.limit(16 * mib);
      const victim = new Trigger('allocate', [64]);
      scope.add(victim.pid);
      victim.go();
      expect((await victim.ended()).signal).toBe('SIGKILL');

      const exit = await exitOf(victim.pid);
      const oom = capture.of('oom_kill', victim.pid)[0]!;
      expect(oom).toMatchObject({
        'task.comm': 'allocate',
        'cgroup.leaf': container,
        'cgroup.parent': pod,
        oom_level: 0,
        'levels[0].present': 1,
        'levels[0].oom_locked': 1,
        'levels[1].oom_locked': 0,
        trigger_tgid: victim.pid,
      });
      const limitPages = BigInt((16 * mib) / 4096);
      expect(oom['levels[0].max_pages']).toBe(limitPages);
      expect(oom['levels[0].usage_pages'] as bigint).toBeGreaterThan(limitPages - 128n);
      expect(oom['levels[1].max_pages'] as bigint).toBeGreaterThan(limitPages * 1000n);
      expect(oom['anon_rss_pages'] as bigint).toBeGreaterThan((limitPages * 7n) / 10n);
      expect(has(exit, flags.oomVictim)).toBe(true);
      expect(exit).toMatchObject({ signal: 9, 'sender.si_code': 0x80 });
      expect(exit['oom_boot_ns'] as bigint).toBeGreaterThan(0n);
      expect(exit['oom_boot_ns'] as bigint).toBeLessThanOrEqual(exit['header.boot_ns'] as bigint);
      expect(exit['max_rss_pages'] as bigint).toBeGreaterThan((limitPages * 7n) / 10n);
    });

    test('an OOM at the pod’s limit names the level above the container', async () => {
      await using slice = new MemoryCgroup(pod);
      await using scope = new MemoryCgroup(container, slice);
      slice.limit(16 * mib);
      scope.limit(512 * mib);
      const victim = new Trigger('allocate', [64]);
      scope.add(victim.pid);
      victim.go();
      await victim.ended();
      await exitOf(victim.pid);
      expect(capture.of('oom_kill', victim.pid)[0]).toMatchObject({
        oom_level: 1,
        'levels[0].max_pages': BigInt((512 * mib) / 4096),
        'levels[1].max_pages': BigInt((16 * mib) / 4096),
      });
    });

    test('a SIGKILL beside an OOM carries no OOM flag', async () => {
      await using scope = new MemoryCgroup(container);
      await using neighbour = new MemoryCgroup(`${container}-neighbour`);
      scope.limit(16 * mib);
      const victim = new Trigger('allocate', [64]);
      const decoy = new Trigger('allocate', [4]);
      scope.add(victim.pid);
      neighbour.add(decoy.pid);
      victim.go();
      decoy.go();
      await victim.ended();
      decoy.kill('SIGKILL');
      await decoy.ended();
      const exit = await exitOf(decoy.pid);
      expect(exit).toMatchObject({ signal: 9, oom_boot_ns: 0n, 'sender.tgid': process.pid });
      expect(has(exit, flags.oomVictim)).toBe(false);
      expect(capture.of('oom_kill', decoy.pid)).toEqual([]);
    });
  });

  test('the first process of a pid namespace is known as such', async () => {
    const child = spawn('/usr/bin/unshare', [
      '--pid',
      '--fork',
      built('native/build/test/threads'),
      '5',
      'leader',
    ]);
    await once(child, 'exit');
    const inner = await waitFor('the inner exit', () =>
      capture.records.find(({ type, fields }) => type === 'exit' && fields['task.ppid'] === child.pid),
    );
    expect(inner.fields).toMatchObject({ 'task.ns_tgid': 1, exit_code: 5 });
    const outer = await exitOf(child.pid!);
    expect(Number(inner.fields['task.pid_ns_level'])).toBe(Number(outer['task.pid_ns_level']) + 1);
  });
});

describe.skipIf(missing !== undefined)('knobs and variants of the process object', () => {
  test('with args_max_bytes 0 no argument leaves the kernel', async () => {
    using capture = new ProcessCapture({ argsMaxBytes: 0 });
    const child = spawn('/bin/true', ['--password=nonce-4410']);
    await once(child, 'exit');
    await waitFor('the exec', () => capture.of('exec', child.pid!)[0]);
    const record = capture.records.find(
      ({ type, fields }) => type === 'exec' && fields['task.tgid'] === child.pid,
    )!;
    expect(record.fields['args_length']).toBe(0);
    expect(Buffer.from(record.bytes).includes('nonce-4410')).toBe(false);
  });

  test('the object for old kernels leaves numbering to the ring’s positions and says so', async () => {
    using capture = new ProcessCapture({ objectName: 'process.compat' });
    const child = spawn('/bin/sh', ['-c', 'exit 4']);
    await once(child, 'exit');
    const exit = await waitFor('the exit', () => capture.of('exit', child.pid!)[0]);
    expect(exit).toMatchObject({ exit_code: 4, 'header.seq': 0n, 'header.flags': 1 });
  });

  test('what a full ring refuses is counted, and the rest is numbered without holes', async () => {
    const startNs = readClocks().bootNs;
    using capture = new ProcessCapture({ ringBytes: 4096 });
    for (let i = 0; i < 100; i++) {
      await Promise.all([spawn('/bin/true'), spawn('/bin/true')].map((child) => once(child, 'exit')));
    }
    using map = capture.object.map('ring_counters');
    const { values } = map.readAll();
    const view = new DataView(values.buffer, values.byteOffset);
    // Two rings; the first half belongs to crit.
    const cpus = Array.from({ length: values.length / 2 / 48 }, (_, cpu) => {
      const at = (index: number): bigint => view.getBigUint64(cpu * 48 + index * 8, true);
      return { accepted: at(0), dropped: at(1), gaps: at(2), gapStartNs: at(3), gapEndNs: at(4) };
    });
    const accepted = cpus.reduce((sum, cpu) => sum + cpu.accepted, 0n);
    const gappy = cpus.filter(({ dropped }) => dropped > 0n);
    expect(gappy.length).toBeGreaterThan(0);
    for (const { dropped, gaps, gapStartNs, gapEndNs } of gappy) {
      expect(gaps).toBeGreaterThan(0n);
      expect(gaps).toBeLessThanOrEqual(dropped);
      expect(gapStartNs).toBeGreaterThan(startNs);
      expect(gapEndNs).toBeGreaterThanOrEqual(gapStartNs);
      expect(gapEndNs).toBeLessThan(readClocks().bootNs);
    }
    await waitFor('all accepted records', () => BigInt(capture.records.length) >= accepted);
    const numbers = capture.records.map(({ fields }) => Number(fields['header.seq'])).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });
});
