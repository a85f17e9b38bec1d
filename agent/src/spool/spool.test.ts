import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Checkpoint, Frame, NewBatch } from './frame.ts';
import type { FrameSink } from './segment-writer.ts';
import type { SpoolOptions } from './spool.ts';
import { Spool } from './spool.ts';

const root = mkdtempSync(join(tmpdir(), 'tapio-spool-'));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
let counter = 0;
function newDirectory(): string {
  counter += 1;
  return join(root, String(counter));
}
function options(directory: string, over: Partial<SpoolOptions> = {}): SpoolOptions {
  return { directory, maxBytes: 10 * 1024 * 1024, bootId: 'boot-1', sync: false, ...over };
}
function batch(lane: 'signal' | 'bulk', text: string): NewBatch {
  return {
    lane,
    source: 'kernel',
    count: 1,
    completeThrough: { kernel: 5 },
    payload: new TextEncoder().encode(text),
  };
}
async function take(spool: Spool, count: number): Promise<Frame[]> {
  const abort = new AbortController();
  const frames: Frame[] = [];
  for await (const frame of spool.read(abort.signal)) {
    frames.push(frame);
    if (frames.length === count) break;
  }
  return frames;
}
const texts = (frames: readonly Frame[]): string[] =>
  frames.flatMap((f) => f.batches.map((b) => `${b.lane}${b.batch}:${new TextDecoder().decode(b.payload)}`));
function segments(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.spool'))
    .sort()
    .map((name) => join(directory, name));
}

describe('what is stored comes back', () => {
  test('in order, numbered per lane, with its checkpoint, after a restart too', async () => {
    const directory = newDirectory();
    {
      const opened = await Spool.open(options(directory));
      await using spool = opened.spool;
      const { checkpoint } = opened;
      expect(checkpoint).toBeUndefined();
      await spool.append([batch('signal', 'a'), batch('bulk', 'b')], { position: 1 });
      await spool.append([batch('signal', 'c')], { position: 2 });
      expect(texts(await take(spool, 2))).toEqual(['signal1:a', 'bulk1:b', 'signal2:c']);
    }
    const opened = await Spool.open(options(directory));
    await using spool = opened.spool;
    const { checkpoint, damage, newIncarnation } = opened;
    expect([checkpoint?.['position'], damage, newIncarnation]).toEqual([2, [], false]);
    await spool.append([batch('signal', 'd')], { position: 3 });
    const frames = await take(spool, 3);
    expect(texts(frames)).toEqual(['signal1:a', 'bulk1:b', 'signal2:c', 'signal3:d']);
    expect(new Set(frames.map((f) => f.incarnation)).size).toBe(1);
    expect(frames[0]?.batches[0]?.completeThrough).toEqual({ kernel: 5 });
  });

  test('and what was acknowledged does not, nor does a gap in the order of acknowledgements lose anything', async () => {
    const directory = newDirectory();
    {
      const opened = await Spool.open(options(directory));
      await using spool = opened.spool;
      for (const text of ['a', 'b', 'c', 'd']) await spool.append([batch('signal', text)], {});
      spool.acknowledge(1);
      spool.acknowledge(3);
      expect(spool.state.unacknowledged).toBe(2);
    }
    const opened = await Spool.open(options(directory));
    await using spool = opened.spool;
    expect(texts(await take(spool, 3))).toEqual(['signal2:b', 'signal3:c', 'signal4:d']);
  });

  test('after another boot old batches keep their incarnation and new ones get a new one', async () => {
    const directory = newDirectory();
    {
      const opened = await Spool.open(options(directory));
      await using spool = opened.spool;
      await spool.append([batch('signal', 'old')], {});
    }
    const opened = await Spool.open(options(directory, { bootId: 'boot-2' }));
    await using spool = opened.spool;
    const { newIncarnation } = opened;
    expect(newIncarnation).toBe(true);
    await spool.append([batch('signal', 'new')], {});
    const [old, fresh] = await take(spool, 2);
    expect([old?.batches[0]?.batch, fresh?.batches[0]?.batch]).toEqual([1, 1]);
    expect(old?.batches[0]?.incarnation).not.toBe(fresh?.batches[0]?.incarnation);
  });
});

