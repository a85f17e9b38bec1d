import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedQueue } from './bounded-queue.ts';

test('items come out in the order in which they went in', async () => {
  const queue = new BoundedQueue<number>({ name: 'q', capacity: 500, whenFull: 'wait' });
  for (let i = 0; i < 300; i += 1) await queue.push(i);
  for (let i = 0; i < 300; i += 1) expect(await queue.shift()).toBe(i);
});

test('a full queue makes the producer wait until there is room', async () => {
  const queue = new BoundedQueue<string>({ name: 'q', capacity: 1, whenFull: 'wait' });
  await queue.push('a');
  expect(queue.offer('refused')).toBe(false);
  const waiting = queue.push('b');
  expect(await queue.shift()).toBe('a');
  expect(await waiting).toBe(true);
  expect(await queue.shift()).toBe('b');
  expect(queue.counts).toEqual({ received: 2, sent: 2, dropped: 0, inFlight: 0 });
});

test('each dropping policy drops what its name says, and counts it', async () => {
  const newest = new BoundedQueue<number>({ name: 'q', capacity: 2, whenFull: 'drop_newest' });
  const oldest = new BoundedQueue<number>({ name: 'q', capacity: 2, whenFull: 'drop_oldest' });
  for (const n of [1, 2, 3]) {
    newest.offer(n);
    oldest.offer(n);
  }
  expect([await newest.shift(), await newest.shift()]).toEqual([1, 2]);
  expect([await oldest.shift(), await oldest.shift()]).toEqual([2, 3]);
  expect([newest.counts.dropped, oldest.counts.dropped]).toEqual([1, 1]);
});

test('waits end when they are aborted or the queue is closed', async () => {
  const queue = new BoundedQueue<number>({ name: 'q', capacity: 1, whenFull: 'wait' });
  const abort = new AbortController();
  const shifting = queue.shift(abort.signal);
  abort.abort();
  expect(await shifting).toBeUndefined();
  await queue.push(1);
  const abortPush = new AbortController();
  const pushing = queue.push(2, abortPush.signal);
  abortPush.abort();
  expect(await pushing).toBe(false);
  const closing = queue.push(3);
  queue.close();
  expect(await closing).toBe(false);
  expect(queue.offer(4)).toBe(false);
  expect(await queue.shift()).toBe(1);
  expect(await queue.shift()).toBeUndefined();
});

test('received = sent + dropped + in flight after any sequence of steps', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('drop_newest' as const, 'drop_oldest' as const),
      fc.array(fc.boolean(), { maxLength: 200 }),
      async (whenFull, steps) => {
        const queue = new BoundedQueue<number>({ name: 'q', capacity: 5, whenFull });
        for (const push of steps) {
          if (push) queue.offer(0);
          else if (queue.length > 0) await queue.shift();
          const { received, sent, dropped, inFlight } = queue.counts;
          expect(received).toBe(sent + dropped + inFlight);
          expect(inFlight).toBeLessThanOrEqual(5);
        }
      },
    ),
  );
});

test('a capacity below one is refused', () => {
  expect(() => new BoundedQueue({ name: 'q', capacity: 0, whenFull: 'wait' })).toThrow(/queue q/);
});
