import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { BpfMap, RingReader, forEachRecord, type RingBatch } from '../../index.js';
import { missingPrerequisite, TemporaryBpffs } from '../support/kernel.ts';
import { discardEvery, forEachNumber, recordRoomBytes, Traffic } from '../support/traffic.ts';
import { Trigger } from '../support/trigger.ts';
import { waitFor } from '../support/wait.ts';

const missing = missingPrerequisite();
const support = (name: string): string => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const openDescriptors = (): number => readdirSync('/proc/self/fd').length;
const kept = (numbers: readonly number[]): number[] =>
  numbers.filter((n) => n % discardEvery !== discardEvery - 1);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** A reader that keeps the numbers it saw, frees each slot, and releases if told to. */
function collect(map: BpfMap, { release = true, ...options }: Record<string, unknown> = {}) {
  const numbers: number[] = [];
  const batches: RingBatch[] = [];
  const reader = RingReader.open({
    rings: [{ map, critical: true }],
    ...options,
    onBatch: (batch) => {
      batches.push(batch);
      forEachNumber(reader, batch, (number) => numbers.push(number));
      reader.freeSlot(batch.slot);
      if (release === true) reader.release(0, batch.endPosition);
    },
  });
  return {
    reader,
    numbers,
    batches,
    [Symbol.dispose]: () => {
      reader.close();
    },
  };
}