describe('damage', () => {
  async function filled(directory: string, over: Partial<SpoolOptions> = {}): Promise<void> {
    const opened = await Spool.open(options(directory, over));
    await using spool = opened.spool;
    for (let i = 0; i < 6; i += 1) await spool.append([batch('signal', `text ${i}`)], { position: i });
  }

  test('wherever the last segment is cut, whole frames come back and the torn one goes, without a new incarnation', async () => {
    const directory = newDirectory();
    await filled(directory);
    const [path = ''] = segments(directory);
    const whole = readFileSync(path);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: whole.byteLength - 1 }), async (cut) => {
        writeFileSync(path, whole.subarray(0, cut));
        const opened = await Spool.open(options(directory));
        await using spool = opened.spool;
        const { checkpoint, damage, newIncarnation } = opened;
        const kept = checkpoint === undefined ? 0 : (checkpoint['position'] as number) + 1;
        expect(damage.every((d) => d.kind === 'torn')).toBe(true);
        expect(kept === 0 || !newIncarnation).toBe(true);
        await spool.append([batch('signal', 'after')], { position: 9 });
        const frames = await take(spool, kept + 1);
        expect(texts(frames)).toEqual([
          ...Array.from({ length: kept }, (__, i) => `signal${i + 1}:text ${i}`),
          `signal${kept + 1}:after`,
        ]);
        for (const name of segments(directory)) if (name !== path) rmSync(name);
      }),
      { numRuns: 60 },
    );
  });

  test('a flipped bit is found, reported, and begins a new incarnation: its numbers may have been sent', async () => {
    const directory = newDirectory();
    await filled(directory);
    const [path = ''] = segments(directory);
    const bytes = readFileSync(path);
    const middle = Math.floor(bytes.byteLength / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const opened = await Spool.open(options(directory));
    await using spool = opened.spool;
    const { damage, newIncarnation } = opened;
    expect([damage.map((d) => d.kind), newIncarnation]).toEqual([['damaged'], true]);
    const frames = await take(spool, 2);
    expect(texts(frames)).toEqual(['signal1:text 0', 'signal2:text 1']);
  });

  test('garbage behind the last frame is cut off', async () => {
    const directory = newDirectory();
    await filled(directory);
    const [path = ''] = segments(directory);
    appendFileSync(path, 'garbage that is no frame at all');
    const opened = await Spool.open(options(directory));
    await using spool = opened.spool;
    const { damage } = opened;
    expect(damage).toHaveLength(1);
    expect(texts(await take(spool, 6))).toHaveLength(6);
  });

  test('a segment that is gone is reported, and reading goes on behind it', async () => {
    const directory = newDirectory();
    await filled(directory, { segmentBytes: 64 });
    const all = segments(directory);
    expect(all.length).toBeGreaterThan(3);
    rmSync(all[2] ?? '');
    const opened = await Spool.open(options(directory));
    await using spool = opened.spool;
    const { damage, newIncarnation } = opened;
    expect([damage.map((d) => d.kind), newIncarnation]).toEqual([['missing'], true]);
    expect(texts(await take(spool, 5))).toEqual([
      'signal1:text 0',
      'signal2:text 1',
      'signal4:text 3',
      'signal5:text 4',
      'signal6:text 5',
    ]);
  });

  // Vector's disk buffer could not start when a file that was read through had been removed before its ledger was synced.
  test('an acknowledgement mark that is older than what is there, newer, or unreadable never stops the start', async () => {
    for (const mark of ['0', '2', '999', 'nonsense', '']) {
      const directory = newDirectory();
      await filled(directory, { segmentBytes: 64 });
      writeFileSync(join(directory, 'acknowledged'), mark);
      const opened = await Spool.open(options(directory));
      await using spool = opened.spool;
      await spool.append([batch('signal', 'after')], {});
      const acknowledged = Number(mark) > 0 ? Math.min(Number(mark), 6) : 0;
      const frames = await take(spool, 7 - acknowledged);
      expect(frames.map((f) => f.sequence)).toEqual(
        Array.from({ length: 7 - acknowledged }, (__, i) => acknowledged + i + 1),
      );
    }
  });

  test('an empty last segment, left by a crash between making and writing it, is no damage to what is before it', async () => {
    const directory = newDirectory();
    await filled(directory);
    writeFileSync(join(directory, '0000000000000007.spool'), '');
    const opened = await Spool.open(options(directory));
    await using spool = opened.spool;
    const { damage, checkpoint } = opened;
    expect([damage, checkpoint?.['position']]).toEqual([[], 5]);
    await spool.append([batch('signal', 'g')], {});
    expect(texts(await take(spool, 7)).at(-1)).toBe('signal7:g');
  });
});

