import { describe, expect, test } from 'vitest';
import type { Frame } from '../spool/frame.ts';
import { readAcknowledgement } from './acknowledgement.ts';
import { SendWindow } from './window.ts';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

describe('what the server answers', () => {
  test.each<[string, Uint8Array, number, unknown]>([
    ['stored', bytes({ stream: 'SIGNALS', seq: 7 }), 0, { kind: 'stored', duplicate: false }],
    [
      'it had it already',
      bytes({ stream: 'SIGNALS', seq: 7, duplicate: true }),
      0,
      { kind: 'stored', duplicate: true },
    ],
    [
      'the stream is full',
      bytes({ error: { code: 503, err_code: 10077, description: 'maximum bytes exceeded' } }),
      0,
      { kind: 'full' },
    ],
    ['nobody listens', new Uint8Array(), 503, { kind: 'nobody' }],
    [
      'something else is wrong',
      bytes({ error: { err_code: 10058, description: 'x' } }),
      0,
      { kind: 'refused', reason: 'x' },
    ],
    ['no JSON', new TextEncoder().encode('+OK'), 0, { kind: 'refused', reason: 'the answer is no JSON' }],
    ['no acknowledgement', bytes({}), 0, { kind: 'refused', reason: 'the answer is no acknowledgement' }],
  ])('%s', (_, body, status, expected) => {
    expect(readAcknowledgement(body, status)).toEqual(expected);
  });
});

describe('the window', () => {
  const batch = {
    lane: 'signal',
    source: 'kernel',
    count: 0,
    completeThrough: {},
    payload: new Uint8Array(),
    incarnation: 'i',
    batch: 1,
  } as const;
  const frame = (sequence: number, batches: number): Frame => ({
    sequence,
    incarnation: 'i',
    batches: Array.from({ length: batches }, () => batch),
    next: { signal: 1, bulk: 1 },
    checkpoint: {},
  });
  const forever = new AbortController().signal;

  test('a frame is done when all its batches are, in whatever order', async () => {
    const window = new SendWindow(8);
    const [one, two] = [frame(1, 2), frame(2, 1)];
    window.begin(one);
    window.begin(two);
    const a = await window.admit(batch, one, forever);
    const b = await window.admit(batch, one, forever);
    const c = await window.admit(batch, two, forever);
    expect(window.settle(b!.id)).toBeUndefined();
    expect(window.settle(c!.id)).toBe(2);
    expect(window.settle(a!.id)).toBe(1);
    expect(window.settle(a!.id)).toBeUndefined();
    expect(window.size).toBe(0);
  });
  test('a full window makes the feeder wait, and the wait ends when it is aborted', async () => {
    const window = new SendWindow(1);
    const one = frame(1, 3);
    window.begin(one);
    const first = await window.admit(batch, one, forever);
    const waiting = window.admit(batch, one, forever);
    window.settle(first!.id);
    expect((await waiting)?.id).toBe(2);
    const abort = new AbortController();
    const cut = window.admit(batch, one, abort.signal);
    abort.abort();
    expect(await cut).toBeUndefined();
  });
});
