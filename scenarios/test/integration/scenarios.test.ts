import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cgroupsMissing, thisMemoryController } from '@tapio/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runScenario } from '../../src/index.ts';
import type { ScenarioName } from '../../src/index.ts';

const missing =
  cgroupsMissing() ??
  (existsSync(join(import.meta.dirname, '../../build/report')) ? undefined : 'run "make -C scenarios" first');
if (missing !== undefined) process.stderr.write(`scenarios are skipped: ${missing}\n`);

describe.skipIf(missing !== undefined)('scenarios on the real kernel', () => {
  let dir: string;
  let cgroupRoot: string;
  const lines: string[] = [];

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'tapio-scenarios-'));
    cgroupRoot = `tapio-test-${process.pid}`;
    lines.length = 0;
  });
  afterEach(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  function run(name: ScenarioName): ReturnType<typeof runScenario> {
    const onProgress = (line: string): void => void lines.push(line);
    return runScenario(
      name,
      { podsPath: join(dir, 'pods.json'), logDir: dir, cgroupRoot, node: 'n1', onProgress },
      AbortSignal.timeout(60_000),
    );
  }

  const cgroupPath = (): string => join(thisMemoryController()?.mount ?? '', cgroupRoot);

  test('a lowered limit makes the kernel kill the container again and again, and nothing stays behind', async () => {
    {
      await using pod = await run('oom-crash-loop');
      const { deaths, changedAtMs = 0 } = pod.record();
      expect(deaths.length).toBeGreaterThanOrEqual(3);
      for (const death of deaths) expect(death).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
      expect(new Set(deaths.map((death) => death.containerId)).size).toBe(deaths.length);
      expect(changedAtMs).toBeLessThan(deaths[0]?.finishedMs ?? 0);
      expect(readFileSync(join(dir, 'pods.json'), 'utf8')).toContain('"memory":"32Mi"');
      expect(existsSync(cgroupPath())).toBe(true);
    }
    expect(existsSync(cgroupPath())).toBe(false);
  });

  test('a SIGKILL from elsewhere is exit 137 and no OOM kill', async () => {
    await using pod = await run('sigkill');
    expect(pod.record().deaths.slice(0, 3)).toEqual([
      expect.objectContaining({ exitCode: 137, reason: 'Error' }),
      expect.objectContaining({ exitCode: 137, reason: 'Error' }),
      expect.objectContaining({ exitCode: 137, reason: 'Error' }),
    ]);
  });

  test('the healthy twin dies not once', async () => {
    await using pod = await run('healthy');
    expect(pod.record().deaths).toEqual([]);
  });

  test('stopping in the middle leaves no cgroup', async () => {
    const abort = new AbortController();
    const running = runScenario(
      'oom-crash-loop',
      { podsPath: join(dir, 'pods.json'), logDir: dir, cgroupRoot, node: 'n1' },
      abort.signal,
    );
    setTimeout(() => {
      abort.abort(new Error('stopped'));
    }, 900);
    await expect(running).rejects.toThrow('stopped');
    expect(existsSync(cgroupPath())).toBe(false);
  });
});
