import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObservationEvent } from '@tapio/domain';
import type { NatsServer } from '@tapio/testkit';
import { ContainerCgroup, launchNats, triggerPath, waitFor } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AgentProcess } from './support/agent-process.ts';
import { startAgent } from './support/agent-process.ts';
import { writePods } from './support/pods-file.ts';
import { captureMissing } from './support/requirements.ts';
import { brokenNumbers, readEvents, readStream } from './support/stream.ts';

const missing = captureMissing();
const folder = mkdtempSync(join(tmpdir(), 'tapio-agent-file-'));
/** Only root may look into it: others are refused whatever is in it. */
const locked = join(folder, 'locked');
/** A user without rights. */
const NOBODY = ['--reuid=65534', '--clear-groups'];
const BULK_DROPPED = 'tapio_agent_bulk_ring_dropped_records_total';
const BULK_ACCEPTED = 'tapio_agent_bulk_ring_accepted_records_total';
const CRIT_DROPPED = 'tapio_agent_crit_ring_dropped_records_total';

/** A shell program that is refused `count` files, in batches with a pause after each. */
function refusals(nonce: string, count: number, batch = count): string {
  return `i=0; while [ $i -lt ${count} ]; do true < ${locked}/${nonce}-$i; i=$((i+1)); [ $((i % ${batch})) -ne 0 ] || sleep 0.05; done 2>/dev/null`;
}

function pathsOf(events: readonly ObservationEvent[], nonce: string): readonly string[] {
  return events
    .filter((e) => e.type === 'file_open_failed')
    .flatMap((e) => e.data['path'] ?? [])
    .filter((path) => path.includes(nonce));
}

