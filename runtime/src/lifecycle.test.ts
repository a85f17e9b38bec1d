import { describe, expect, test } from 'vitest';
import { EXIT, runService } from './lifecycle.ts';
import { createLogger } from './logger.ts';
import { Backoff, waitMs } from './wait.ts';

const log = createLogger('test', 'silent');
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });

describe('a service', () => {
  test('drains and closes what it opened, last first, when SIGTERM comes', async () => {
    const steps: string[] = [];
    const code = await runService({
      log,
      run: async ({ signal, stack }) => {
        stack.defer(() => void steps.push('first closed'));
        stack.defer(() => void steps.push('second closed'));
        setImmediate(() => process.emit('SIGTERM'));
        await aborted(signal);
        steps.push('drained');
      },
    });
    expect([code, ...steps]).toEqual([EXIT.ok, 'drained', 'second closed', 'first closed']);
  });
  test('fails with its exit code, and closes what it opened', async () => {
    let closed = false;
    const code = await runService({
      log,
      run: ({ stack }) => {
        stack.defer(() => {
          closed = true;
        });
        return Promise.reject(new Error('broken'));
      },
    });
    expect([code, closed]).toEqual([EXIT.failed, true]);
  });
  test('that ends by itself is over', async () => {
    expect(await runService({ log, run: () => Promise.resolve() })).toBe(EXIT.ok);
  });
  test('that does not drain in time is given up', async () => {
    const code = await runService({
      log,
      drainMs: 20,
      run: () => {
        setImmediate(() => process.emit('SIGTERM'));
        return new Promise(() => undefined);
      },
    });
    expect(code).toBe(EXIT.drainTimedOut);
  });
  test('is given up at once when a second signal comes', async () => {
    const before = Date.now();
    const code = await runService({
      log,
      drainMs: 60_000,
      run: async ({ signal }) => {
        setImmediate(() => process.emit('SIGINT'));
        await aborted(signal);
        setImmediate(() => process.emit('SIGINT'));
        await new Promise(() => undefined);
      },
    });
    expect(code).toBe(EXIT.drainTimedOut);
    expect(Date.now() - before).toBeLessThan(5_000);
  });
  test('leaves no signal handlers behind', async () => {
    const before = process.listenerCount('SIGTERM');
    await runService({ log, run: () => Promise.resolve() });
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});

test('a wait says whether it was cut short', async () => {
  expect(await waitMs(1)).toBe(true);
  expect(await waitMs(60_000, AbortSignal.abort())).toBe(false);
});

test('pauses double up to their bound, and start anew after a success', () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 500, random: () => 1 });
  expect([1, 2, 3, 4].map(() => backoff.nextMs())).toEqual([100, 200, 400, 500]);
  backoff.reset();
  expect(backoff.nextMs()).toBe(100);
  expect(new Backoff({ firstMs: 100, maxMs: 500, random: () => 0 }).nextMs()).toBe(50);
});
