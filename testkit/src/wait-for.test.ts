import { describe, expect, it } from 'vitest';
import { waitFor, WaitTimeoutError } from './wait-for.ts';

describe('waitFor', () => {
  it('gives what the predicate gave once that is truthy', async () => {
    let looks = 0;
    const found = await waitFor(() => (looks += 1) === 3 && 'third', {
      timeoutMs: 1_000,
      everyMs: 1,
      describe: 'the third look',
    });
    expect(found).toBe('third');
    expect(looks).toBe(3);
  });

  it('looks once even when there is no time', async () => {
    await expect(waitFor(() => 'now', { timeoutMs: 0, describe: 'now' })).resolves.toBe('now');
  });

  it('says what it waited for, the last error and the last state', async () => {
    const waiting = waitFor(
      () => {
        throw new Error('refused');
      },
      { timeoutMs: 5, everyMs: 1, describe: 'the port to open', state: () => 'nobody listens' },
    );
    await expect(waiting).rejects.toThrow(WaitTimeoutError);
    await expect(waiting).rejects.toThrow(
      /gave up waiting for the port to open after 5 ms \(looked \d+ times\)\nlast error: refused\nlast seen: nobody listens/,
    );
  });

  it('forgets an error that a later look did not have', async () => {
    let looks = 0;
    const waiting = waitFor(
      () => {
        looks += 1;
        if (looks === 1) throw new Error('early');
        return false;
      },
      { timeoutMs: 10, everyMs: 1, describe: 'nothing' },
    );
    await expect(waiting).rejects.not.toThrow(/early/);
  });

  it("ends with the signal's reason", async () => {
    const abort = new AbortController();
    const waiting = waitFor(() => false, { timeoutMs: 10_000, describe: 'never', signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
