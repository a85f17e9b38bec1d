import type { ObservationEvent } from '@tapio/domain';
import { BATCH_LIMITS, CONTENT_TYPE, decodeBatch } from '@tapio/domain';
import { describe, expect, test } from 'vitest';
import { FlightRecorder } from '../recorder/flight-recorder.ts';
import type { NewBatch } from '../spool/frame.ts';
import { Assembler } from './assembler.ts';

const T = 1_700_000_000_000_000;
let serial = 0;
function event(
  type: string,
  data: Record<string, string>,
  over: Partial<ObservationEvent> = {},
): ObservationEvent {
  serial += 1;
  const base = {
    boot_id: 'b',
    mono_us: '1',
    comm: 'x',
    started_mono_us: '1',
    exe: '/x',
    exit_code: '0',
    signal: '0',
  };
  return {
    id: `e${serial}`,
    timestamp: T + serial,
    source: 'kernel',
    type,
    cluster: 'c',
    node: 'n',
    containerId: 'c1',
    data: { ...base, ...data },
    ...over,
  };
}

function assembler(over: { shed?: () => boolean; recorder?: FlightRecorder } = {}): {
  assembler: Assembler;
  shed: string[];
  incomplete: string[];
} {
  const shed: string[] = [];
  const incomplete: string[] = [];
  return {
    shed,
    incomplete,
    assembler: new Assembler({
      recorder: over.recorder ?? new FlightRecorder(),
      shedBulk: over.shed ?? ((): boolean => false),
      onShed: (e) => shed.push(e.id),
      onIncompleteRecording: (id) => incomplete.push(id),
    }),
  };
}

function idsOf(batch: NewBatch): string[] {
  const producer = { cluster: 'c', node: 'n', lane: batch.lane, incarnation: 'i' };
  const decoded = decodeBatch(batch.payload, CONTENT_TYPE.msgpack, {
    producer,
    batch: 1,
    count: batch.count,
    completeThrough: {},
  });
  if (!decoded.ok) throw new Error(decoded.fault.message);
  return decoded.value.events.map((e) => e.id);
}

describe('lanes and batches', () => {
  test('events are sorted by lane and source, in their order', () => {
    const { assembler: a } = assembler();
    const bulk = [event('process_exec', {}), event('process_exit', {})];
    const kill = event('process_exit', { signal: '9' });
    const pod = event('pod_created', {}, { source: 'kubelet' });
    for (const e of [bulk[0]!, kill, pod, bulk[1]!]) a.add(e);
    expect([a.count, a.urgent]).toEqual([4, true]);
    const batches = a.seal({}, {}, false);
    expect(batches.map((b) => [b.lane, b.source, idsOf(b)])).toEqual([
      ['bulk', 'kernel', bulk.map((e) => e.id)],
      ['signal', 'kernel', [kill.id]],
      ['signal', 'kubelet', [pod.id]],
    ]);
    expect([a.count, a.urgent, a.stage.state().imbalance]).toEqual([0, false, 0]);
  });
  test('only the last batch of a lane claims the new completeness', () => {
    const { assembler: a } = assembler();
    for (let i = 0; i < 501; i += 1) a.add(event('process_exec', {}));
    a.add(event('process_exit', { signal: '9' }));
    const batches = a.seal({ kernel: 2 }, { kernel: 1 }, false);
    expect(batches.map((b) => [b.lane, b.count, b.completeThrough.kernel])).toEqual([
      ['bulk', 500, 1],
      ['bulk', 1, 2],
      ['signal', 1, 2],
    ]);
  });
  test('a heartbeat is an empty signal batch, and only where there is no other', () => {
    const { assembler: a } = assembler();
    expect(a.seal({ kernel: 2 }, {}, true)).toMatchObject([
      { lane: 'signal', source: 'tapio', count: 0, completeThrough: { kernel: 2 } },
    ]);
    a.add(event('process_exit', { signal: '9' }));
    expect(a.seal({}, {}, true)).toMatchObject([{ count: 1 }]);
    expect(a.seal({}, {}, false)).toEqual([]);
  });
  test('what would be too large for a message is split', () => {
    const { assembler: a } = assembler();
    for (let i = 0; i < 400; i += 1) a.add(event('process_exec', { args: `${i}${'x'.repeat(4000)}` }));
    const batches = a.seal({}, {}, false);
    expect(batches.length).toBeGreaterThan(1);
    expect(batches.every((b) => b.payload.byteLength <= BATCH_LIMITS.sizeBytes)).toBe(true);
    expect(batches.flatMap(idsOf)).toHaveLength(400);
  });
});

