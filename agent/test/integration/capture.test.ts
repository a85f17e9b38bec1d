import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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
const folder = mkdtempSync(join(tmpdir(), 'tapio-agent-capture-'));
const MIB = 1024 * 1024;

describe.skipIf(missing !== undefined)(
  `capture${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let nats: NatsServer;
    let agent: AgentProcess;
    const pods = join(folder, 'pods.json');

    beforeAll(async () => {
      nats = await launchNats();
      writePods(pods, []);
      agent = await startAgent({
        natsUrl: nats.url,
        folder,
        flags: ['--pods-source', pods, '--pods-interval-ms', '200'],
      });
    });
    afterAll(async () => {
      await agent[Symbol.asyncDispose]();
      await nats[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    async function eventually(
      stream: 'SIGNALS' | 'BULK',
      describeIt: string,
      matches: (event: ObservationEvent) => boolean,
    ): Promise<ObservationEvent> {
      return await waitFor(async () => (await readEvents(nats.url, stream)).find(matches), {
        timeoutMs: 20_000,
        everyMs: 200,
        describe: describeIt,
        state: () => agent.log().slice(-2000),
      });
    }

    test('an OOM kill at the container’s limit is told with its pod, whose limit it was, and the exit that follows', async () => {
      await using cgroup = await ContainerCgroup.make({ limitBytes: 32 * MIB });
      writePods(pods, [
        { podUid: cgroup.podUid, podName: 'checkout-7d9c6b5f4-x2lqv', containerId: cgroup.containerId },
      ]);
      const before = Date.now() * 1000;
      const hog = await cgroup.run(triggerPath('hog'), ['--mib', '64'], { logPath: join(folder, 'hog.log') });
      await hog.ended;
      const after = Date.now() * 1000;
      const kill = await eventually(
        'SIGNALS',
        'the OOM kill',
        (e) => e.type === 'oom_kill' && e.pid === hog.pid,
      );
      expect(kill).toMatchObject({
        cluster: 'test',
        node: 'n1',
        containerId: cgroup.containerId,
        podUid: cgroup.podUid,
        podName: 'checkout-7d9c6b5f4-x2lqv',
        namespace: 'shop',
        workload: 'Deployment/checkout',
        data: {
          comm: 'hog',
          limited_by: 'container',
          limit_bytes: String(32 * MIB),
          container_limit_bytes: String(32 * MIB),
          cgroup: `kubepods/burstable/pod${cgroup.podUid}/${cgroup.containerId}`
            .split('/')
            .slice(1)
            .join('/'),
        },
      });
      expect(Number(kill.data['usage_bytes'])).toBeGreaterThan(31 * MIB);
      expect(kill.timestamp).toBeGreaterThan(before);
      expect(kill.timestamp).toBeLessThan(after);
      const exit = await eventually(
        'SIGNALS',
        'the exit',
        (e) => e.type === 'process_exit' && e.pid === hog.pid,
      );
      expect(exit).toMatchObject({
        containerId: cgroup.containerId,
        podName: 'checkout-7d9c6b5f4-x2lqv',
        data: { signal: '9', exit_code: '0', oom_killed: 'true', sender_pid: '0' },
      });
      expect(exit.timestamp).toBeGreaterThanOrEqual(kill.timestamp);
      // The recorder held how it began; its end promoted that.
      const exec = await eventually(
        'SIGNALS',
        'the promoted exec',
        (e) => e.type === 'process_exec' && e.pid === hog.pid && e.data['comm'] === 'hog',
      );
      expect(exec.data['args']).toContain('--mib 64');
    });

    test.each([
      ['pod', 1],
      // The class burstable, kubepods, and the parent of all that a test makes.
      ['ancestor', 2],
      ['ancestor', 3],
      ['ancestor', 4],
    ])('an OOM kill at the limit of the %s, %i levels up, says so', async (limitedBy, levelsUp) => {
      await using cgroup = await ContainerCgroup.make({ limitBytes: 256 * MIB });
      const limiting = join(cgroup.folder, ...Array<string>(levelsUp).fill('..'));
      const file = join(limiting, cgroup.version === 1 ? 'memory.limit_in_bytes' : 'memory.max');
      const before = readFileSync(file, 'utf8').trim();
      writeFileSync(file, String(32 * MIB));
      try {
        const hog = await cgroup.run(triggerPath('hog'), ['--mib', '64'], {
          logPath: join(folder, 'ancestor.log'),
        });
        await hog.ended;
        const kill = await eventually(
          'SIGNALS',
          'the OOM kill',
          (e) => e.type === 'oom_kill' && e.pid === hog.pid,
        );
        expect(kill.containerId).toBe(cgroup.containerId);
        expect(kill.data).toMatchObject({
          limited_by: limitedBy,
          container_limit_bytes: String(256 * MIB),
          // Records hold the figures of four levels.
          ...(levelsUp < 4 ? { limit_bytes: String(32 * MIB) } : {}),
        });
      } finally {
        writeFileSync(file, cgroup.version === 1 ? '-1' : before);
      }
    });

    test('a kill names who sent it, on the node or in a container', async () => {
      await using cgroup = await ContainerCgroup.make();
      writePods(pods, [{ podUid: cgroup.podUid, podName: 'victim', containerId: cgroup.containerId }]);
      const victim = await cgroup.run('sleep', ['1000'], { logPath: join(folder, 'sleep.log') });
      spawnSync('bash', ['-c', `exec -a "the killer" bash -c 'kill -9 ${victim.pid}; true'`]);
      await victim.ended;
      const exit = await eventually(
        'SIGNALS',
        'the exit',
        (e) => e.type === 'process_exit' && e.pid === victim.pid,
      );
      expect(exit).toMatchObject({
        podName: 'victim',
        data: { signal: '9', oom_killed: 'false', sender_comm: 'bash', sender_uid: '0', sender_code: '0' },
      });
      expect(Number(exit.data['sender_pid'])).toBeGreaterThan(1);
      expect(exit.data['sender_container_id']).toBeUndefined();

      const second = await cgroup.run('sleep', ['1000'], { logPath: join(folder, 'sleep.log') });
      const killer = await cgroup.run('bash', ['-c', `kill -TERM ${second.pid}; true`], {
        logPath: join(folder, 'kill.log'),
      });
      await Promise.all([second.ended, killer.ended]);
      const inside = await eventually(
        'SIGNALS',
        'the exit',
        (e) => e.type === 'process_exit' && e.pid === second.pid,
      );
      expect(inside.data).toMatchObject({ signal: '15', sender_container_id: cgroup.containerId });
    });

    test('a process of the node stays in the bulk lane and has no pod; secrets in its arguments are masked', async () => {
      spawnSync('true', ['--password', 'hunter2', 'nonce-bulk']);
      const exec = await eventually(
        'BULK',
        'the exec',
        (e) => e.data['args']?.includes('nonce-bulk') === true,
      );
      expect(exec.podUid).toBeUndefined();
      expect(exec.data['args']).toBe('true --password [redacted] nonce-bulk');
      const signals = await readEvents(nats.url, 'SIGNALS');
      expect(signals.some((e) => e.data['args']?.includes('nonce-bulk'))).toBe(false);
    });

    test('a pod that is listed is an event, with its name; the start says what runs', async () => {
      const created = await eventually(
        'SIGNALS',
        'the pod',
        (e) => e.type === 'pod_created' && e.podName === 'victim',
      );
      expect(created).toMatchObject({
        source: 'kubelet',
        namespace: 'shop',
        workload: 'Deployment/checkout',
      });
      const started = await eventually('SIGNALS', 'the start', (e) => e.type === 'capture_started');
      expect(started.data).toMatchObject({ collectors: 'process,memory,file,pods' });
    });

    test('completeness goes on while nothing happens, and batch numbers have no holes', async () => {
      const now = Date.now() * 1000;
      const last = await waitFor(
        async () =>
          (await readStream(nats.url, 'SIGNALS')).findLast(
            ({ header }) => (header.completeThrough.kernel ?? 0) > now,
          ),
        { timeoutMs: 15_000, everyMs: 300, describe: 'completeness beyond now' },
      );
      expect(last.header.completeThrough.kubelet).toBeGreaterThan(now - 10_000_000);
      expect(brokenNumbers(await readStream(nats.url, 'SIGNALS'), 'signal')).toEqual([]);
      expect(brokenNumbers(await readStream(nats.url, 'BULK'), 'bulk')).toEqual([]);
    });
  },
);
