import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObservationEvent } from '@tapio/domain';
import { ContainerCgroup, launchNats, parseExits, triggerPath, waitFor } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startAgent } from './support/agent-process.ts';
import { captureMissing } from './support/requirements.ts';
import { brokenNumbers, readStream } from './support/stream.ts';

const missing = captureMissing();
const folder = mkdtempSync(join(tmpdir(), 'tapio-agent-kill-'));
const bpffs = join(folder, 'bpffs');

describe.skipIf(missing !== undefined)(
  `an agent that is killed${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    beforeAll(() => {
      mkdirSync(bpffs, { recursive: true });
    });
    afterAll(async () => {
      const { unmountBpffs } = await import('@tapio/native');
      try {
        unmountBpffs(bpffs);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    test('five times with SIGKILL, and a NATS server that is killed too: every record is in the stream once', async () => {
      await using nats = await launchNats();
      await using cgroup = await ContainerCgroup.make();
      // The ring holds what the whole machine does while no agent runs.
      const flags = [
        ...['--bpffs', bpffs, '--mount-bpffs', '--collectors', 'process,memory'],
        ...['--crit-ring-bytes', String(64 * 1024 * 1024)],
      ];
      const start = (): ReturnType<typeof startAgent> => startAgent({ natsUrl: nats.url, folder, flags });
      let agent = await start();
      const nonce = `kill-${process.pid}`;
      const exits = await cgroup.run(
        triggerPath('exits'),
        ['--count', '4000', '--rate', '250', '--code', '3', '--nonce', nonce],
        { logPath: join(folder, 'exits.log') },
      );
      const pausesMs = [700, 150, 1100, 400, 900];
      for (const [round, pauseMs] of pausesMs.entries()) {
        await waitFor(() => false, { timeoutMs: pauseMs, describe: 'a pause' }).catch(() => undefined);
        if (round === 2) await nats.kill();
        await agent.child.kill('SIGKILL');
        agent = await start();
        if (round === 2) await nats.restart();
      }
      expect(await exits.ended).toEqual({ code: 0, signal: null });
      const done = parseExits(exits.output());
      expect(done).toHaveLength(4000);
      const drops = await agent.metric('tapio_agent_crit_ring_dropped_records_total');
      await agent.child.stop();
      expect(drops).toBe(0);

      const bulk = await readStream(nats.url, 'BULK');
      const signals = await readStream(nats.url, 'SIGNALS');
      expect(brokenNumbers(bulk, 'bulk')).toEqual([]);
      expect(brokenNumbers(signals, 'signal')).toEqual([]);
      const events = bulk.flatMap((batch) => batch.events);
      expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);

      // Every process of the trigger program, by its pid and nonce: one exec and one exit each.
      const execs = byKey(
        events.filter((e) => e.type === 'process_exec' && e.data['args']?.includes(nonce) === true),
      );
      const ends = byKey(events.filter((e) => e.type === 'process_exit' && e.data['exit_code'] === '3'));
      const wrong = done.filter(({ key, pid }) => {
        const began = execs.get(pid)?.filter((e) => e.data['args']?.split(' ')[1] === key) ?? [];
        return began.length !== 1 || ends.get(pid)?.length !== 1;
      });
      expect(wrong.slice(0, 5)).toEqual([]);

      // An agent that is killed at once may not have told of itself; what it told is this and nothing else.
      const told = signals.flatMap((batch) => batch.events);
      const gaps = told.filter((e) => e.type === 'capture_gap').map((gap) => gap.data['reason']);
      expect(gaps.length).toBeGreaterThan(0);
      expect(new Set(gaps)).toEqual(new Set(['flight_recorder_lost']));
      const [first, ...others] = told.filter((e) => e.type === 'capture_started');
      expect(first?.data['resumed']).toBeUndefined();
      expect(others.length).toBeGreaterThan(0);
      expect(others.every((e) => e.data['resumed'] === 'true')).toBe(true);
    });

    test('without pins: the time without an agent is a gap', async () => {
      await using nats = await launchNats();
      const own = join(folder, 'unpinned');
      mkdirSync(own);
      const start = (): ReturnType<typeof startAgent> =>
        startAgent({ natsUrl: nats.url, folder: own, flags: ['--collectors', 'process'] });
      const first = await start();
      await waitFor(
        async () =>
          (await readStream(nats.url, 'SIGNALS')).some(
            ({ header }) => header.completeThrough.kernel !== undefined,
          ),
        {
          timeoutMs: 10_000,
          describe: 'completeness',
        },
      );
      await first.child.kill('SIGKILL');
      const killedUs = Date.now() * 1000;
      await using second = await start();
      const gap = await waitFor(
        async () =>
          (await readStream(nats.url, 'SIGNALS'))
            .flatMap(({ events }) => events)
            .find((e) => e.type === 'capture_gap'),
        { timeoutMs: 10_000, describe: 'the gap', state: () => second.log() },
      );
      expect(gap.data).toMatchObject({ reason: 'agent_down', sources: 'kernel', lanes: 'signal,bulk' });
      expect(Number(gap.data['start_us'])).toBeLessThan(killedUs);
      expect(Number(gap.data['end_us'])).toBeGreaterThan(killedUs);
    });
  },
);

function byKey(events: readonly ObservationEvent[]): ReadonlyMap<number, readonly ObservationEvent[]> {
  return Map.groupBy(events, (event) => event.pid ?? 0);
}
