import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { BpfError, BpfMap, BpfObject, KernelBtf, isBpffs, probe, readClocks } from '../../index.js';
import { built, missingPrerequisite, TemporaryBpffs } from '../support/kernel.ts';

const missing = missingPrerequisite();
const trafficPath = built('native/build/test/traffic.bpf.o');

/** What `act` throws, which must be a BpfError. */
function refusal(act: () => unknown): BpfError {
  try {
    act();
  } catch (error) {
    if (error instanceof BpfError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function openTraffic(...programs: string[]): BpfObject {
  const object = BpfObject.open(trafficPath);
  for (const { name } of object.programs()) object.setAutoload(name, programs.includes(name));
  return object;
}

describe.skipIf(missing !== undefined)('probe and BTF', () => {
  test('probe says what this kernel and process allow', () => {
    const report = probe();
    expect(report).toMatchObject({
      btf: true,
      capabilities: { CAP_BPF: true },
      programs: { tp_btf: true, xdp: true },
    });
    expect(report.kernelRelease).toBe(readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim());
    expect(report.possibleCpus).toBeGreaterThan(0);
  });

  test('the clocks agree with the system’s', () => {
    const { bootNs, realNs, errorNs } = readClocks();
    expect(Math.abs(Number(realNs / 1_000_000n) - Date.now())).toBeLessThan(1000);
    const uptimeSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    expect(Math.abs(Number(bootNs) / 1e9 - uptimeSeconds)).toBeLessThan(1);
    expect(errorNs).toBeLessThan(1_000_000);
  });

  test('BTF answers what a tracepoint passes, and undefined for what is not there', () => {
    using btf = KernelBtf.open();
    expect(btf.functionArguments('btf_trace_sched_process_exec')).toEqual([
      'void *',
      'struct task_struct *',
      'pid_t',
      'struct linux_binprm *',
    ]);
    expect(btf.functionArguments('btf_trace_no_such_thing')).toBeUndefined();
    expect(btf.members('upid')?.map(({ name }) => name)).toEqual(['nr', 'ns']);
    expect(btf.members('no_such_struct')).toBeUndefined();
    expect(btf.enumValue('bpf_map_type', 'BPF_MAP_TYPE_RINGBUF')).toBe(27);
    expect(btf.enumValue('bpf_map_type', 'BPF_MAP_TYPE_NONE_SUCH')).toBeUndefined();
    expect(btf.sizeBytes('upid')).toBe(16);
  });

  test('BTF that is not there, and BTF that was closed, are refused', () => {
    expect(refusal(() => KernelBtf.open('/no/such/btf')).code).toBe('ENOENT');
    const btf = KernelBtf.open();
    btf.close();
    btf.close();
    expect(refusal(() => btf.sizeBytes('upid')).code).toBe('EBADF');
  });
});

describe.skipIf(missing !== undefined)('BpfObject', () => {
  test('lists programs with their sections; `?` sections start switched off', () => {
    using object = BpfObject.open(trafficPath);
    const programs = Object.fromEntries(object.programs().map((program) => [program.name, program]));
    expect(programs['on_syscall']).toMatchObject({
      section: 'tp_btf/sys_enter',
      autoload: true,
      loaded: false,
    });
    expect(programs['pass_packet']).toMatchObject({ section: 'xdp', autoload: false });
    expect(object.maps().find(({ name }) => name === 'table')).toMatchObject({
      maxEntries: 5000,
      keySizeBytes: 4,
    });
  });

  test('constants reach the program, and testRun runs it', () => {
    using object = openTraffic('pass_packet');
    object.setConstant('signed_knob', -5);
    object.setConstant('flag_knob', true);
    object.setConstant('wide_knob', 2n ** 64n - 1n);
    object.setConstant('text_knob', Buffer.from('ab\0\0\0\0\0\0'));
    object.load();
    const run = object
      .program('pass_packet')
      .testRun({ data: new Uint8Array(64), outputSizeBytes: 128, repeat: 10 });
    expect(run.returnValue).toBe(2);
    expect(run.data).toHaveLength(64);
    using knobs = object.map('knobs');
    const view = new DataView(knobs.lookup(new Uint8Array(4))!.buffer);
    expect(view.getBigInt64(0, true)).toBe(-5n);
    expect(view.getBigUint64(8, true)).toBe(1n);
    expect(view.getBigUint64(16, true)).toBe(2n ** 64n - 1n);
    expect([view.getUint8(24), view.getUint8(25)]).toEqual([97, 98]);
  });

  test('constants that do not exist or do not fit are refused', () => {
    using object = openTraffic();
    expect(
      refusal(() => {
        object.setConstant('no_such_knob', 1);
      }).code,
    ).toBe('ENOENT');
    expect(
      refusal(() => {
        object.setConstant('target_tgid', 2 ** 32);
      }).code,
    ).toBe('ERANGE');
    expect(
      refusal(() => {
        object.setConstant('target_tgid', -1);
      }).code,
    ).toBe('ERANGE');
    expect(
      refusal(() => {
        object.setConstant('signed_knob', 2 ** 31);
      }).code,
    ).toBe('ERANGE');
    expect(
      refusal(() => {
        object.setConstant('text_knob', new Uint8Array(3));
      }).code,
    ).toBe('EINVAL');
    expect(() => {
      object.setConstant('wide_knob', 2n ** 64n);
    }).toThrow(RangeError);
    expect(() => {
      object.setConstant('wide_knob', 0.5);
    }).toThrow(RangeError);
    object.load();
    expect(
      refusal(() => {
        object.setConstant('target_tgid', 1);
      }).message,
    ).toContain('already loaded');
  });

  test('a verifier refusal carries the verifier’s words', () => {
    using object = BpfObject.open(built('native/build/test/refused.bpf.o'));
    const error = refusal(() => {
      object.load();
    });
    expect(error.code).toBe('EACCES');
    expect(error.operation).toBe('load BPF object refused');
    expect(error.log).toMatch(/invalid mem access 'map_value_or_null'/);
    expect(error.log.length).toBeLessThan(60 * 1024);
  });

  test.each([
    ['no ELF at all', Buffer.from('this is no object file')],
    ['nothing', new Uint8Array(0)],
    [
      'half an object',
      missing === undefined ? readFileSync(trafficPath).subarray(0, 3000) : new Uint8Array(0),
    ],
  ])('%s is refused with a message', (_, bytes) => {
    const error = refusal(() => BpfObject.open(bytes, { name: 'broken' }));
    expect(error.message).toContain('open BPF object broken');
  });

  test('a missing file, program, map or BTF is named', () => {
    expect(() => BpfObject.open('/no/such/object.o')).toThrow('ENOENT');
    using object = BpfObject.open(trafficPath, { btfPath: '/no/such/btf' });
    expect(() => object.program('no_such_program')).toThrow('the object has no program no_such_program');
    expect(refusal(() => object.map('no_such_map')).message).toContain('no_such_map');
    expect(refusal(() => object.map('table')).message).toContain('before its object is loaded');
    expect(
      refusal(() => {
        object.load();
      }).message,
    ).toContain('/no/such/btf');
  });

  test('after close every use is refused, and closing again is allowed', async () => {
    const object = openTraffic('pass_packet');
    object.load();
    const program = object.program('pass_packet');
    const map = object.map('table');
    object.close();
    object.close();
    await object[Symbol.asyncDispose]();
    expect(refusal(() => object.programs()).code).toBe('EBADF');
    expect(refusal(() => program.testRun()).code).toBe('EBADF');
    expect(map.readAll().count).toBe(0);
    map.close();
    expect(refusal(() => map.readAll()).message).toContain('closed');
  });

  test('a program that was not loaded cannot be attached', () => {
    using object = openTraffic('pass_packet');
    object.load();
    expect(refusal(() => object.program('on_syscall').attach()).message).toContain('not loaded');
  });

  test('without rights loading fails with EPERM and says so', () => {
    const child = fileURLToPath(new URL('../support/unprivileged-child.ts', import.meta.url));
    const { stdout, stderr } = spawnSync(process.execPath, [child], {
      uid: 65534,
      gid: 65534,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      code: 'EPERM',
      operation: 'load BPF object traffic',
      tpBtf: false,
      bpf: false,
    });
  });
});

describe.skipIf(missing !== undefined)('BpfMap', () => {
  const keysOf = (count: number): Uint8Array =>
    new Uint8Array(Uint32Array.from({ length: count }, (_, i) => i).buffer);

  test('writes, reads and deletes thousands of entries in batches', () => {
    using object = openTraffic();
    object.load();
    using map = object.map('table');
    const keys = keysOf(5000);
    const values = new Uint8Array(BigUint64Array.from({ length: 5000 }, (_, i) => BigInt(i) * 7n).buffer);
    map.writeAll({ keys, values });
    const read = map.readAll();
    expect(read.count).toBe(5000);
    const readKeys = new Uint32Array(read.keys.buffer, read.keys.byteOffset, read.count);
    const readValues = new BigUint64Array(read.values.buffer, read.values.byteOffset, read.count);
    expect([...readKeys].sort((a, b) => a - b)).toEqual([...new Uint32Array(keys.buffer)]);
    expect(readKeys.every((key, index) => readValues[index] === BigInt(key) * 7n)).toBe(true);
    expect(map.readAll({ maxEntries: 10 }).count).toBeLessThanOrEqual(10);
    expect(map.deleteAll(keysOf(3000))).toBe(3000);
    expect(map.deleteAll(keysOf(3001))).toBe(1);
    expect(map.readAll().count).toBe(1999);
  });

  test('looks up, updates by mode, and deletes one entry', () => {
    using object = openTraffic();
    object.load();
    using map = object.map('table');
    const key = Uint8Array.of(1, 0, 0, 0);
    const value = Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0);
    expect(map.lookup(key)).toBeUndefined();
    expect(
      refusal(() => {
        map.update(key, value, 'replace');
      }).code,
    ).toBe('ENOENT');
    map.update(key, value, 'create');
    expect(
      refusal(() => {
        map.update(key, value, 'create');
      }).code,
    ).toBe('EEXIST');
    expect(map.lookup(key)).toEqual(value);
    expect([map.delete(key), map.delete(key)]).toEqual([true, false]);
    expect(() => map.lookup(Uint8Array.of(1))).toThrow('key holds 1 bytes where the map needs 4');
  });

  test('per-CPU maps give every CPU’s value, padded to 8 bytes', () => {
    using object = openTraffic();
    object.load();
    using map = object.map('per_cpu');
    const cpus = probe().possibleCpus;
    expect(map.info).toMatchObject({ name: 'per_cpu', valueSizeBytes: 8 * cpus, maxEntries: 2 });
    const value = new Uint8Array(8 * cpus).map((_, index) => (index % 8 === 0 ? index / 8 + 1 : 0));
    map.update(Uint8Array.of(1, 0, 0, 0), value);
    expect(map.lookup(Uint8Array.of(1, 0, 0, 0))).toEqual(value);
    expect(map.readAll().values).toEqual(Uint8Array.from([...new Uint8Array(8 * cpus), ...value]));
  });

  test('a pin path is shared by objects, and a pinned map outlives them', () => {
    using bpffs = new TemporaryBpffs();
    expect([isBpffs(bpffs.path), isBpffs('/proc')]).toEqual([true, false]);
    const path = bpffs.join('table');
    const key = Uint8Array.of(5, 0, 0, 0);
    {
      using first = openTraffic();
      first.setPinPath('table', path);
      first.load();
      using map = first.map('table');
      map.update(key, new Uint8Array(8).fill(3));
    }
    using second = openTraffic();
    second.setPinPath('table', path);
    second.load();
    using shared = second.map('table');
    expect(shared.lookup(key)).toEqual(new Uint8Array(8).fill(3));
    using opened = BpfMap.openPinned(path);
    expect(opened.info.id).toBe(shared.info.id);
    expect(refusal(() => BpfMap.openPinned(bpffs.join('absent'))).code).toBe('ENOENT');
  });
});
