import { EVENT_LIMITS, checkEvent } from '@tapio/domain';
import type { ObservationEvent } from '@tapio/domain';
import { describe, expect, test } from 'vitest';
import { BootClock } from '../../clock/boot-clock.ts';
import { PodIndex } from '../../enrich/pod-index.ts';
import { RecordBytes, ringImage } from '../../testing/records.ts';
import { limitedBy, limitingLevel } from '../memory/decode.ts';
import { memoryCollector } from '../memory/collector.ts';
import { processCollector } from '../process/collector.ts';
import { CgroupContexts } from './cgroup-contexts.ts';
import { RecordContext } from './record-context.ts';
import type { RecordCollector } from './record-collector.ts';
import { SlotDecoder } from './slot-decoder.ts';
import type { DecodeCounts } from './slot-decoder.ts';
import { memoryViews } from './text-cache.ts';

const UID = '0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22';
const ID = '3f5b0a4e7c1d9e8f2a6b4c0d1e3f5a7b9c8d0e2f4a6b8c0d1e3f5a7b9c8d0e2f';
const OTHER_ID = 'a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90';
const IN_POD = [ID, `pod${UID}`, 'burstable'];
/** 200 days of uptime: more nanoseconds than a double holds exactly. */
const BOOT_NS = 17_280_000_123_456_789n;
const BOOT_US = 17_280_000_123_456;
const WALL_OFFSET_US = 1_700_000_000_000_000;

interface Decoded {
  readonly events: ObservationEvent[];
  readonly counts: DecodeCounts;
  readonly unknown: readonly string[];
}

function decode(
  records: Parameters<typeof ringImage>[0],
  over: { pods?: PodIndex; collectors?: readonly RecordCollector[]; fromPosition?: number } = {},
): Decoded {
  const cgroups = new CgroupContexts(over.pods ?? new PodIndex());
  const clock = new BootClock({
    read: () => ({ bootNs: 0n, realNs: BigInt(WALL_OFFSET_US) * 1000n, errorNs: 100 }),
  });
  const identity = {
    cluster: 'c/1',
    node: 'n1',
    captureEpoch: 'e1',
    bootId: 'boot',
    rings: ['crit', 'bulk'],
    pageSizeBytes: 4096,
  };
  const decoder = new SlotDecoder(
    new RecordContext(identity, clock, cgroups),
    over.collectors ?? [processCollector, memoryCollector],
  );
  const memory = ringImage(records);
  const events: ObservationEvent[] = [];
  const image = {
    offsetBytes: 0,
    sizeBytes: memory.byteLength,
    startPosition: 4096,
    endPosition: 4096 + memory.byteLength,
  };
  const counts = decoder.decode(memoryViews(memory), image, events, over.fromPosition);
  decoder.account(counts);
  expect(decoder.stage.state().imbalance).toBe(0);
  for (const event of events) expect(checkEvent(event)).toEqual({ ok: true, value: event });
  return { events, counts, unknown: cgroups.takeUnknownPods() };
}

function exec(
  args: string,
  over: { flags?: number; seq?: number; names?: readonly string[]; nsTgid?: number; nsLevel?: number } = {},
): RecordBytes {
  const bytes = new TextEncoder().encode(args);
  const record = new RecordBytes(1, 992, { seq: over.seq ?? 41, flags: over.flags ?? 0, bootNs: BOOT_NS })
    .task({
      tgid: 6344,
      ppid: 12,
      nsTgid: over.nsTgid ?? 6344,
      nsLevel: over.nsLevel ?? 0,
      uid: 1000,
      startNs: 17_279_999_000_000_999n,
      comm: 'java',
    })
    .cgroup(over.names ?? IN_POD, 4)
    .u32(600, bytes.byteLength)
    .u32(604, bytes.byteLength)
    .text(608, '/usr/bin/java');
  record.bytes.set(bytes, 736);
  return record;
}

function exit(
  over: { flags?: number; code?: number; signal?: number; nsTgid?: number; nsLevel?: number } = {},
): RecordBytes {
  return new RecordBytes(2, 1024, { seq: 42, flags: over.flags ?? 0, bootNs: BOOT_NS })
    .task({ tgid: 6344, nsTgid: over.nsTgid ?? 6344, nsLevel: over.nsLevel ?? 0, comm: 'java' })
    .cgroup(IN_POD, 4)
    .u32(600, 9)
    .u8(604, over.code ?? 0)
    .u8(605, over.signal ?? 9)
    .u8(606, 1)
    .u8(607, 0)
    .u64(608, 256n)
    .u64(616, 0n);
}

function sender(record: RecordBytes, siCode: number, names: readonly [string, string]): RecordBytes {
  return record
    .u32(624, 77)
    .u32(636, 1001)
    .u32(640, 9)
    .u32(644, siCode)
    .text(672, 'bash')
    .text(704, names[0])
    .text(864, names[1]);
}

interface Level {
  readonly usage: bigint;
  readonly max: bigint;
}

