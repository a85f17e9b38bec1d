import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Frame } from './frame.ts';
import { READ_BYTES, ReadBuffers } from './read-buffers.ts';
import { Spool } from './spool.ts';

test('a buffer is used again only when all frames in it are acknowledged', () => {
  const buffers = new ReadBuffers();
  const [first, second] = [buffers.take(READ_BYTES), buffers.take(READ_BYTES)];
  buffers.lend(first, 2);
  buffers.lend(second, 5);
  buffers.release(1);
  expect([first, second]).not.toContain(buffers.take(READ_BYTES));
  buffers.release(4);
  expect(buffers.take(READ_BYTES)).toBe(first);
  expect(buffers.take(READ_BYTES)).not.toBe(second);
  buffers.release(5);
  expect(buffers.take(READ_BYTES)).toBe(second);
});

test('few buffers are kept, and none of another size', () => {
  const buffers = new ReadBuffers();
  const lent = Array.from({ length: 20 }, () => buffers.take(READ_BYTES));
  for (const [index, buffer] of lent.entries()) buffers.lend(buffer, index);
  buffers.lend(buffers.take(100), 20);
  buffers.release(20);
  const again = Array.from({ length: 20 }, () => buffers.take(READ_BYTES));
  expect(again.filter((buffer) => lent.includes(buffer))).toHaveLength(4);
});

test('a frame of a backlog stays as it was written until it is acknowledged, while others are read', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tapio-read-'));
  try {
    const opened = await Spool.open({ directory, maxBytes: 2 ** 26, bootId: 'boot', sync: false });
    await using spool = opened.spool;
    const frames = 60;
    const payload = (sequence: number): Uint8Array => new Uint8Array(300_000).fill(sequence);
    for (let sequence = 1; sequence <= frames; sequence += 1) {
      const batch = { lane: 'bulk', source: 'kernel', count: 1, completeThrough: {} } as const;
      await spool.append([{ ...batch, payload: payload(sequence) }], {});
    }
    const held: Frame[] = [];
    const damaged: number[] = [];
    const settle = ({ sequence, batches }: Frame): void => {
      if (batches[0]!.payload.some((byte) => byte !== sequence)) damaged.push(sequence);
      spool.acknowledge(sequence);
    };
    for await (const frame of spool.read(new AbortController().signal)) {
      held.push(frame);
      // The oldest one waits longest: acknowledgements come in any order.
      if (held.length === 8) held.splice(1, 6).forEach(settle);
      if (held.length > 1 && frame.sequence % 16 === 0) held.splice(0, 1).forEach(settle);
      if (frame.sequence === frames) break;
    }
    held.forEach(settle);
    expect(damaged).toEqual([]);
    expect(spool.state.unacknowledged).toBe(0);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
