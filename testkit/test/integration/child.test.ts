import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { Child, parseExits, triggerPath, toolsMissing, waitFor } from '../../src/index.ts';

const index = join(import.meta.dirname, '..', '..', 'src', 'index.ts');

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tapio-child-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe('a launched process', () => {
  it('tells how it ended and what it printed, and only its own output', () =>
    inFolder(async (folder) => {
      const run = (code: string): Promise<Child> =>
        Child.start({
          name: 'exits',
          command: triggerPath('exits'),
          args: ['--count', '3', '--code', code, '--nonce', `n${code}`],
          logPath: join(folder, 'log'),
        });
      expect(await (await run('4')).ended).toEqual({ code: 0, signal: null });
      await using second = await run('5');
      await second.ended;
      expect(parseExits(second.output()).map(({ key, code, signal }) => ({ key, code, signal }))).toEqual([
        { key: 'n5-0', code: 5, signal: 0 },
        { key: 'n5-1', code: 5, signal: 0 },
        { key: 'n5-2', code: 5, signal: 0 },
      ]);
    }));

  it('ends by the signal of the trigger, once for a process with threads', () =>
    inFolder(async (folder) => {
      await using exits = await Child.start({
        name: 'exits',
        command: triggerPath('exits'),
        args: ['--count', '2', '--signal', '15', '--threads', '4'],
        logPath: join(folder, 'log'),
      });
      await exits.ended;
      expect(parseExits(exits.output()).map(({ signal }) => signal)).toEqual([15, 15]);
    }));

  it('is killed after the grace period when it ignores SIGTERM', () =>
    inFolder(async (folder) => {
      await using stubborn = await Child.start({
        name: 'stubborn',
        command: 'sh',
        args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'],
        logPath: join(folder, 'log'),
      });
      await waitFor(() => stubborn.output().includes('ready'), { timeoutMs: 5_000, describe: 'the trap' });
      expect(await stubborn.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
    }));

  it('names a command that cannot be started', () =>
    inFolder(async (folder) => {
      await using absent = await Child.start({
        name: 'absent',
        command: join(folder, 'absent'),
        args: [],
        logPath: join(folder, 'log'),
      });
      expect((await absent.ended).code).not.toBe(0);
      expect(absent.logTail()).toContain('absent');
    }));
});

describe('a launched server', () => {
  beforeEach((context) => {
    const missing = toolsMissing();
    context.skip(missing !== undefined, missing);
  });

  it('dies with a parent that is killed', () =>
    inFolder(async (folder) => {
      const program = `
        const { launchNats } = await import(${JSON.stringify(index)});
        const server = await launchNats({ dataDir: ${JSON.stringify(folder)} });
        console.log(server.pid);
        setInterval(() => undefined, 1000);
      `;
      const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [printed] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(printed.toString());
      expect(existsSync(`/proc/${String(pid)}`)).toBe(true);
      parent.kill('SIGKILL');
      await waitFor(() => !existsSync(`/proc/${String(pid)}`), {
        timeoutMs: 5_000,
        describe: 'nats-server to go',
      });
    }));
});