function oomKill(
  level: number,
  levels: readonly Level[],
  over: { flags?: number; names?: readonly string[] } = {},
): RecordBytes {
  const record = new RecordBytes(3, 800, { seq: 43, flags: over.flags ?? 0, bootNs: BOOT_NS })
    .task({ tgid: 6344, comm: 'java' })
    .cgroup(over.names ?? IN_POD, 4)
    .u32(600, -998)
    .u32(604, level)
    .u64(616, 8000n)
    .u64(624, 10n)
    .u64(632, 2n);
  for (let index = 0; index < 4; index += 1) {
    const at = 672 + index * 32;
    const given = levels[index];
    record
      .u64(at, given?.usage ?? 0n)
      .u64(at + 8, given?.max ?? 0n)
      .u32(at + 28, given === undefined ? 0 : 1);
  }
  return record;
}

function podIndex(): PodIndex {
  const pods = new PodIndex();
  pods.replace([
    {
      podUid: UID,
      podName: 'checkout-1',
      namespace: 'shop',
      workload: 'Deployment/checkout',
      containers: new Map([[ID, {}]]),
    },
  ]);
  return pods;
}

describe('process_exec', () => {
  test('all of a record, exact after 200 days of uptime', () => {
    expect(decode([exec('java\0-Xmx1g\0-jar\0app.jar\0')], { pods: podIndex() }).events).toEqual([
      {
        id: 'c%2F1/n1/e1/crit/41',
        timestamp: WALL_OFFSET_US + BOOT_US,
        source: 'kernel',
        type: 'process_exec',
        cluster: 'c/1',
        node: 'n1',
        pid: 6344,
        containerId: ID,
        podUid: UID,
        podName: 'checkout-1',
        namespace: 'shop',
        workload: 'Deployment/checkout',
        data: {
          boot_id: 'boot',
          mono_us: String(BOOT_US),
          comm: 'java',
          started_mono_us: '17279999000000',
          cgroup: `burstable/pod${UID}/${ID}`,
          container_init: 'false',
          exe: '/usr/bin/java',
          args: 'java -Xmx1g -jar app.jar',
          args_truncated: 'false',
          ppid: '12',
          uid: '1000',
        },
      },
    ]);
  });
  test('secrets in arguments are masked, cut ones are marked, unreadable bytes do no harm', () => {
    const { events } = decode([
      exec('mysql\0-u\0root\0--password=hunter2\0', { flags: 2 }),
      exec('curl\0https://user:hunter2@example.org/\0'),
      exec('x\0\xff\u0001'),
      exec(''),
    ]);
    expect(JSON.stringify(events)).not.toContain('hunter2');
    expect(events.map((e) => e.data['args_truncated'])).toEqual(['true', 'false', 'false', 'false']);
    expect(events[3]?.data['args']).toBe('');
    expect(events[0]?.data['args']?.length).toBeLessThan(EVENT_LIMITS.dataValueLength);
  });
  test('the first process of a container is told from one of a namespace on the node', () => {
    const { events } = decode([
      exec('a\0', { nsTgid: 1, nsLevel: 1 }),
      exec('a\0', { nsTgid: 1, nsLevel: 1, names: ['session.scope', 'user.slice', ''] }),
      exec('a\0', { nsTgid: 1, nsLevel: 0 }),
    ]);
    // One kernfs id stands for one cgroup: the second is told apart by its name.
    expect(events.map((e) => e.data['container_init'])).toEqual(['true', 'false', 'false']);
  });
  test('a kernel that can’t count: the place in the ring is the number', () => {
    const { events } = decode([exec('a\0'), exec('b\0', { flags: 1, seq: 0 })]);
    expect(events.map((e) => e.id)).toEqual(['c%2F1/n1/e1/crit/41', 'c%2F1/n1/e1/crit/5096']);
  });
});

describe('process_exit', () => {
  test('the sender is told with its container, or as one of the node, or as the kernel', () => {
    const { events } = decode([
      sender(exit({ flags: 32 }), 0, [OTHER_ID, `pod${UID}`]),
      sender(exit({ flags: 32 }), 0, ['sshd.service', 'system.slice']),
      sender(exit({ flags: 32 | 16 }), 0x80, [ID, `pod${UID}`]),
      sender(exit({ flags: 32, signal: 11 }), 1, [ID, `pod${UID}`]),
      sender(exit({ flags: 32 }), -6, ['a', 'b']),
      exit({ signal: 0, code: 3 }),
    ]);
    expect(
      events.map(({ data: d }) => [
        d['sender_pid'],
        d['sender_comm'],
        d['sender_container_id'],
        d['sender_cgroup'],
        d['sender_code'],
        d['oom_killed'],
      ]),
    ).toEqual([
      ['77', 'bash', OTHER_ID, `pod${UID}/${OTHER_ID}`, '0', 'false'],
      ['77', 'bash', undefined, 'system.slice/sshd.service', '0', 'false'],
      ['0', 'kernel', undefined, undefined, '128', 'true'],
      ['0', 'kernel', undefined, undefined, '1', 'false'],
      ['77', 'bash', undefined, 'b/a', '-6', 'false'],
      [undefined, undefined, undefined, undefined, undefined, 'false'],
    ]);
    expect(events[0]?.data).toMatchObject({
      signal: '9',
      exit_code: '0',
      core_dumped: 'true',
      max_rss_bytes: '1048576',
      sender_uid: '1001',
      sender_signal: '9',
    });
    expect(events[5]?.data).toMatchObject({ signal: '0', exit_code: '3' });
  });
});

