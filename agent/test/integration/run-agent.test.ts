import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentConfig } from '@tapio/agent';
import { agentConfigSchema, runAgent } from '@tapio/agent';
import type { ObservationEvent } from '@tapio/domain';
import { createLogger } from '@tapio/runtime';
import { freePort, launchNats, repositoryRoot, waitFor } from '@tapio/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { writePods } from './support/pods-file.ts';
import { captureMissing } from './support/requirements.ts';
import { readEvents } from './support/stream.ts';

const missing = captureMissing();
const folder = mkdtempSync(join(tmpdir(), 'tapio-agent-run-'));
const built = join(repositoryRoot, 'bpf', 'build');

interface RunningAgent extends AsyncDisposable {
  readonly config: AgentConfig;
  ask(path: string): Promise<Response>;
}

/** Runs an agent in this process until it is disposed of. */
async function run(options: Record<string, unknown>): Promise<RunningAgent> {
  const config = agentConfigSchema.parse({
    cluster: 'test',
    node: 'n1',
    httpPort: await freePort(),
    ...options,
  });
  const abort = new AbortController();
  const stack = new AsyncDisposableStack();
  const running = runAgent(config, createLogger('agent', 'silent'), { signal: abort.signal, stack });
  const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${config.httpPort}${path}`);
  const stop = async (): Promise<void> => {
    abort.abort();
    try {
      await running;
    } finally {
      await stack.disposeAsync();
    }
  };
  const listens = waitFor(async () => await ask('/livez').catch(() => undefined), {
    timeoutMs: 30_000,
    everyMs: 50,
    describe: 'the agent to listen',
  });
  await Promise.race([listens, running]);
  return { config, ask, [Symbol.asyncDispose]: stop };
}

describe.skipIf(missing !== undefined)(
  `an agent from start to stop${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    async function startsOf(url: string, count: number): Promise<readonly ObservationEvent[]> {
      return await waitFor(
        async () => {
          const events = await readEvents(url, 'SIGNALS');
          return events.filter((e) => e.type === 'capture_started').length >= count ? events : undefined;
        },
        { timeoutMs: 15_000, everyMs: 200, describe: `start ${count}` },
      );
    }

    test('stops clean, goes on with its pinned capture, and begins another when its settings change', async () => {
      await using nats = await launchNats();
      const pods = join(folder, 'pods.json');
      writePods(pods, [{ podUid: crypto.randomUUID(), podName: 'p', containerId: 'c'.repeat(64) }]);
      const bpffs = join(folder, 'bpffs');
      const options = {
        natsUrl: nats.url,
        stateDir: join(folder, 'state'),
        podsSource: pods,
        bpffs,
        mountBpffs: true,
        spoolSync: false,
      };
      const { unmountBpffs } = await import('@tapio/native');
      try {
        {
          await using agent = await run(options);
          await waitFor(async () => (await agent.ask('/readyz')).ok, {
            timeoutMs: 15_000,
            describe: 'the agent to be ready',
          });
          spawnSync('true', ['in-process-1']);
          const metrics = await (await agent.ask('/metrics')).text();
          for (const name of ['crit_ring_accepted_records', 'bulk_ring_dropped_records', 'promoted_events'])
            expect(metrics).toMatch(new RegExp(`^tapio_agent_${name}_total \\d+$`, 'm'));
          expect(metrics).toMatch(/^tapio_agent_pods 1$/m);
          await startsOf(nats.url, 1);
        }
        // No agent runs: the programs go on.
        spawnSync('true', ['in-process-2']);
        {
          await using agent = await run(options);
          expect(agent.config.collectors).toEqual(['process', 'memory', 'file', 'pods']);
          await startsOf(nats.url, 2);
        }
        {
          await using agent = await run({ ...options, fileEnoentAfterExecMs: 10 });
          expect((await agent.ask('/livez')).ok).toBe(true);
          await startsOf(nats.url, 3);
        }
        const signals = await readEvents(nats.url, 'SIGNALS');
        const starts = signals.filter((e) => e.type === 'capture_started').map((e) => e.data['resumed']);
        expect(starts).toEqual([undefined, 'true', undefined]);
        expect(signals.filter((e) => e.type === 'capture_gap').map((e) => e.data)).toMatchObject([
          { reason: 'flight_recorder_lost' },
          { reason: 'capture_restarted', detail: 'the programs or their settings are others now' },
        ]);
        const execs = (await readEvents(nats.url, 'BULK')).flatMap((e) =>
          e.type === 'process_exec' ? [e.data['args']] : [],
        );
        for (const nonce of ['in-process-1', 'in-process-2'])
          expect(execs.filter((args) => args === `true ${nonce}`)).toHaveLength(1);
      } finally {
        unmountBpffs(bpffs);
      }
    });

    test.each([
      ['is not built', undefined, /file\.bpf\.o is missing: build it/],
      ['is none', 'no ELF file', /file/],
    ])('an object that %s takes its collector alone down', async (name, content, reason) => {
      await using nats = await launchNats();
      const place = join(folder, name.replaceAll(' ', '-'));
      mkdirSync(place);
      copyFileSync(join(built, 'process.bpf.o'), join(place, 'process.bpf.o'));
      if (content !== undefined) writeFileSync(join(place, 'file.bpf.o'), content);
      await using agent = await run({
        natsUrl: nats.url,
        stateDir: join(place, 'state'),
        bpfDir: place,
        collectors: ['process', 'file', 'pods'],
        // Nothing is mounted there, and it may not mount it: it goes on without pins.
        bpffs: place,
      });
      const [start] = await startsOf(nats.url, 1);
      expect(start?.data['collectors']).toBe('process');
      expect(start?.data['unavailable']).toMatch(/^file \(.*\); pods \(no --pods-source\)$/s);
      expect(start?.data['unavailable']).toMatch(reason);
      expect((await agent.ask('/readyz')).status).toBe(503);
      spawnSync('true', [name]);
      await waitFor(
        async () => (await readEvents(nats.url, 'BULK')).some((e) => e.data['args'] === `true ${name}`),
        { timeoutMs: 15_000, everyMs: 200, describe: 'an exec' },
      );
    });

    test('without any collector of records it still tells that it runs', async () => {
      await using nats = await launchNats();
      await using agent = await run({
        natsUrl: nats.url,
        stateDir: join(folder, 'none'),
        collectors: [],
      });
      const [start] = await startsOf(nats.url, 1);
      expect(start?.data).toMatchObject({ collectors: '' });
      await waitFor(async () => (await agent.ask('/readyz')).ok, {
        timeoutMs: 15_000,
        describe: 'the agent to be ready',
      });
    });
  },
);
