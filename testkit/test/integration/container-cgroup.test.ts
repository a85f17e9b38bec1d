import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cgroupsMissing, ContainerCgroup, triggerPath, waitFor } from '../../src/index.ts';

const missing = cgroupsMissing();
const mib = 1024 * 1024;

describe('container cgroup', () => {
  beforeEach((context) => {
    context.skip(missing !== undefined, missing);
  });

  let logs = '';
  beforeAll(async () => {
    logs = await mkdtemp(join(tmpdir(), 'tapio-cgroup-'));
  });
  afterAll(async () => {
    await rm(logs, { recursive: true, force: true });
  });

  it('is named as a kubelet names it, and the process in it sees that name', async () => {
    await using cgroup = await ContainerCgroup.make({ podUid: '0f3c1b9e-7d55-4c3d-9a55-1d2c3b4a5f60' });
    expect(cgroup.cgroupPath).toMatch(
      /^\/tapio-test-\d+\/kubepods\/burstable\/pod0f3c1b9e-7d55-4c3d-9a55-1d2c3b4a5f60\/[0-9a-f]{64}$/,
    );
    await using hog = await cgroup.run(triggerPath('hog'), ['--mib', '8'], {
      logPath: join(logs, 'named.log'),
    });
    await waitFor(() => hog.output().includes('holding'), {
      timeoutMs: 10_000,
      describe: 'the memory to be held',
    });
    expect(cgroup.processes()).toEqual([hog.pid]);
    expect(readFileSync(`/proc/${String(hog.pid)}/cgroup`, 'utf8')).toContain(cgroup.cgroupPath);
    expect(cgroup.usageBytes()).toBeGreaterThanOrEqual(8 * mib);
    expect(cgroup.oomKills()).toBe(0);
  });

  it('has its process killed by the kernel once that grows over a lowered limit', async () => {
    await using cgroup = await ContainerCgroup.make({ limitBytes: 256 * mib });
    await using hog = await cgroup.run(triggerPath('hog'), ['--mib', '4', '--grow-mib-per-s', '40'], {
      logPath: join(logs, 'oom.log'),
    });
    await waitFor(() => hog.output().includes('holding'), {
      timeoutMs: 10_000,
      describe: 'the memory to be held',
    });
    cgroup.setLimit(32 * mib);
    expect(await hog.ended).toEqual({ code: null, signal: 'SIGKILL' });
    expect(cgroup.oomKills()).toBe(1);
  });

  it('goes at disposal with its processes, nested cgroups and empty parents, also twice', async () => {
    const cgroup = await ContainerCgroup.make({ qos: 'guaranteed' });
    const sibling = await ContainerCgroup.make({ qos: 'guaranteed', podUid: cgroup.podUid });
    const hog = await cgroup.run(triggerPath('hog'), [], { logPath: join(logs, 'dispose.log') });
    const nested = spawn('mkdir', [join(cgroup.folder, 'nested')]);
    await once(nested, 'exit');

    await cgroup[Symbol.asyncDispose]();
    await cgroup[Symbol.asyncDispose]();

    expect((await hog.ended).signal).toBe('SIGKILL');
    expect(existsSync(cgroup.folder)).toBe(false);
    expect(existsSync(sibling.folder)).toBe(true);
    await sibling[Symbol.asyncDispose]();
    expect(existsSync(dirname(sibling.folder))).toBe(false);
  });

  it('goes when its maker is killed', async () => {
    const index = join(import.meta.dirname, '..', '..', 'src', 'index.ts');
    const program = `
      const { ContainerCgroup, triggerPath } = await import(${JSON.stringify(index)});
      const cgroup = await ContainerCgroup.make();
      const hog = await cgroup.run(triggerPath('hog'), [], { logPath: ${JSON.stringify(join(logs, 'orphan.log'))} });
      console.log(JSON.stringify({ folder: cgroup.folder, pid: hog.pid }));
      setInterval(() => undefined, 1000);
    `;
    const maker = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [printed] = (await once(maker.stdout, 'data')) as [Buffer];
    const { folder, pid } = JSON.parse(printed.toString()) as { folder: string; pid: number };
    expect(existsSync(folder)).toBe(true);
    maker.kill('SIGKILL');
    await waitFor(() => !existsSync(folder) && !existsSync(`/proc/${String(pid)}`), {
      timeoutMs: 10_000,
      describe: 'the cgroup and its process to go',
    });
  });
});