describe.skipIf(missing !== undefined)(
  `failed opens${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    beforeAll(() => {
      mkdirSync(locked, { mode: 0o700 });
      chmodSync(folder, 0o755);
      writeFileSync(join(locked, 'there'), 'content');
    });
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    describe('as they come', () => {
      let nats: NatsServer;
      let agent: AgentProcess;
      const pods = join(folder, 'pods.json');
      beforeAll(async () => {
        nats = await launchNats();
        writePods(pods, []);
        agent = await startAgent({
          natsUrl: nats.url,
          folder,
          flags: ['--pods-source', pods, '--pods-interval-ms', '200', '--file-enoent-after-exec-ms', '1000'],
        });
      });
      afterAll(async () => {
        await agent[Symbol.asyncDispose]();
        await nats[Symbol.asyncDispose]();
      });
      const find = async (
        stream: 'SIGNALS' | 'BULK',
        matches: (event: ObservationEvent) => boolean,
      ): Promise<ObservationEvent> =>
        await waitFor(async () => (await readEvents(nats.url, stream)).find(matches), {
          timeoutMs: 20_000,
          everyMs: 200,
          describe: 'the failed open',
          state: () => agent.log().slice(-2000),
        });

      test('one in a container names its pod, path, error and flags', async () => {
        await using cgroup = await ContainerCgroup.make();
        writePods(pods, [{ podUid: cgroup.podUid, podName: 'refused', containerId: cgroup.containerId }]);
        const run = await cgroup.run(
          'setpriv',
          [...NOBODY, 'sh', '-c', `true < ${locked}/there; true > ${locked}/made`],
          { logPath: join(folder, 'run.log') },
        );
        await run.ended;
        const read = await find('BULK', (e) => e.data['path'] === `${locked}/there`);
        expect(read).toMatchObject({
          type: 'file_open_failed',
          source: 'kernel',
          pid: run.pid,
          containerId: cgroup.containerId,
          podUid: cgroup.podUid,
          podName: 'refused',
          data: { comm: 'sh', errno: 'EACCES', flags: 'O_RDONLY', uid: '65534', path_truncated: 'false' },
        });
        const made = await find('BULK', (e) => e.data['path'] === `${locked}/made`);
        expect(made.data).toMatchObject({ errno: 'EACCES', flags: 'O_WRONLY|O_CREAT|O_TRUNC' });
        // Nothing ended abnormally: they are no signals.
        expect(pathsOf(await readEvents(nats.url, 'SIGNALS'), locked)).toEqual([]);
      });

      test('what succeeds, and a file that is not there long after the exec, are silent', async () => {
        await using cgroup = await ContainerCgroup.make();
        const run = await cgroup.run(
          'sh',
          [
            '-c',
            `true < ${folder}/absent-early; true < ${locked}/there; sleep 1.5; true < ${folder}/absent-late; setpriv ${NOBODY.join(' ')} sh -c 'true < ${locked}/sentinel'`,
          ],
          { logPath: join(folder, 'decoy.log') },
        );
        await run.ended;
        await find('BULK', (e) => e.data['path'] === `${locked}/sentinel`);
        const own = (await readEvents(nats.url, 'BULK')).filter((e) => e.containerId === cgroup.containerId);
        const paths = pathsOf(own, folder);
        expect(paths).toEqual([`${folder}/absent-early`, `${locked}/sentinel`]);
        const early = own.find((e) => e.data['path'] === `${folder}/absent-early`);
        expect(early?.data['errno']).toBe('ENOENT');
      });

      test('no descriptor left, and a path that is longer than a record', async () => {
        await using cgroup = await ContainerCgroup.make();
        const long = `${locked}/${'x'.repeat(200)}/${'y'.repeat(120)}`;
        const script = `true < ${long}; ulimit -n 4; exec 3</dev/null; true < /dev/zero`;
        const run = await cgroup.run('setpriv', [...NOBODY, 'sh', '-c', script], {
          logPath: join(folder, 'emfile.log'),
        });
        await run.ended;
        const full = await find('BULK', (e) => e.data['errno'] === 'EMFILE' && e.pid === run.pid);
        expect(full.data['path']).toBe('/dev/zero');
        const cut = await find('BULK', (e) => e.data['path_truncated'] === 'true' && e.pid === run.pid);
        expect(cut.data['path']).toBe(long.slice(0, 255));
      });

      test('the last ones before a container’s abnormal end become signals, though their ring is read later', async () => {
        await using cgroup = await ContainerCgroup.make();
        const program = (nonce: string, code: number): string[] => [
          ...['--pid', '--fork', 'setpriv', ...NOBODY],
          ...['sh', '-c', `true < ${locked}/${nonce}; exit ${code}`],
        ];
        const log = { logPath: join(folder, 'end.log') };
        await (
          await cgroup.run('unshare', program('before-a-good-end', 0), log)
        ).ended;
        await (
          await cgroup.run('unshare', program('before-a-bad-end', 7), log)
        ).ended;
        const promoted = await find('SIGNALS', (e) => e.data['path'] === `${locked}/before-a-bad-end`);
        expect(promoted.containerId).toBe(cgroup.containerId);
        const bulk = await find('BULK', (e) => e.data['path'] === `${locked}/before-a-bad-end`);
        expect(bulk.id).toBe(promoted.id);
      });
    });

    test('a full bulk ring loses no record of the other, and its gaps count exactly what was refused', async () => {
      await using nats = await launchNats();
      const own = join(folder, 'overflow');
      mkdirSync(own);
      await using cgroup = await ContainerCgroup.make();
      await using agent = await startAgent({
        natsUrl: nats.url,
        folder: own,
        flags: ['--collectors', 'process,file', '--bulk-ring-bytes', '4096'],
      });
      const nonce = 'flood';
      const count = 3000;
      const flood = await cgroup.run('setpriv', [...NOBODY, 'sh', '-c', refusals(nonce, count)], {
        logPath: join(own, 'flood.log'),
      });
      const exits = await cgroup.run(
        triggerPath('exits'),
        ['--count', '200', '--rate', '500', '--code', '3', '--nonce', 'beside'],
        { logPath: join(own, 'exits.log') },
      );
      await Promise.all([flood.ended, exits.ended]);
      const dropped = await waitFor(() => agent.metric(BULK_DROPPED), {
        timeoutMs: 5_000,
        describe: 'drops of the bulk ring',
      });
      expect(dropped).toBeGreaterThan(0);
      const lost = await waitFor(
        async () => {
          const gaps = (await readEvents(nats.url, 'SIGNALS')).filter(
            (e) => e.data['reason'] === 'ring_overflow',
          );
          const sum = gaps.reduce((total, gap) => total + Number(gap.data['lost']), 0);
          expect(new Set(gaps.map((gap) => gap.data['lanes']))).toEqual(new Set(['bulk']));
          return sum >= (await agent.metric(BULK_DROPPED)) ? sum : undefined;
        },
        { timeoutMs: 10_000, everyMs: 200, describe: 'gaps of all drops' },
      );
      const accepted = await agent.metric(BULK_ACCEPTED);
      expect(lost).toBe(await agent.metric(BULK_DROPPED));
      expect(await agent.metric(CRIT_DROPPED)).toBe(0);
      await agent.child.stop();
      const events = await readEvents(nats.url, 'BULK');
      expect(events.filter((e) => e.type === 'file_open_failed').length).toBeGreaterThanOrEqual(accepted);
      expect(pathsOf(events, nonce).length + lost).toBeGreaterThanOrEqual(count);
      const ends = events.filter((e) => e.type === 'process_exit' && e.data['exit_code'] === '3');
      expect(ends).toHaveLength(200);
    });

    test('an agent that is killed five times loses none and doubles none', async () => {
      const bpffs = join(folder, 'bpffs');
      mkdirSync(bpffs);
      const own = join(folder, 'kill');
      mkdirSync(own);
      await using nats = await launchNats();
      await using cgroup = await ContainerCgroup.make();
      const { mountBpffs, unmountBpffs } = await import('@tapio/native');
      mountBpffs(bpffs);
      try {
        const start = (): Promise<AgentProcess> =>
          startAgent({
            natsUrl: nats.url,
            folder: own,
            flags: ['--bpffs', bpffs, '--collectors', 'process,file'],
          });
        let agent = await start();
        const nonce = 'kept';
        const count = 4000;
        const run = await cgroup.run('setpriv', [...NOBODY, 'sh', '-c', refusals(nonce, count, 25)], {
          logPath: join(own, 'run.log'),
        });
        for (const pauseMs of [600, 150, 900, 300, 700]) {
          await waitFor(() => false, { timeoutMs: pauseMs, describe: 'a pause' }).catch(() => undefined);
          await agent.child.kill('SIGKILL');
          agent = await start();
        }
        await run.ended;
        expect(await agent.metric(BULK_DROPPED)).toBe(0);
        await agent.child.stop();
        const batches = await readStream(nats.url, 'BULK');
        expect(brokenNumbers(batches, 'bulk')).toEqual([]);
        const events = batches.flatMap((batch) => batch.events);
        expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
        const paths = pathsOf(events, nonce);
        expect(paths).toHaveLength(count);
        expect(new Set(paths).size).toBe(count);
        const started = (await readEvents(nats.url, 'SIGNALS')).filter((e) => e.type === 'capture_started');
        expect(started.slice(1).every((e) => e.data['resumed'] === 'true')).toBe(true);
      } finally {
        unmountBpffs(bpffs);
      }
    });
  },
);