describe('oom_kill', () => {
  const container: Level = { usage: 8192n, max: 8192n };
  const pod: Level = { usage: 20_000n, max: 20_000n };
  const free: Level = { usage: 90_000n, max: 2n ** 51n };
  test.each<[string, number, Level[], Record<string, string | undefined>]>([
    [
      'the container’s own limit',
      0,
      [container, { ...pod, usage: 9000n }, free],
      {
        limited_by: 'container',
        limit_bytes: '33554432',
        usage_bytes: '33554432',
        limiting_cgroup: `burstable/pod${UID}/${ID}`,
      },
    ],
    [
      'the pod’s limit',
      1,
      [{ usage: 100n, max: 8192n }, pod, free],
      {
        limited_by: 'pod',
        limit_bytes: '81920000',
        container_limit_bytes: '33554432',
        limiting_cgroup: `burstable/pod${UID}`,
      },
    ],
    [
      'a limit above the pod',
      2,
      [container, pod, { usage: 5n, max: 5n }],
      { limited_by: 'ancestor', limit_bytes: '20480', limiting_cgroup: 'burstable' },
    ],
    ['far above the pod', 9, [container, pod], { limited_by: 'ancestor', limit_bytes: undefined }],
    [
      'the node',
      -1,
      [{ usage: 100n, max: 8192n }, pod],
      { limited_by: 'node', limit_bytes: undefined, container_limit_bytes: '33554432' },
    ],
    [
      'not told, the container is full to within a charge',
      -2,
      [{ usage: 8150n, max: 8192n }, pod],
      { limited_by: 'container' },
    ],
    ['not told, only the pod is full', -2, [{ usage: 100n, max: 8192n }, pod], { limited_by: 'pod' }],
    ['not told, nothing has a limit', -2, [free, free], { limited_by: 'node' }],
    ['not told, no limit is near', -2, [{ usage: 100n, max: 8192n }], { limited_by: 'unknown' }],
  ])('%s', (_, level, levels, expected) => {
    const [event] = decode([oomKill(level, levels)]).events;
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, event?.data[key]]))).toEqual(expected);
    expect(event?.data).toMatchObject({ anon_rss_bytes: '32768000', oom_score_adj: '-998' });
  });
  test('a victim that is known by pid only', () => {
    const [event] = decode([oomKill(0, [container], { flags: 64 })]).events;
    expect(event).toMatchObject({ pid: 6344, data: { comm: 'unknown', limited_by: 'container' } });
    expect(event?.data['anon_rss_bytes']).toBeUndefined();
  });
  test('a process in a nested cgroup of its container is limited by the container all the same', () => {
    const [event] = decode([
      oomKill(1, [container, container], {
        names: ['container', `crio-${ID}.scope`, `kubepods-pod${UID.replaceAll('-', '_')}.slice`],
      }),
    ]).events;
    expect(event?.data['limited_by']).toBe('container');
  });
  test('a process of the node in a limited cgroup is limited by an ancestor', () => {
    const cgroup = {
      path: '/a',
      containerId: undefined,
      podUid: undefined,
      containerDepth: undefined,
      pod: undefined,
      names: [],
    };
    expect(limitedBy(0, cgroup)).toBe('ancestor');
    expect(limitingLevel(0, [])).toBe(0);
  });
});

describe('an image of a ring', () => {
  test('unknown and malformed records are counted and do not stop their neighbours; discarded ones are none', () => {
    const short = new RecordBytes(1, 992, { bootNs: 1n });
    short.bytes[2] = 0xff;
    short.bytes[3] = 0xff;
    const { events, counts } = decode([
      { discarded: 100 },
      new RecordBytes(4, 536, { bootNs: 1n }),
      short,
      exec('a\0'),
    ]);
    expect(events).toHaveLength(1);
    expect(counts).toEqual({ received: 3, sent: 1, already_stored: 0, not_collected: 1, malformed: 1 });
  });
  test('records that were stored before a restart are passed over', () => {
    const { events, counts } = decode([exec('a\0', { seq: 1 }), exec('b\0', { seq: 2 })], {
      fromPosition: 4096 + 1000,
    });
    expect(events.map((e) => e.id)).toEqual(['c%2F1/n1/e1/crit/2']);
    expect(counts.already_stored).toBe(1);
  });
  test('a collector that is off makes no events', () => {
    const { events, counts } = decode([exec('a\0'), oomKill(0, [])], { collectors: [memoryCollector] });
    expect([events.map((e) => e.type), counts.not_collected]).toEqual([['oom_kill'], 1]);
  });
  test('a pod that nobody knows is asked for once; its events have its uid', () => {
    const { events, unknown } = decode([exec('a\0'), exec('b\0')]);
    expect(unknown).toEqual([UID]);
    expect(events[0]).toMatchObject({ podUid: UID, containerId: ID });
    expect(events[0]?.podName).toBeUndefined();
  });
});