describe('bounds', () => {
  test('segments go when all in them is acknowledged, and not before', async () => {
    const directory = newDirectory();
    const { spool } = await Spool.open(options(directory, { segmentBytes: 64 }));
    for (let i = 0; i < 5; i += 1) await spool.append([batch('bulk', String(i))], {});
    const before = segments(directory).length;
    spool.acknowledge(2);
    spool.acknowledge(3);
    expect(segments(directory)).toHaveLength(before);
    spool.acknowledge(1);
    await spool[Symbol.asyncDispose]();
    await spool[Symbol.asyncDispose]();
    expect(segments(directory)).toHaveLength(before - 3);
    const mark = readFileSync(join(directory, 'acknowledged'), 'utf8');
    expect(mark).toBe('3');
  });

  test('a full spool makes the writer wait until something is acknowledged, or told to stop', async () => {
    const directory = newDirectory();
    const opened = await Spool.open(options(directory, { maxBytes: 2_000, segmentBytes: 500 }));
    await using spool = opened.spool;
    const forever = new AbortController();
    let frames = 0;
    while (spool.fill < 1) {
      await spool.append([batch('bulk', 'x'.repeat(200))], {});
      frames += 1;
    }
    let ready = false;
    const waiting = spool.ready(forever.signal).then((answer) => {
      ready = answer;
    });
    expect(await spool.ready(AbortSignal.timeout(30))).toBe(false);
    expect(ready).toBe(false);
    for (let i = 1; i <= frames; i += 1) spool.acknowledge(i);
    await waiting;
    expect(ready).toBe(true);
  });

  test('a full disk is waited out: nothing half written is read, nothing is lost', async () => {
    const directory = newDirectory();
    let failures = 0;
    const sink: FrameSink = async (path, fresh) => {
      const file = await open(path, fresh ? 'wx+' : 'r+');
      return {
        datasync: () => file.datasync(),
        truncate: (length) => file.truncate(length),
        close: () => file.close(),
        writev: async (buffers, position) => {
          if (failures > 0) {
            failures -= 1;
            await file.write(buffers[0] ?? Buffer.alloc(0), 0, 3, position);
            throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
          }
          return await file.writev(buffers as Buffer[], position);
        },
      };
    };
    const opened = await Spool.open(options(directory, { sink }));
    await using spool = opened.spool;
    await spool.append([batch('signal', 'a')], {});
    failures = 1;
    const second = spool.append([batch('signal', 'b')], {});
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(spool.state.fault).toBe('ENOSPC');
    await second;
    expect(spool.state.fault).toBeUndefined();
    expect(texts(await take(spool, 2))).toEqual(['signal1:a', 'signal2:b']);
  });

  // Vector's disk buffer lost what its writer held when it was dropped without a flush.
  test('closing stores what was appended', async () => {
    const directory = newDirectory();
    const { spool } = await Spool.open(options(directory));
    const appends = Array.from({ length: 50 }, (__, i) => spool.append([batch('bulk', String(i))], { i }));
    await spool[Symbol.asyncDispose]();
    await Promise.all(appends);
    await expect(spool.append([], {})).rejects.toThrow('closed');
    const again = await Spool.open(options(directory));
    await using reopened = again.spool;
    expect(reopened.state.unacknowledged).toBe(50);
    expect((again.checkpoint as Checkpoint)['i']).toBe(49);
  });
});

test('any sequence of appends, acknowledgements, crashes and cuts keeps order, numbers and what was not acknowledged', async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('append' as const), size: fc.integer({ min: 0, max: 300 }) }),
    },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const), size: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), size: fc.nat(5) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const directory = newDirectory();
      let opened = await Spool.open(options(directory, { segmentBytes: 700 }));
      let stored = 0;
      let acknowledged = 0;
      for (const { kind, size } of steps) {
        if (kind === 'append') {
          await opened.spool.append([batch('signal', 'y'.repeat(size))], { stored: stored + 1 });
          stored += 1;
        } else if (kind === 'acknowledge') {
          for (let i = 0; i < size && acknowledged < stored; i += 1) opened.spool.acknowledge(++acknowledged);
        } else {
          await opened.spool[Symbol.asyncDispose]();
          const last = segments(directory).at(-1);
          if (size === 0 && last !== undefined) appendFileSync(last, readFileSync(last).subarray(0, 20));
          opened = await Spool.open(options(directory, { segmentBytes: 700 }));
          expect(opened.checkpoint?.['stored']).toBe(stored === 0 ? undefined : stored);
        }
      }
      await using spool = opened.spool;
      if (stored > acknowledged) {
        const frames = await take(spool, stored - acknowledged);
        expect(frames.map((f) => f.batches[0]?.batch)).toEqual(
          Array.from({ length: stored - acknowledged }, (__, i) => acknowledged + i + 1),
        );
      }
    }),
    { numRuns: 40 },
  );
});

test('files of others in the directory are left alone', async () => {
  const directory = newDirectory();
  const first = await Spool.open(options(directory));
  await first.spool[Symbol.asyncDispose]();
  writeFileSync(join(directory, 'README'), 'mine');
  const { spool } = await Spool.open(options(directory));
  await spool[Symbol.asyncDispose]();
  expect(existsSync(join(directory, 'README'))).toBe(true);
  truncateSync(join(directory, 'README'), 0);
});
