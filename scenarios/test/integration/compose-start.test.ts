import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { repositoryRoot, waitFor } from '@tapio/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { composeLibraryMissing } from '../support/engine/compose-file.ts';
import { ProcessEngine } from '../support/engine/process-engine.ts';
import type { EngineOptions } from '../support/engine/process-engine.ts';
import { startHealthyService, startRealService } from '../support/engine/real-services.ts';
import { wholeWayMissing } from '../support/requirements.ts';
import { StartProcess, remainsOfRun } from '../support/start-process.ts';

const missing = wholeWayMissing() ?? composeLibraryMissing;
if (missing !== undefined)
  process.stderr.write(`npm start with a container engine is not tested: ${missing}\n`);

const UP = 'compose up --build --detach';
const DOWN = 'compose down --remove-orphans --timeout 15 --volumes';

describe.skipIf(missing !== undefined)(
  'npm start where a container engine runs',
  { timeout: 600_000 },
  () => {
    const owned: AsyncDisposable[] = [];
    const engineOf = async (options: EngineOptions): Promise<ProcessEngine> => {
      const engine = await ProcessEngine.start(options);
      owned.push(engine);
      return engine;
    };
    const start = (engine: ProcessEngine, ...args: readonly string[]): StartProcess => {
      const one = new StartProcess(args, engine.environment);
      owned.push({
        [Symbol.asyncDispose]: async () => {
          one.kill('SIGTERM');
          await one.exit;
        },
      });
      return one;
    };
    afterEach(async () => {
      for (const one of owned.splice(0).reverse()) await one[Symbol.asyncDispose]();
    }, 60_000);

    test('--once proves the cause with kernel events of this run and leaves nothing in the engine', async () => {
      const engine = await engineOf({ startService: startRealService });
      const once = start(engine, '--once', '--json');
      await once.saw('containers run');
      const { run } = once;
      expect(run).not.toBe('');
      expect(await once.exit, once.err).toBe(0);
      const result = JSON.parse(once.out) as {
        proven: boolean;
        incident: { verdict: object; change: { words: string; actor: string } };
      };
      expect(result.proven).toBe(true);
      expect(result.incident.verdict).toMatchObject({ causeCode: 'oom-container-limit', word: 'Likely' });
      expect(result.incident.change.words).toBe('limits.memory 256Mi -> 32Mi');
      expect(result.incident.change.actor).toContain('kubectl-patch');
      expect(once.err).toContain('a container engine runs');
      expect(once.err).toContain('no container, mount or cgroup is left');
      expect(engine.calls[0]).toBe(UP);
      expect(engine.calls).toContain('compose exec -T agent cat /var/lib/tapio/capture.json');
      expect(engine.calls.filter((call) => call === DOWN)).toHaveLength(1);
      expect(engine.remains).toEqual([]);
      expect(remainsOfRun(run)).toEqual([]);
    });

    test('it prints the answer, the cli finds it, Ctrl-C ends it in order; taken ports are avoided and named', async () => {
      const engine = await engineOf({ startService: startRealService });
      const holder = createServer().listen(4222, '127.0.0.1');
      try {
        // Where another program holds it already, it is as well held.
        await Promise.race([once(holder, 'listening'), once(holder, 'error')]);
      } catch {
        expect(holder.listening).toBe(false);
      }
      const one = start(engine);
      try {
        await one.saw('running; Ctrl-C stops everything');
      } finally {
        holder.close();
      }
      expect(one.out).toMatch(/port 4222 is taken by another program: NATS is published on \d+/);
      expect(one.out).toContain('Started');
      expect(one.out).toContain('shop/checkout is crash-looping');
      expect(one.out).toMatch(/Grafana {2}http:\/\/127\.0\.0\.1:\d+\/a\/tapio-app\/incidents\//);
      const { run } = one;
      const connection = JSON.parse(readFileSync(join(run, 'connection.json'), 'utf8')) as {
        agentUrl: string;
      };
      expect((await fetch(`${connection.agentUrl}/readyz`)).ok).toBe(true);
      expect(readFileSync(join(run, 'logs', 'compose.log'), 'utf8')).toMatch(/^loader-1 .*"rules loaded"/m);
      const tapio = join(repositoryRoot, 'cli', 'src', 'main.ts');
      const why = spawnSync(process.execPath, [tapio, 'why', 'deployment/checkout', '-n', 'shop'], {
        encoding: 'utf8',
      });
      expect(why.stdout).toContain('shop/checkout is crash-looping');
      one.kill('SIGINT');
      expect(await one.exit, one.err).toBe(0);
      expect(engine.remains).toEqual([]);
      expect(remainsOfRun(run)).toEqual([]);
    });

    test('a port that is taken between the look and the bind is given up for another', async () => {
      let thief: ReturnType<typeof createServer> | undefined;
      const engine = await engineOf({
        startService: startHealthyService,
        refuse: async ({ TAPIO_NEO4J_PORT: port }) => {
          if (thief !== undefined) return undefined;
          thief = createServer().listen(Number(port), '127.0.0.1');
          await once(thief, 'listening');
          return `Bind for 127.0.0.1:${String(port)} failed: port is already allocated`;
        },
      });
      try {
        const one = start(engine);
        await one.saw('everything runs');
        one.kill('SIGTERM');
        expect(await one.exit, one.err).toBe(0);
        expect(engine.calls.filter((call) => call === UP || call === DOWN)).toEqual([UP, DOWN, UP, DOWN]);
      } finally {
        thief?.close();
      }
    });

    test('stopped while containers come up, it waits for compose and takes down what there is', async () => {
      const engine = await engineOf({
        startService: async (task) => {
          if (task.name === 'neo4j') await once(task.signal, 'abort');
          return startHealthyService(task);
        },
      });
      const one = start(engine);
      await waitFor(() => engine.calls.includes(UP) && one.out.includes('-nats-1'), {
        describe: 'the first containers',
        timeoutMs: 60_000,
      });
      const { run } = one;
      one.kill('SIGTERM');
      expect(await one.exit, one.err).toBe(0);
      expect(engine.remains).toEqual([]);
      expect(remainsOfRun(run)).toEqual([]);
    });

    test('an engine that can’t bring it up: what it said, 1, and nothing left', async () => {
      const refuse = (): Promise<string> => Promise.resolve('no space left on device');
      const engine = await engineOf({ startService: startHealthyService, refuse });
      const one = start(engine);
      expect(await one.exit).toBe(1);
      expect(one.out).toContain('no space left on device');
      expect(one.err).toContain('"docker compose up" failed, as it says above');
      expect(engine.calls.filter((call) => call === UP || call === DOWN)).toEqual([UP, DOWN]);
      expect(engine.remains).toEqual([]);
    });

    test('containers that end by themselves end it with 1, with the end of their log', async () => {
      const engine = await engineOf({ startService: startHealthyService });
      const one = start(engine);
      await one.saw('everything runs');
      for (const project of engine.projects.values()) {
        for (const name of ['nats', 'neo4j', 'agent', 'loader', 'grafana'])
          await project.service(name)?.[Symbol.asyncDispose]();
      }
      expect(await one.exit).toBe(1);
      expect(one.err).toContain('the containers ended by themselves');
      expect(one.err).toContain('loader listens');
      expect(engine.remains).toEqual([]);
    });

    test('what a killed run left in the engine is removed by the next', async () => {
      const engine = await engineOf({ startService: startHealthyService });
      const victim = start(engine);
      await victim.saw('everything runs');
      const { run } = victim;
      victim.kill('SIGKILL');
      await victim.exit;
      const [project] = engine.projects.keys();
      expect(engine.remains).not.toEqual([]);
      const next = start(engine);
      await next.saw('cleaned up after a run that was killed');
      expect(engine.projects.get(project ?? '')?.containers).toEqual([]);
      expect(remainsOfRun(run)).toEqual([]);
      next.kill('SIGTERM');
      expect(await next.exit, next.err).toBe(0);
      expect(engine.remains).toEqual([]);
    });
  },
);
