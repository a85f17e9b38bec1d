import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { chmodSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchNats, toolsMissing, waitFor } from '@tapio/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { startAgent } from './support/agent-process.ts';
import { writePods } from './support/pods-file.ts';
import { readEvents } from './support/stream.ts';

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
const missing =
  toolsMissing() ??
  (process.getuid?.() === 0 ? undefined : 'not root: rights can’t be given up') ??
  (setpriv === undefined ? 'no setpriv (util-linux)' : undefined);
const folder = mkdtempSync(join(tmpdir(), 'tapio-agent-degrade-'));

describe.skipIf(missing !== undefined)(
  `an agent that can’t do all${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    function own(name: string): string {
      const path = join(folder, name);
      mkdirSync(path);
      chmodSync(path, 0o777);
      chmodSync(folder, 0o777);
      return path;
    }

    test.each([
      [
        'without rights',
        ['--bounding-set', '-all', '--inh-caps', '-all'],
        [],
        /no rights: run as root or with CAP_BPF/,
      ],
      ['without the programs', [], ['--bpf-dir', '/nowhere'], /process\.bpf\.o is missing: build it with/],
    ])('%s, pods are followed all the same and the reason is told', async (name, drop, flags, reason) => {
      await using nats = await launchNats();
      const place = own(name.replaceAll(' ', '-'));
      const pods = join(place, 'pods.json');
      writePods(pods, [
        { podUid: '0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22', podName: 'p', containerId: 'c'.repeat(64) },
      ]);
      await using agent = await startAgent({
        natsUrl: nats.url,
        folder: place,
        under: [setpriv ?? '', ...drop],
        flags: ['--pods-source', pods, ...flags],
      });
      const started = await waitFor(
        async () => (await readEvents(nats.url, 'SIGNALS')).find((e) => e.type === 'capture_started'),
        { timeoutMs: 10_000, describe: 'the start', state: () => agent.log() },
      );
      expect(started.data['collectors']).toBe('pods');
      expect(started.data['unavailable']).toMatch(reason);
      expect(started.data['unavailable']).toMatch(/^process \(.*; memory \(/);
      const created = await waitFor(
        async () => (await readEvents(nats.url, 'SIGNALS')).find((e) => e.type === 'pod_created'),
        { timeoutMs: 10_000, describe: 'the pod' },
      );
      expect(created.podName).toBe('p');
      expect((await agent.readiness()).checks['kernel']).toMatchObject({ ok: false });
      expect((await fetch(`http://127.0.0.1:${agent.port}/livez`)).status).toBe(200);
    });

    test('SIGTERM ends it with 0 while NATS can’t be reached, and the next agent sends what it stored', async () => {
      const place = own('no-nats');
      const pods = join(place, 'pods.json');
      writePods(pods, [
        { podUid: '0d3c7a6e-2f3b-4a55-9d43-6b8f0f3a1c22', podName: 'late', containerId: 'c'.repeat(64) },
      ]);
      const flags = ['--pods-source', pods, '--collectors', 'pods'];
      const offline = await startAgent({ natsUrl: 'nats://127.0.0.1:1', folder: place, flags });
      await waitFor(() => existsSync(join(place, 'state', 'pods.json')), {
        timeoutMs: 10_000,
        describe: 'the stored pods',
      });
      expect((await offline.readiness()).checks['nats']?.reason).toMatch(/check --nats-url/);
      expect(await offline.child.stop()).toEqual({ code: 0, signal: null });

      await using nats = await launchNats();
      await using agent = await startAgent({ natsUrl: nats.url, folder: place, flags });
      const events = await waitFor(
        async () => {
          const found = await readEvents(nats.url, 'SIGNALS');
          return found.filter((e) => e.type === 'capture_started').length === 2 ? found : undefined;
        },
        { timeoutMs: 10_000, describe: 'both starts', state: () => agent.log() },
      );
      expect(events.filter((e) => e.podName === 'late' && e.type === 'pod_created')).toHaveLength(1);
    });
  },
);
