import fc from 'fast-check';
import type { ObservationEvent } from '@tapio/domain';
import { describe, expect, test } from 'vitest';
import { FlightRecorder } from './flight-recorder.ts';

function event(containerId: string | undefined, timestamp: number, args = ''): ObservationEvent {
  return {
    id: `${containerId ?? 'node'}/${timestamp}`,
    timestamp,
    source: 'kernel',
    type: 'process_exec',
    cluster: 'c',
    node: 'n',
    ...(containerId === undefined ? {} : { containerId }),
    data: { args },
  };
}

describe('the flight recorder', () => {
  test('gives what a container did in the window, oldest first, and nothing of its neighbour', () => {
    const recorder = new FlightRecorder({ windowUs: 30 });
    for (const t of [60, 75, 80, 100]) {
      recorder.record(event('a', t));
      recorder.record(event('b', t));
    }
    expect(recorder.promote('a', 105).events.map((e) => e.id)).toEqual(['a/75', 'a/80', 'a/100']);
    expect(recorder.promote('b', 105).events).toHaveLength(3);
  });
  test('promotes an event at most once', () => {
    const recorder = new FlightRecorder();
    recorder.record(event('a', 1));
    expect(recorder.promote('a', 2).events).toHaveLength(1);
    expect(recorder.promote('a', 2).events).toHaveLength(0);
    expect(recorder.sizeBytes).toBe(0);
  });
  test('an event that comes after the end that it came before is to be promoted, one of the next run is kept', () => {
    const recorder = new FlightRecorder({ windowUs: 30 });
    recorder.promote('a', 100);
    expect(recorder.record(event('a', 99))).toBe(true);
    expect(recorder.record(event('a', 100))).toBe(true);
    expect(recorder.record(event('a', 69))).toBe(false);
    expect(recorder.record(event('a', 101))).toBe(false);
    expect(recorder.record(event('b', 99))).toBe(false);
    expect(recorder.promote('a', 110).events.map((e) => e.id)).toEqual(['a/101']);
    recorder.expire(141);
    expect(recorder.record(event('a', 105))).toBe(false);
  });
  test('keeps no event of the node itself', () => {
    const recorder = new FlightRecorder();
    recorder.record(event(undefined, 1));
    expect([recorder.containers, recorder.sizeBytes]).toEqual([0, 0]);
  });
  test('keeps the newest events of a busy container', () => {
    const recorder = new FlightRecorder({ eventsPerContainer: 8 });
    for (let t = 0; t < 1000; t += 1) recorder.record(event('a', t));
    const kept = recorder.promote('a', 1000).events;
    expect(kept.length).toBeGreaterThanOrEqual(6);
    expect(kept.length).toBeLessThanOrEqual(8);
    expect(kept.at(-1)?.timestamp).toBe(999);
  });
  test('forgets the container that was quiet longest when memory is short, counts it, and says so later', () => {
    const recorder = new FlightRecorder({ sizeBytes: 3_000 });
    for (const [index, container] of ['a', 'b', 'a', 'c', 'd', 'e'].entries())
      recorder.record(event(container, index));
    expect(recorder.sizeBytes).toBeLessThanOrEqual(3_000);
    expect(recorder.evicted).toBeGreaterThan(0);
    expect(recorder.promote('b', 10)).toEqual({ events: [], incomplete: true });
    expect(recorder.promote('e', 10)).toMatchObject({ incomplete: false });
    expect(recorder.promote('never seen', 10)).toEqual({ events: [], incomplete: false });
  });
  test('forgets containers that have been quiet for longer than the window', () => {
    const recorder = new FlightRecorder({ windowUs: 10 });
    recorder.record(event('old', 1));
    recorder.record(event('new', 50));
    recorder.expire(55);
    expect(recorder.containers).toBe(1);
    expect(recorder.promote('new', 55).events).toHaveLength(1);
    expect(recorder.sizeBytes).toBe(0);
  });
  test('stays within its bounds and accounts for its memory whatever happens', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.constantFrom('a', 'b', 'c', 'd'),
            fc.constantFrom('record', 'promote', 'expire'),
            fc.nat(300),
          ),
          { maxLength: 300 },
        ),
        (steps) => {
          const recorder = new FlightRecorder({ windowUs: 40, eventsPerContainer: 6, sizeBytes: 9_000 });
          const promoted = new Set<ObservationEvent>();
          for (const [time, [container, step, size]] of steps.entries()) {
            if (step === 'record') recorder.record(event(container, time, 'x'.repeat(size)));
            else if (step === 'expire') recorder.expire(time);
            else {
              for (const e of recorder.promote(container, time).events) {
                expect(promoted.has(e)).toBe(false);
                promoted.add(e);
              }
            }
            expect(recorder.sizeBytes).toBeLessThanOrEqual(9_000);
          }
          for (const container of ['a', 'b', 'c', 'd']) recorder.promote(container, 1000);
          expect(recorder.sizeBytes).toBe(0);
        },
      ),
    );
  });
});