describe.skipIf(missing !== undefined)('RingReader', () => {
  test('delivers every committed record once and in order, and steps over discarded ones', async () => {
    const trigger = new Trigger('calls', [200_000]);
    using traffic = new Traffic({ tgid: trigger.pid, ringBytes: 32 * 1024 * 1024 });
    using sink = collect(traffic.ring());
    trigger.go();
    await trigger.ended();
    await waitFor('the last record', () => sink.numbers.at(-1) === 199_998);
    expect(traffic.counts()).toEqual({ produced: 200_000, reserved: 200_000, dropped: 0 });
    expect(sink.numbers).toEqual(kept(upTo(200_000)));
    expect(sink.batches.reduce((sum, { records }) => sum + records, 0)).toBe(sink.numbers.length);
    for (const [index, batch] of sink.batches.entries()) {
      expect(batch.endPosition - batch.startPosition).toBe(batch.sizeBytes);
      if (index > 0) expect(batch.startPosition).toBeGreaterThanOrEqual(sink.batches[index - 1]!.endPosition);
    }
  });

  test('carries 100,000 events a second without a drop', async () => {
    const trigger = new Trigger('calls', [100_000, 2, 50_000]);
    using traffic = new Traffic({ tgid: trigger.pid, ringBytes: 16 * 1024 * 1024 });
    using sink = collect(traffic.ring());
    trigger.go();
    await trigger.ended();
    await waitFor('all records', () => sink.numbers.length === 200_000 - 200_000 / discardEvery);
    expect(traffic.counts().dropped).toBe(0);
  });

  test('a full ring drops, and produced = reserved + dropped = received + dropped + discarded', async () => {
    const ringBytes = 64 * 1024;
    const trigger = new Trigger('calls', [20_000]);
    using traffic = new Traffic({ tgid: trigger.pid, ringBytes });
    using sink = collect(traffic.ring(), { release: false });
    trigger.go();
    await trigger.ended();
    const { produced, reserved, dropped } = traffic.counts();
    expect(produced).toBe(20_000);
    expect(reserved + dropped).toBe(produced);
    expect(Math.abs(reserved - ringBytes / recordRoomBytes)).toBeLessThanOrEqual(1);
    await waitFor('what fitted', () => sink.numbers.length === reserved);
    expect(sink.numbers).toEqual(upTo(reserved));
    await sleep(50);
    expect(sink.numbers).toHaveLength(reserved);
  });

  test('what was not released is delivered again, what was is not', async () => {
    const trigger = new Trigger('calls', [300]);
    using traffic = new Traffic({ tgid: trigger.pid });
    const map = traffic.ring();
    trigger.go();
    await trigger.ended();
    {
      using first = collect(map, { release: false, slotSizeBytes: 4096 });
      await waitFor('all records', () => first.numbers.length === 300);
      first.reader.release(0, first.batches[2]!.endPosition);
    }
    using second = collect(map);
    await waitFor('the rest', () => second.numbers.at(-1) === 299);
    const releasedCount = 3 * Math.floor(4096 / recordRoomBytes);
    expect(second.numbers).toEqual(upTo(300).slice(releasedCount));
  });

  test('a record that lies across the end of the ring is delivered whole, and once more if not released', async () => {
    const ringBytes = 64 * 1024;
    expect(ringBytes % recordRoomBytes).not.toBe(0);
    const trigger = new Trigger('calls', [1_000_000, 1, 5_000]);
    using traffic = new Traffic({ tgid: trigger.pid, ringBytes });
    const map = traffic.ring();
    interface Seen {
      readonly numbers: number[];
      readonly damaged: number[];
      readonly batches: { readonly endPosition: number; readonly numbersUpTo: number }[];
    }
    const read = (): Seen & { readonly reader: RingReader } => {
      const seen: Seen = { numbers: [], damaged: [], batches: [] };
      const reader = RingReader.open({
        rings: [{ map, critical: true }],
        slotSizeBytes: 4096,
        onBatch: (batch) => {
          const words = new Uint32Array(reader.memory);
          forEachRecord(words, batch, (offsetBytes, lengthBytes) => {
            const record = words.subarray(offsetBytes / 4, (offsetBytes + lengthBytes) / 4);
            const number = record[0]!;
            seen.numbers.push(number);
            if (record.length !== 32 || record[1] !== 0 || record.subarray(2).some((w) => w !== 0x5a5a5a5a))
              seen.damaged.push(number);
          });
          const before = seen.batches.at(-1)?.numbersUpTo ?? 0;
          if (seen.numbers.length - before !== batch.records) seen.damaged.push(seen.numbers.at(-1)!);
          seen.batches.push({ endPosition: batch.endPosition, numbersUpTo: seen.numbers.length });
          reader.freeSlot(batch.slot);
        },
      });
      return { reader, ...seen };
    };
    const first = read();
    trigger.go();
    const released = await waitFor('a few batches', () => first.batches[3]);
    first.reader.release(0, released.endPosition);
    // Only what was released gives room beyond the end.
    await waitFor(
      'records beyond the end',
      () => first.batches.at(-1)!.endPosition > ringBytes + recordRoomBytes,
    );
    first.reader.close();
    trigger.kill('SIGKILL');
    await trigger.ended();
    const second = read();
    const unreleased = first.numbers.slice(released.numbersUpTo);
    await waitFor('all of them again', () => second.numbers.length >= unreleased.length);
    expect(second.numbers.slice(0, unreleased.length)).toEqual(unreleased);
    // Not contiguous when the reader was late and the ring full meanwhile.
    expect(first.numbers).toEqual([...new Set(first.numbers)].sort((a, b) => a - b));
    expect([first.damaged, second.damaged]).toEqual([[], []]);
    second.reader.close();
  });

  test('after a SIGKILL the pinned ring is read on from the last release, with nothing lost or doubled', async () => {
    using bpffs = new TemporaryBpffs();
    const trigger = new Trigger('calls', [2_000]);
    {
      using traffic = new Traffic({ tgid: trigger.pid, ringBytes: 1024 * 1024 });
      traffic.ring().pin(bpffs.join('events'));
      traffic.links[0]!.pin(bpffs.join('link'));
    }
    // From here on only the pins keep ring and program.
    const child = spawn(process.execPath, [support('crash-child.ts'), bpffs.join('events'), '500'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let report = { lastReleased: -1, received: 0 };
    createInterface(child.stdout).on('line', (line) => {
      report = JSON.parse(line) as typeof report;
    });
    trigger.go();
    await trigger.ended();
    await waitFor('the child to read all', () => report.received === 1998);
    child.kill('SIGKILL');
    await once(child, 'exit');

    using map = BpfMap.openPinned(bpffs.join('events'));
    using sink = collect(map);
    await waitFor('the rest', () => sink.numbers.at(-1) === 1998);
    expect(report.lastReleased).toBeGreaterThan(400);
    expect(sink.numbers).toEqual(kept(upTo(2_000).slice(report.lastReleased + 1)));
  });

  test('refuses to release what it did not hand out', async () => {
    const trigger = new Trigger('calls', [10]);
    using traffic = new Traffic({ tgid: trigger.pid });
    using sink = collect(traffic.ring(), { release: false });
    trigger.go();
    await trigger.ended();
    const { endPosition } = await waitFor('the batch', () => sink.batches[0]);
    expect(() => {
      sink.reader.release(0, endPosition + 8);
    }).toThrow(RangeError);
    expect(() => {
      sink.reader.release(1, 0);
    }).toThrow('the reader has no such ring');
    sink.reader.release(0, endPosition);
    expect(() => {
      sink.reader.release(0, 0);
    }).toThrow(RangeError);
    expect(sink.reader.counters().rings[0]).toMatchObject({
      releasedPosition: endPosition,
      readPosition: endPosition,
    });
  });

  test('without a free slot records stay in the ring, and the last slot is for critical rings', async () => {
    const trigger = new Trigger('calls', [400]);
    using traffic = new Traffic({ tgid: trigger.pid, programs: ['on_syscall', 'on_urgent_syscall'] });
    const held: RingBatch[] = [];
    using reader = RingReader.open({
      rings: [
        { map: traffic.ring('events'), critical: false },
        { map: traffic.ring('urgent_events'), critical: true },
      ],
      slotSizeBytes: 4096,
      slotCount: 4,
      onBatch: (batch) => held.push(batch),
    });
    trigger.go();
    await trigger.ended();
    await waitFor('the slots to run out', () => reader.counters().slotsExhausted > 3);
    expect(held).toHaveLength(4);
    expect(held.at(-1)!.ring).toBe(1);
    const stuck = reader
      .counters()
      .rings.map(({ producerPosition, readPosition }) => producerPosition - readPosition);
    expect(Math.max(...stuck)).toBeGreaterThan(0);
    // Freed slots are used again until both rings are empty.
    for (
      let next = 0;
      reader.counters().rings.some((ring) => ring.readPosition < ring.producerPosition) || next < held.length;
    ) {
      const batch = held[next];
      if (batch) {
        next += 1;
        reader.freeSlot(batch.slot);
      } else await sleep(5);
    }
    expect(held.reduce((sum, { records }) => sum + records, 0)).toBe(800);
  });

  test('a slow event loop bounds what is in flight by the slots', async () => {
    const trigger = new Trigger('calls', [20_000]);
    using traffic = new Traffic({ tgid: trigger.pid, ringBytes: 8 * 1024 * 1024 });
    using sink = collect(traffic.ring(), { slotSizeBytes: 8192, slotCount: 4 });
    trigger.go();
    const until = performance.now() + 300;
    while (performance.now() < until);
    expect(sink.reader.counters().batches).toBeLessThanOrEqual(4);
    await trigger.ended();
    await waitFor('all records', () => sink.numbers.length === 20_000 - 20);
    expect(sink.numbers).toEqual(kept(upTo(20_000)));
  });

  test('an urgent record is delivered long before the tick', async () => {
    const trigger = new Trigger('calls', [1]);
    using traffic = new Traffic({ tgid: trigger.pid, programs: ['on_urgent_syscall'] });
    using sink = collect(traffic.ring('urgent_events'), { tickMs: 1000 });
    await sleep(20);
    const start = performance.now();
    trigger.go();
    await waitFor('the record', () => sink.numbers.length === 1);
    expect(performance.now() - start).toBeLessThan(500);
  });

  test('a record larger than a slot is skipped and counted', async () => {
    const trigger = new Trigger('calls', [3]);
    using traffic = new Traffic({ tgid: trigger.pid, programs: ['on_large_syscall'] });
    using sink = collect(traffic.ring(), { slotSizeBytes: 4096 });
    trigger.go();
    await trigger.ended();
    await waitFor('the skips', () => sink.reader.counters().rings[0]!.oversized === 3);
    expect(sink.batches).toEqual([]);
  });

  test('closes during traffic again and again without losing a record or a descriptor', async () => {
    const trigger = new Trigger('calls', [150_000, 1, 150_000]);
    using traffic = new Traffic({ tgid: trigger.pid, ringBytes: 32 * 1024 * 1024 });
    using map = traffic.ring();
    const before = openDescriptors();
    const numbers: number[] = [];
    trigger.go();
    for (let round = 0; round < 40; round++) {
      using sink = collect(map);
      await sleep(20);
      numbers.push(...sink.numbers);
      sink.reader.close();
      sink.reader.close();
      expect(sink.numbers.length).toBe(sink.batches.reduce((sum, { records }) => sum + records, 0));
    }
    await trigger.ended();
    using last = collect(map);
    await waitFor('the last record', () => (last.numbers.at(-1) ?? numbers.at(-1)) === 149_998);
    expect([...numbers, ...last.numbers]).toEqual(kept(upTo(150_000)));
    last.reader.close();
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  test('two readers in one process do not disturb each other', async () => {
    const triggers = [new Trigger('calls', [5_000]), new Trigger('calls', [7_000])] as const;
    using one = new Traffic({ tgid: triggers[0].pid, ringBytes: 2 ** 20 });
    using two = new Traffic({ tgid: triggers[1].pid, ringBytes: 2 ** 20 });
    using first = collect(one.ring());
    using second = collect(two.ring());
    for (const trigger of triggers) trigger.go();
    await Promise.all(triggers.map((trigger) => trigger.ended()));
    await waitFor('both', () => first.numbers.length === 4_995 && second.numbers.length === 6_993);
    expect(first.numbers).toEqual(kept(upTo(5_000)));
    expect(second.numbers).toEqual(kept(upTo(7_000)));
  });

  test('a worker that ends amid traffic gives everything back', async () => {
    const before = openDescriptors();
    for (let round = 0; round < 5; round++) {
      const trigger = new Trigger('calls', [400_000, 1, 400_000]);
      const worker = new Worker(support('worker.ts'), { workerData: { tgid: trigger.pid } });
      let records = 0;
      worker.on('message', (count: number) => {
        records += count;
      });
      await once(worker, 'message');
      trigger.go();
      await waitFor('traffic in the worker', () => records > 1000);
      await worker.terminate();
      trigger.kill('SIGKILL');
      await trigger.ended();
    }
    await waitFor('the descriptors', () => openDescriptors() <= before);
  });

  test('what the callback throws is an uncaught exception', () => {
    const child = spawnSync(process.execPath, [support('throwing-child.ts')], { encoding: 'utf8' });
    expect(child.stdout).toBe('uncaught: nonce-2206\n');
    expect(child.status).toBe(0);
  });

  test('after close every use is refused or without effect', async () => {
    const trigger = new Trigger('calls', [1]);
    using traffic = new Traffic({ tgid: trigger.pid });
    const map = traffic.ring();
    const sink = collect(map);
    sink.reader.close();
    sink.reader.wake();
    sink.reader.release(0, 0);
    expect(sink.reader.counters().records).toBe(0);
    trigger.go();
    await trigger.ended();
    await sleep(50);
    expect(sink.batches).toEqual([]);
    await sink.reader[Symbol.asyncDispose]();
    map.close();
    expect(() => RingReader.open({ rings: [{ map, critical: true }], onBatch: () => undefined })).toThrow(
      'closed',
    );
  });
});
