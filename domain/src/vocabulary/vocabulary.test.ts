import { describe, expect, test } from 'vitest';
import { checkEvent } from '../check.ts';
import { containerDied, oomKill } from '../testing/events.ts';
import { signalName } from './kernel.ts';
import {
  PROMOTED_KEYS,
  VOCABULARY,
  eventTypeRow,
  isEventType,
  laneOf,
  severityOf,
  summarize,
} from './vocabulary.ts';
import type { EventTypeRow } from './row.ts';

const rows: readonly (readonly [string, EventTypeRow])[] = Object.entries(VOCABULARY);

describe('every row', () => {
  test.each(rows)('%s: names are snake case and units stand in names', (type, row) => {
    expect(type).toMatch(/^[a-z]+(_[a-z]+)*$/);
    for (const [key, spec] of Object.entries(row.data)) {
      expect(key).toMatch(/^[a-z]+(_[a-z]+)*$/);
      if (spec.unit === 'us' || spec.unit === 'bytes') expect(key.endsWith(`_${spec.unit}`)).toBe(true);
    }
  });

  test.each(rows)('%s: its summary reads well even when data is missing', (type, row) => {
    const line = row.summary({ ...containerDied(), source: row.source, type, data: {} });
    expect(line).not.toMatch(/undefined|NaN|\[object/);
    expect(line.length).toBeGreaterThan(5);
  });
});

test('a promoted key has one kind over all types, so that one graph property has one type', () => {
  const kinds = new Map<string, Set<string>>();
  for (const [, row] of rows) {
    for (const [key, spec] of Object.entries(row.data)) {
      if (spec.promoted === true) kinds.set(key, (kinds.get(key) ?? new Set()).add(spec.kind));
    }
  }
  expect([...kinds].filter(([, k]) => k.size > 1)).toEqual([]);
  expect(new Set(PROMOTED_KEYS.map((k) => k.key)).size).toBe(PROMOTED_KEYS.length);
});

describe('lanes: the graph follows what happened, not how busy it was', () => {
  const exit = (data: Record<string, string>): ReturnType<typeof containerDied> => ({
    ...oomKill(),
    type: 'process_exit',
    data: { exit_code: '0', signal: '0', ...data },
  });
  test.each([
    ['grep that finds nothing', { exit_code: '1' }, 'bulk'],
    ['a pipe that closes', { signal: '13' }, 'bulk'],
    ['a segfault', { signal: '11' }, 'signal'],
    ['an OOM kill', { signal: '9', oom_killed: 'true' }, 'signal'],
    ['the end of a container', { container_init: 'true' }, 'signal'],
  ])('%s', (_, data, lane) => {
    expect(laneOf(exit(data))).toBe(lane);
  });
  test('an exec is bulk unless a container begins with it', () => {
    const exec = { ...oomKill(), type: 'process_exec', data: { container_init: 'false' } };
    expect(laneOf(exec)).toBe('bulk');
    expect(laneOf({ ...exec, data: { container_init: 'true' } })).toBe('signal');
  });
  test('an event type of a newer version is a signal', () => {
    expect(laneOf({ ...oomKill(), type: 'brand_new' })).toBe('signal');
    expect(isEventType('brand_new')).toBe(false);
    expect(eventTypeRow('brand_new')).toBeUndefined();
    expect(summarize({ ...oomKill(), type: 'brand_new' })).toBe('brand_new');
    expect(severityOf({ ...oomKill(), type: 'brand_new' })).toBe('info');
  });
});

describe('summaries', () => {
  test('name objects as people do', () => {
    const aboutObjects = (type: string, data: Readonly<Record<string, string>>) =>
      summarize({ ...containerDied(), source: 'kubeapi', type, node: '-', data });
    expect(
      aboutObjects('service_without_ready_pods', {
        object: 'Service/shop/cart',
        refers: 'Deployment/shop/cart',
        pods: '2',
      }),
    ).toBe('Service shop/cart has no ready pod: 0 of 2 of Deployment shop/cart');
    expect(aboutObjects('node_not_ready', { object: 'Node//worker-1', problem: 'lost' })).toBe(
      'Node worker-1 is not ready: lost',
    );
  });

  test('an OOM kill says who, how much and whose limit', () => {
    expect(summarize(oomKill())).toBe(
      'OOM killer killed java (pid 6344): 32 MiB of 32 MiB, limit of the container',
    );
  });
  test('an exit names the sender of the signal', () => {
    const exit = {
      ...oomKill(),
      type: 'process_exit',
      data: { comm: 'java', exit_code: '0', signal: '9', sender_comm: 'bash', sender_pid: '7' },
    };
    expect(summarize(exit)).toBe('java (pid 6344) was ended by SIGKILL by bash (pid 7)');
    expect(summarize({ ...exit, data: { comm: 'java', exit_code: '3', signal: '0' } })).toBe(
      'java (pid 6344) exited with code 3',
    );
    expect(
      summarize({ ...exit, data: { comm: 'java', exit_code: '0', signal: '9', oom_killed: 'true' } }),
    ).toContain('by the OOM killer');
  });
  test('a death names container, pod and reason', () => {
    expect(summarize(containerDied())).toBe(
      'container report of shop/checkout-7d9c6b5f4-x2lqv died, exit 137 (OOMKilled)',
    );
  });
  test('signals have the names of signal(7)', () => {
    expect([signalName(9), signalName('15'), signalName(11), signalName(64)]).toEqual([
      'SIGKILL',
      'SIGTERM',
      'SIGSEGV',
      'signal 64',
    ]);
  });
});

describe('checking an event', () => {
  test('the examples are events of the vocabulary', () => {
    expect(checkEvent(containerDied()).ok).toBe(true);
    expect(checkEvent(oomKill()).ok).toBe(true);
  });
  test.each<[string, unknown, string, string]>([
    ['no object', 'text', 'type', 'event'],
    ['no id', { ...oomKill(), id: '' }, 'missing', 'event.id'],
    ['seconds for microseconds', { ...oomKill(), timestamp: 1_700_000_041 }, 'range', 'event.timestamp'],
    ['an unknown source', { ...oomKill(), source: 'nobody' }, 'unknown', 'event.source'],
    ['the wrong source for the type', { ...oomKill(), source: 'kubelet' }, 'source', 'event.source'],
    ['a name that is too long', { ...oomKill(), podName: 'x'.repeat(600) }, 'too_large', 'event.podName'],
    ['a negative pid', { ...oomKill(), pid: -1 }, 'type', 'event.pid'],
    ['a number in data', { ...oomKill(), data: { ...oomKill().data, comm: 5 } }, 'type', 'event.data.comm'],
    ['a missing key', { ...containerDied(), data: {} }, 'missing', 'event.data.container'],
    [
      'a word for an integer',
      { ...containerDied(), data: { ...containerDied().data, exit_code: 'many' } },
      'type',
      'event.data.exit_code',
    ],
    [
      'a word for a boolean',
      { ...oomKill(), data: { ...oomKill().data, container_init: 'yes' } },
      'type',
      'event.data.container_init',
    ],
    [
      'a huge value',
      { ...oomKill(), data: { ...oomKill().data, comm: 'x'.repeat(5000) } },
      'too_large',
      'event.data.comm',
    ],
    [
      'too many keys',
      { ...oomKill(), data: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, ''])) },
      'too_large',
      'event.data',
    ],
    ['data that is a list', { ...oomKill(), data: [] }, 'type', 'event.data'],
  ])('%s is refused with its place', (_, input, code, place) => {
    const checked = checkEvent(input);
    expect(checked.ok ? 'taken' : [checked.fault.code, checked.fault.place]).toEqual([code, place]);
  });
  test('fields that are none of an event’s are left out', () => {
    const checked = checkEvent({ ...oomKill(), extra: 1 });
    expect(checked).toEqual({ ok: true, value: oomKill() });
  });
});
