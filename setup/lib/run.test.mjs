import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withLock } from './lock.mjs';
import { inParallel } from './parallel.mjs';
import { run, StepError } from './run.mjs';

const options = { log: `unit-test-${String(process.pid)}`, advice: 'read the log' };

describe('run', () => {
  it('gives what the command printed, tells each line, and logs both streams', async () => {
    /** @type {string[]} */
    const lines = [];
    const printed = await run('sh', ['-c', 'echo out; echo err >&2'], {
      ...options,
      status: (line) => lines.push(line),
    });
    expect(printed.split('\n').sort()).toEqual(['', 'err', 'out']);
    expect(lines.sort()).toEqual(['err', 'out']);
  });

  it('fails with the end of the log, its path and the advice', async () => {
    const error = await run('sh', ['-c', 'seq 30; exit 3'], options).catch(
      (/** @type {unknown} */ thrown) => thrown,
    );
    expect(error).toBeInstanceOf(StepError);
    const failure = /** @type {StepError} */ (error);
    expect(failure).toMatchObject({ message: 'sh ended with code 3', advice: 'read the log' });
    expect(failure.logTail(3)).toBe('28\n29\n30');
    expect(readFileSync(failure.logPath ?? '', 'utf8')).toContain('seq 30');
    rmSync(failure.logPath ?? '');
  });

  it('names a command that is not there', async () => {
    await expect(run('tapio-absent', [], options)).rejects.toThrow(/tapio-absent could not be started/);
  });
});

describe('withLock', () => {
  it('lets one work at a time, says once that it waits, and frees the lock after a failure', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tapio-lock-'));
    const path = join(folder, 'sub', 'lock');
    /** @type {string[]} */
    const events = [];
    /** @type {() => void} */
    let release = () => undefined;
    const first = withLock(path, async () => {
      events.push('first in');
      await new Promise((resolve) => {
        release = () => {
          resolve(undefined);
        };
      });
      events.push('first out');
      throw new Error('first failed');
    });
    const failed = expect(first).rejects.toThrow('first failed');
    while (events.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = withLock(
      path,
      () => {
        events.push('second in');
        return Promise.resolve();
      },
      () => {
        events.push('second waits');
        release();
      },
    );
    await failed;
    await second;
    expect(events).toEqual(['first in', 'second waits', 'first out', 'second in']);
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('inParallel', () => {
  it('keeps to its limit and to the order of the tasks', async () => {
    let running = 0;
    let most = 0;
    const tasks = [30, 5, 5, 5].map((ms) => async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, ms));
      running -= 1;
      return ms;
    });
    expect(await inParallel(tasks, 2)).toEqual([30, 5, 5, 5]);
    expect(most).toBe(2);
  });
});