describe('promotion', () => {
  const promotedBy = (end: ObservationEvent): string[] => {
    const { assembler: a } = assembler();
    const before = event('process_exec', {});
    a.add(before);
    a.add(end);
    return a
      .seal({}, {}, false)
      .filter((b) => b.lane === 'signal')
      .flatMap(idsOf)
      .filter((id) => id === before.id);
  };
  test.each<[string, ObservationEvent, number]>([
    ['the first process failed', event('process_exit', { container_init: 'true', exit_code: '1' }), 1],
    ['the first process was killed', event('process_exit', { container_init: 'true', signal: '9' }), 1],
    [
      'the OOM killer took one of its processes',
      event('process_exit', { oom_killed: 'true', signal: '9' }),
      1,
    ],
    [
      'the kubelet says that it died',
      event(
        'container_died',
        { exit_code: '137', container: 'x', restart_count: '0' },
        { source: 'kubelet' },
      ),
      1,
    ],
    ['the first process ended well', event('process_exit', { container_init: 'true' }), 0],
    [
      'the kubelet says that it completed',
      event('container_died', { exit_code: '0' }, { source: 'kubelet' }),
      0,
    ],
    [
      'another of its processes failed',
      event('process_exit', { container_init: 'false', exit_code: '1' }),
      0,
    ],
    [
      'a neighbour failed',
      event('process_exit', { container_init: 'true', exit_code: '1' }, { containerId: 'c2' }),
      0,
    ],
  ])('%s', (_, end, count) => {
    expect(promotedBy(end)).toHaveLength(count);
  });
  test('kernel and kubelet report the same death: its events are promoted once', () => {
    const { assembler: a } = assembler();
    const before = event('process_exec', {});
    for (const e of [
      before,
      event('process_exit', { container_init: 'true', signal: '9' }),
      event('container_died', { exit_code: '137' }, { source: 'kubelet' }),
    ])
      a.add(e);
    const signals = a
      .seal({}, {}, false)
      .filter((b) => b.lane === 'signal')
      .flatMap(idsOf);
    expect(signals.filter((id) => id === before.id)).toHaveLength(1);
    expect(a.promoted).toBe(1);
    expect(a.stage.state().imbalance).toBe(0);
  });
});

test('a bulk event that comes after the end that it came before becomes a signal too, once', () => {
  const { assembler: a } = assembler();
  const late = event('process_exec', {});
  a.add({ ...event('process_exit', { container_init: 'true', signal: '9' }), timestamp: late.timestamp + 1 });
  a.add(late);
  const batches = a.seal({}, {}, false);
  const lanes = batches.filter((b) => idsOf(b).includes(late.id)).map((b) => b.lane);
  expect(lanes.toSorted()).toEqual(['bulk', 'signal']);
  expect(a.promoted).toBe(1);
  expect(a.stage.state().imbalance).toBe(0);
});

test('bulk that is given up is counted and still recorded; signals are not given up', () => {
  const { assembler: a, shed } = assembler({ shed: () => true });
  const before = event('process_exec', {});
  a.add(before);
  a.add(event('process_exit', { container_init: 'true', signal: '9' }));
  expect(shed).toEqual([before.id]);
  expect(a.seal({}, {}, false).map((b) => [b.lane, b.count])).toEqual([['signal', 2]]);
  expect(a.stage.state()).toMatchObject({ imbalance: 0, dropped: { spool_overflow: 1 } });
});
