import { checkEvent } from '@tapio/domain';
import { describe, expect, test } from 'vitest';
import type { AgentCheckpoint } from '../ingest/checkpoint.ts';
import { RINGS_AT_START, readCheckpoint } from '../ingest/checkpoint.ts';
import { BulkOverflow } from '../ingest/overflow.ts';
import { gapEvent } from './gap-events.ts';
import { newDrops } from './ring-drops.ts';
import { startGaps } from './start-gaps.ts';

const NOW = 1_700_000_100_000_000;
const checkpoint: AgentCheckpoint = {
  captureEpoch: 'e1',
  rings: {
    crit: { position: 4096, reportedDrops: { dropped: 3, gaps: 1 } },
    bulk: { position: 8192, reportedDrops: { dropped: 0, gaps: 0 } },
  },
  gapNumber: 2,
  completeThrough: { kernel: NOW - 50_000_000, kubelet: NOW - 60_000_000 },
};

describe('a gap as an event', () => {
  const origin = { cluster: 'c', node: 'a/b', incarnation: 'i1' };
  test('has an id that is its own, and is valid', () => {
    const event = gapEvent(origin, 7, {
      reason: 'ring_overflow',
      sources: ['kernel'],
      lanes: ['signal', 'bulk'],
      startUs: NOW - 5,
      endUs: NOW,
      lost: 12,
      containers: ['x', 'y'],
    });
    expect(event.id).toBe('c/a%2Fb/i1/gap/7');
    expect(event.data).toMatchObject({
      sources: 'kernel',
      lanes: 'signal,bulk',
      lost: '12',
      containers: 'x,y',
      start_us: String(NOW - 5),
    });
    expect(checkEvent(event).ok).toBe(true);
  });
  test('never begins after its end, though the clock was set back', () => {
    const event = gapEvent(origin, 1, {
      reason: 'agent_down',
      sources: ['kernel'],
      lanes: ['bulk'],
      startUs: NOW + 10,
      endUs: NOW,
    });
    expect(event.data['start_us']).toBe(String(NOW));
    expect(event.data['lost']).toBeUndefined();
  });
});

describe('drops of a ring', () => {
  const cpu = (dropped: number, gapStartUs: number, gapEndUs: number) => ({ dropped, gapStartUs, gapEndUs });
  const look = (dropped: number, gaps: number, perCpu: ReturnType<typeof cpu>[]) => ({
    accepted: 100,
    dropped,
    gaps,
    perCpu,
  });
  test('none are no gap', () => {
    expect(newDrops(look(3, 1, [cpu(3, 10, 20)]), { dropped: 3, gaps: 1 }, 50)).toBeUndefined();
  });
  test('one run on a CPU: exactly its time, and only what is new is counted', () => {
    expect(newDrops(look(10, 2, [cpu(3, 10, 20), cpu(7, 60, 80)]), { dropped: 3, gaps: 1 }, 50)).toEqual({
      lost: 7,
      startBootUs: 60,
      endBootUs: 80,
    });
  });
  test('a run that goes on over a look', () => {
    expect(newDrops(look(10, 1, [cpu(10, 40, 80)]), { dropped: 3, gaps: 1 }, 50)).toEqual({
      lost: 7,
      startBootUs: 40,
      endBootUs: 80,
    });
  });
  test('several runs between two looks reach back to the first look', () => {
    expect(newDrops(look(10, 4, [cpu(10, 70, 80)]), { dropped: 3, gaps: 1 }, 50)).toEqual({
      lost: 7,
      startBootUs: 50,
      endBootUs: 80,
    });
  });
});

describe('what is missing when an agent starts', () => {
  const base = { checkpoint, damage: [], sameBoot: true, nowUs: NOW };
  test('nothing, the first time', () => {
    expect(
      startGaps({ ...base, checkpoint: undefined, capture: { resumed: false, replaced: undefined } }),
    ).toEqual([]);
  });
  test('no record, when the capture went on; but what the recorder held', () => {
    expect(startGaps({ ...base, capture: { resumed: true, replaced: undefined } })).toMatchObject([
      { reason: 'flight_recorder_lost', lanes: ['bulk'] },
    ]);
  });
  test('all since the last completeness, when it did not', () => {
    expect(startGaps({ ...base, capture: { resumed: false, replaced: undefined } })).toMatchObject([
      { reason: 'agent_down', sources: ['kernel'], startUs: NOW - 50_000_000, endUs: NOW },
    ]);
    expect(startGaps({ ...base, capture: { resumed: false, replaced: 'other programs' } })).toMatchObject([
      { reason: 'capture_restarted', detail: 'other programs' },
    ]);
  });
  test('a torn frame is a loss only when its records can’t be read again', () => {
    const torn = { ...base, damage: [{ kind: 'torn' as const, detail: 'torn' }] };
    const reasons = (state: Parameters<typeof startGaps>[0]): string[] =>
      startGaps(state).map((g) => g.reason);
    expect(reasons({ ...torn, capture: { resumed: true, replaced: undefined } })).toEqual([
      'flight_recorder_lost',
    ]);
    expect(reasons({ ...torn, capture: { resumed: false, replaced: undefined } })).toEqual([
      'spool_damaged',
      'agent_down',
    ]);
    expect(reasons({ ...torn, sameBoot: false, capture: { resumed: false, replaced: undefined } })).toContain(
      'spool_damaged',
    );
    expect(
      reasons({
        ...base,
        damage: [{ kind: 'damaged', detail: 'x' }],
        capture: { resumed: true, replaced: undefined },
      }),
    ).toContain('spool_damaged');
  });
});

describe('bulk that is given up', () => {
  const event = (timestamp: number) => ({
    id: 'x',
    timestamp,
    source: 'kernel' as const,
    type: 'process_exec',
    cluster: 'c',
    node: 'n',
    data: {},
  });
  test('begins when the spool is three quarters full, ends below, and is told with its count and time', () => {
    let fill = 0.5;
    const overflow = new BulkOverflow(() => fill);
    expect([overflow.look(NOW), overflow.shedding()]).toEqual([undefined, false]);
    fill = 0.8;
    expect([overflow.look(NOW), overflow.shedding()]).toEqual([undefined, true]);
    overflow.shed(event(NOW + 5));
    overflow.shed(event(NOW + 3));
    fill = 0.7;
    expect([overflow.look(NOW + 10), overflow.shedding()]).toEqual([undefined, true]);
    fill = 0.6;
    expect(overflow.look(NOW + 20)).toMatchObject({
      reason: 'spool_overflow',
      lanes: ['bulk'],
      lost: 2,
      startUs: NOW + 3,
      endUs: NOW + 5,
    });
    expect([overflow.look(NOW + 30), overflow.shedding()]).toEqual([undefined, false]);
  });
  test('is told while it goes on, too', () => {
    const overflow = new BulkOverflow(() => 1);
    overflow.look(NOW);
    overflow.shed(event(NOW));
    expect(overflow.look(NOW + 31_000_000)).toMatchObject({ lost: 1 });
  });
});

test('a checkpoint is read back, and what is none of it counts as not there', () => {
  expect(readCheckpoint({ ...checkpoint })).toEqual(checkpoint);
  expect(readCheckpoint(undefined)).toBeUndefined();
  expect(
    readCheckpoint({ rings: { crit: { position: -1 } }, completeThrough: 'x', captureEpoch: 5 }),
  ).toEqual({ captureEpoch: undefined, rings: RINGS_AT_START, gapNumber: 0, completeThrough: {} });
});
