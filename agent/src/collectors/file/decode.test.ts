import { checkEvent } from '@tapio/domain';
import type { ObservationEvent } from '@tapio/domain';
import { describe, expect, test } from 'vitest';
import { BootClock } from '../../clock/boot-clock.ts';
import { PodIndex } from '../../enrich/pod-index.ts';
import { RecordBytes, ringImage } from '../../testing/records.ts';
import { CgroupContexts } from '../shared/cgroup-contexts.ts';
import { RecordContext } from '../shared/record-context.ts';
import { SlotDecoder } from '../shared/slot-decoder.ts';
import { memoryViews } from '../shared/text-cache.ts';
import { fileCollector } from './collector.ts';
import { scrubPath } from './decode.ts';
import { OPEN_ERRNOS, errnoMask, errnoName } from './errno.ts';
import { openFlagsText } from './open-flags.ts';

const UID = '0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22';
const ID = '3f5b0a4e7c1d9e8f2a6b4c0d1e3f5a7b9c8d0e2f4a6b8c0d1e3f5a7b9c8d0e2f';

/** Places of a text and of the one behind it: texts begin at multiples of 4, and end with a NUL. */
function behind(at: number, text: string): number {
  return at + ((text.length + 4) & ~3);
}

/** `struct tapio_file_open_failed` of a process in a container, as long as its texts need. */
function record(path: string, over: { flags?: number; errno?: number; open?: number } = {}): RecordBytes {
  const names = [ID, `pod${UID}`, 'burstable'] as const;
  const parentAt = behind(0, names[0]);
  const grandparentAt = behind(parentAt, names[1]);
  const pathAt = behind(grandparentAt, names[2]);
  const sizeBytes = 136 + behind(pathAt, path);
  return new RecordBytes(4, sizeBytes, { seq: 9, ring: 1, flags: over.flags ?? 0, bootNs: 5_000_000_000n })
    .task({ tgid: 6344, ppid: 12, nsTgid: 1, nsLevel: 1, uid: 1000, startNs: 4_000_000_000n, comm: 'java' })
    .u64(104, 0x1_0000_0123n)
    .u32(112, 3)
    .u32(116, 4)
    .u32(120, over.errno ?? 13)
    .u32(124, over.open ?? 0o101)
    .u32(128, parentAt | (grandparentAt << 16))
    .u32(132, pathAt)
    .text(136, names[0])
    .text(136 + parentAt, names[1])
    .text(136 + grandparentAt, names[2])
    .text(136 + pathAt, path);
}

function decode(bytes: RecordBytes): ObservationEvent {
  const cgroups = new CgroupContexts(new PodIndex());
  const clock = new BootClock({
    read: () => ({ bootNs: 0n, realNs: 1_700_000_000_000_000_000n, errorNs: 1 }),
  });
  const identity = {
    cluster: 'c',
    node: 'n',
    captureEpoch: 'e1',
    bootId: 'b',
    rings: ['crit', 'bulk'],
    pageSizeBytes: 4096,
  };
  const decoder = new SlotDecoder(new RecordContext(identity, clock, cgroups), [fileCollector]);
  const memory = ringImage([bytes]);
  const events: ObservationEvent[] = [];
  decoder.decode(
    memoryViews(memory),
    { offsetBytes: 0, sizeBytes: memory.byteLength, startPosition: 0, endPosition: memory.byteLength },
    events,
  );
  const [event] = events;
  if (event === undefined) throw new Error('no event');
  expect(checkEvent(event)).toEqual({ ok: true, value: event });
  return event;
}

describe('a failed open', () => {
  test('is told with who, what, why and how, under a number of its own ring', () => {
    expect(decode(record('/etc/shadow'))).toEqual({
      id: 'c/n/e1/bulk/9',
      timestamp: 1_700_000_005_000_000,
      source: 'kernel',
      type: 'file_open_failed',
      cluster: 'c',
      node: 'n',
      pid: 6344,
      containerId: ID,
      podUid: UID,
      data: {
        boot_id: 'b',
        mono_us: '5000000',
        comm: 'java',
        started_mono_us: '4000000',
        cgroup: `burstable/pod${UID}/${ID}`,
        container_init: 'true',
        path: '/etc/shadow',
        path_truncated: 'false',
        errno: 'EACCES',
        flags: 'O_WRONLY|O_CREAT',
        ppid: '12',
        uid: '1000',
      },
    });
  });
  test('says when its path was cut', () => {
    const long = `/${'d/'.repeat(127)}`;
    expect(decode(record(long, { flags: 128 })).data).toMatchObject({ path: long, path_truncated: 'true' });
  });
  test('has an empty path where that could not be read', () => {
    expect(decode(record('', { flags: 256 })).data['path']).toBe('');
  });
  test('gives no secret of its path away', () => {
    expect(decode(record('/run/cache?token=hunter2')).data['path']).toBe('/run/cache?token=[redacted]');
  });
});

describe('scrubbing of paths', () => {
  test.each([
    ['/srv/AppData/releases/2024/config/Production/database', 'a long path is no secret'],
    ['/var/lib/app/data.db', 'nor is a plain one'],
  ])('%s is kept: %s', (path) => {
    expect(scrubPath(path)).toBe(path);
  });
  test('a name that looks like a token is masked, its neighbours are not', () => {
    expect(scrubPath('/srv/tokens/ghp_abcdefghijklmnopqrstuvwxyz0123/x')).toBe('/srv/tokens/[redacted]/x');
    expect(scrubPath('/a/Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3A1/b')).toBe('/a/[redacted]/b');
  });
});

describe('errors by number and name', () => {
  test('the mask has one bit for each', () => {
    expect(errnoMask(['EACCES', 'EPERM'])).toBe((1n << 13n) | 2n);
    expect(errnoMask([])).toBe(0n);
  });
  test('each that can be asked for fits the mask and is named back', () => {
    for (const name of OPEN_ERRNOS) {
      const bit = errnoMask([name]).toString(2).length - 1;
      expect(bit).toBeLessThan(64);
      expect(errnoName(bit)).toBe(name);
    }
  });
  test('one without a name keeps its number', () => {
    expect(errnoName(4095)).toBe('errno 4095');
  });
});

test.each([
  [0, 'O_RDONLY'],
  [0o2, 'O_RDWR'],
  [0o3101, 'O_WRONLY|O_CREAT|O_TRUNC|O_APPEND'],
  [0o2000000, 'O_RDONLY|O_CLOEXEC'],
  [0o10000000, 'O_RDONLY|O_PATH'],
  [0o4010000, 'O_RDONLY|O_SYNC'],
  [0x40000000, 'O_RDONLY|0x40000000'],
  [0x80000000 | 0, 'O_RDONLY|0x80000000'],
])('flags %i are %s', (flags, text) => {
  expect(openFlagsText(flags)).toBe(text);
});
