import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cgroupsMissing, repositoryRoot, thisMemoryController, toolsMissing, waitFor } from '@tapio/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const RUNS = join(repositoryRoot, '.tapio', 'run');
const START = join(repositoryRoot, 'scenarios', 'src', 'start.ts');

const built = ['bpf/build/process.bpf.o', 'native/build', 'scenarios/build/report'];
const unbuilt = built.find((path) => !existsSync(join(repositoryRoot, path)));
const missing =
  cgroupsMissing() ??
  toolsMissing() ??
  (existsSync('/sys/kernel/btf/vmlinux') ? undefined : 'the kernel has no BTF') ??
  (unbuilt === undefined ? undefined : `${unbuilt} is not built: run "npm run build"`);
if (missing !== undefined) process.stderr.write(`npm start is not tested: ${missing}\n`);

/** One `npm start`, without the set-up before it. */
class Start {
  readonly #process: ChildProcess;
  readonly exit: Promise<number | null>;
  out = '';
  err = '';

  constructor(...args: readonly string[]) {
    this.#process = spawn(process.execPath, [START, ...args], {
      env: { ...process.env, GRAFANA_HOME: '', NO_COLOR: '1' },
    });
    this.#process.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.exit = once(this.#process, 'exit').then(([code]) => code as number | null);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  async saw(text: string): Promise<void> {
    await waitFor(() => `${this.out}${this.err}`.includes(text) || this.#process.exitCode !== null, {
      describe: `npm start to print "${text}"`,
      timeoutMs: 300_000,
      state: () => `${this.out}${this.err}`,
    });
    expect(`${this.out}${this.err}`).toContain(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }
}

/** Folder of the run of a process, while it has one. */
function runOf(pid: number): string | undefined {
  if (!existsSync(RUNS)) return undefined;
  return readdirSync(RUNS)
    .map((name) => join(RUNS, name))
    .find((path) => {
      const file = join(path, 'run.json');
      return existsSync(file) && readFileSync(file, 'utf8').includes(`"pid":${pid},`);
    });
}

/** What a run left: its folder, its mount, its cgroup, processes whose command line names its folder. */
function remains(run: string): string[] {
  const id = run.split('/').at(-1) ?? '';
  const cgroup = join(thisMemoryController()?.mount ?? '', `tapio-${id}`);
  const processes = readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(run);
    } catch {
      return false;
    }
  });
  return [
    ...(existsSync(run) ? [run] : []),
    ...(existsSync(cgroup) ? [cgroup] : []),
    ...(readFileSync('/proc/self/mounts', 'utf8').includes(run) ? [`mount in ${run}`] : []),
    ...processes.map((pid) => `process ${pid}`),
  ];
}

describe.skipIf(missing !== undefined)('npm start', { timeout: 600_000 }, () => {
  const started: Start[] = [];
  const start = (...args: readonly string[]): Start => {
    const one = new Start(...args);
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
    const run = runOf(once.pid) ?? '';
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
    expect(remains(run)).toEqual([]);
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
      const one = start('--local');
      await one.saw(moment);
      const run = runOf(one.pid) ?? '';
      one.kill('SIGTERM');
      expect(await one.exit, one.err).toBe(0);
      expect(one.out).toContain('no process, mount or cgroup is left');
      expect(remains(run)).toEqual([]);
    },
  );

  test('what a killed run left is removed by the next, and nothing of it goes on running', async () => {
    const victim = start('--local');
    await victim.saw('died: exit');
    const run = runOf(victim.pid) ?? '';
    victim.kill('SIGKILL');
    await victim.exit;
    await waitFor(() => !remains(run).some((what) => what.startsWith('process')), {
      describe: 'the processes of the killed run to die with it',
      timeoutMs: 10_000,
      state: () => remains(run).join(', '),
    });
    expect(remains(run)).not.toEqual([]);
    const next = start('--local');
    await next.saw('cleaned up after a run that was killed');
    expect(remains(run)).toEqual([]);
  });

  test('a port that another program holds is avoided and named', async () => {
    // Where another program holds it already, it is as well held.
    const holder = createServer();
    await new Promise((resolve) =>
      holder.once('listening', resolve).once('error', resolve).listen(4222, '127.0.0.1'),
    );
    try {
      const one = start('--local');
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
