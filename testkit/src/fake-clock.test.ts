import { describe, expect, it } from 'vitest';
import { FakeClock } from './fake-clock.ts';

describe('FakeClock', () => {
  it('moves only when told', async () => {
    const clock = new FakeClock(5_000_000);
    expect(clock.nowUs()).toBe(5_000_000);
    await clock.advance(1_500);
    expect(clock.nowUs()).toBe(5_001_500);
    expect(clock.nowMs()).toBe(5_001);
  });

  it('fires timers in order, each at its own time, also those set on the way', async () => {
    const clock = new FakeClock(0);
    const fired: [string, number][] = [];
    clock.setTimer(() => fired.push(['late', clock.nowUs()]), 30);
    clock.setTimer(() => {
      fired.push(['early', clock.nowUs()]);
      clock.setTimer(() => fired.push(['nested', clock.nowUs()]), 5);
    }, 10);
    clock.setTimer(() => fired.push(['same time, second', clock.nowUs()]), 10);
    clock.setTimer(() => fired.push(['beyond', clock.nowUs()]), 100);
    await clock.advance(50);
    expect(fired).toEqual([
      ['early', 10],
      ['same time, second', 10],
      ['nested', 15],
      ['late', 30],
    ]);
    expect(clock.pending).toBe(1);
  });

  it('does not fire a timer that was cancelled', async () => {
    const clock = new FakeClock();
    let fired = false;
    const cancel = clock.setTimer(() => {
      fired = true;
    }, 10);
    cancel();
    await clock.advance(20);
    expect(fired).toBe(false);
  });

  it('lets a sleeper go on between two timers', async () => {
    const clock = new FakeClock(0);
    const seen: number[] = [];
    const sleeper = clock.sleep(10).then(() => seen.push(clock.nowUs()));
    clock.setTimer(() => undefined, 20);
    await clock.advance(30);
    await sleeper;
    expect(seen).toEqual([10]);
  });

  it('rejects a sleeper whose signal aborts, before or after it sleeps', async () => {
    const clock = new FakeClock(0);
    const abort = new AbortController();
    const sleeper = clock.sleep(10, abort.signal);
    abort.abort(new Error('shutting down'));
    await expect(sleeper).rejects.toThrow('shutting down');
    await expect(clock.sleep(10, abort.signal)).rejects.toThrow('shutting down');
    expect(clock.pending).toBe(0);
  });

  it('jumps without firing, and refuses to advance backwards', async () => {
    const clock = new FakeClock(100);
    let fired = false;
    clock.setTimer(() => {
      fired = true;
    }, 10);
    clock.jump(50);
    expect(clock.nowUs()).toBe(50);
    expect(fired).toBe(false);
    await expect(clock.advance(-1)).rejects.toThrow(RangeError);
  });
});
