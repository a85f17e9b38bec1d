import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `find` gives something, and returns it; fails with `what` after `timeoutMs`. */
export async function waitFor<T>(
  what: string,
  find: () => T | undefined | false,
  timeoutMs = 10_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const found = find();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms for ${what}`);
    await sleep(5);
  }
}
