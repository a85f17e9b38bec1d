import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cgroupsMissing, repositoryRoot, toolsMissing, waitFor } from '@tapio/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { START, StartProcess, remainsOfRun } from '../support/start-process.ts';

const built = ['bpf/build/process.bpf.o', 'native/build', 'scenarios/build/report'];
const unbuilt = built.find((path) => !existsSync(join(repositoryRoot, path)));
const missing =
  cgroupsMissing() ??
  toolsMissing() ??
  (existsSync('/sys/kernel/btf/vmlinux') ? undefined : 'the kernel has no BTF') ??
  (unbuilt === undefined ? undefined : `${unbuilt} is not built: run "npm run build"`);
if (missing !== undefined) process.stderr.write(`npm start is not tested: ${missing}\n`);

describe.skipIf(missing !== undefined)('npm start', { timeout: 600_000 }, () => {
  const started: StartProcess[] = [];
  /** Processes, also where a container engine runs. */
  const start = (...args: readonly string[]): StartProcess => {
    const one = new StartProcess(['--local', ...args]);
    started.push(one);
    return one;
  };
  beforeEach(() => {
    started.length = 0;
  });
  afterEach(async () => {
    for (const one of started) {
      one.kill('SIGTERM');
      await one.exit;
    }
  }, 60_000);

  test('--once proves the cause with kernel events of this run and leaves nothing', async () => {
    const once = start('--once', '--json');
    await once.saw('agent ready');
    const run = once.run;
    expect(run).not.toBe('');
    expect(await once.exit, once.err).toBe(0);
    const result = JSON.parse(once.out) as {
      proven: boolean;
      incident: { verdict: { causeCode: string; word: string }; change: { words: string; actor: string } };
    };
    expect(result.proven).toBe(true);
    expect(result.incident.verdict).toMatchObject({ causeCode: 'oom-container-limit', word: 'Likely' });
    expect(result.incident.change.words).toBe('limits.memory 256Mi -> 32Mi');
    expect(result.incident.change.actor).toContain('kubectl-patch');
    expect(remainsOfRun(run)).toEqual([]);
  });

  test('--once with a SIGKILL from the node names its sender and blames no change', async () => {
    const once = start('--once', '--scenario', 'sigkill');
    expect(await once.exit, once.err).toBe(0);
    expect(once.out).toContain('node-cleaner');
    expect(once.out).toContain('checked: the cause was captured by eBPF in this run');
  });

  test('--once says nothing of a healthy pod', async () => {
    const once = start('--once', '--scenario', 'healthy');
    expect(await once.exit, once.err).toBe(0);
    expect(once.out).toContain('no incident, as it should be');
  });

  test.each(['NATS ready', 'everything runs', 'died: exit'])(
    'stopped at "%s" it ends in order and leaves nothing',
    async (moment) => {
      const one = start();
      await one.saw(moment);
      const run = one.run;
      one.kill('SIGTERM');
      expect(await one.exit, one.err).toBe(0);
      expect(one.out).toContain('no process, mount or cgroup is left');
      expect(remainsOfRun(run)).toEqual([]);
    },
  );

  test('a part that ends by itself ends all with 1, names it, and nothing is left', async () => {
    const one = start();
    await one.saw('died: exit');
    const { run } = one;
    const agent = remainsOfRun(run)
      .map((what) => /^process (\d+)$/.exec(what)?.[1] ?? '')
      .find(
        (pid) => pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('agent/dist/agent.mjs'),
      );
    process.kill(Number(agent), 'SIGKILL');
    expect(await one.exit).toBe(1);
    expect(one.err).toContain('agent ended by itself');
    expect(remainsOfRun(run)).toEqual([]);
  });

  test('what a killed run left is removed by the next, and nothing of it goes on running', async () => {
    const victim = start();
    await victim.saw('died: exit');
    const run = victim.run;
    victim.kill('SIGKILL');
    await victim.exit;
    await waitFor(() => !remainsOfRun(run).some((what) => what.startsWith('process')), {
      describe: 'the processes of the killed run to die with it',
      timeoutMs: 10_000,
      state: () => remainsOfRun(run).join(', '),
    });
    expect(remainsOfRun(run)).not.toEqual([]);
    const next = start();
    await next.saw('cleaned up after a run that was killed');
    expect(remainsOfRun(run)).toEqual([]);
  });

  test('a port that another program holds is avoided and named', async () => {
    // Where another program holds it already, it is as well held.
    const holder = createServer();
    await new Promise((resolve) =>
      holder.once('listening', resolve).once('error', resolve).listen(4222, '127.0.0.1'),
    );
    try {
      const one = start();
      await one.saw('port 4222 is taken');
      await one.saw('NATS ready');
    } finally {
      holder.close();
    }
  });

  test('without root it says what to do and ends with 3', async () => {
    const child = spawn('/usr/bin/setpriv', ['--reuid=65534', '--clear-groups', process.execPath, START], {
      stdio: 'pipe',
    });
    let err = '';
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(3);
    expect(err).toContain('sudo npm start');
  });
});
