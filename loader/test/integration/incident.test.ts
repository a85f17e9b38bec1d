import { randomBytes } from 'node:crypto';
import { toolsMissing, waitFor } from '@tapio/testkit';
import { FLAGSHIP_QUERY, listIncidents } from '@tapio/store';
import type { GraphPath } from '@tapio/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oomCrashLoop } from './crash-loop.ts';
import type { Servers } from './harness.ts';
import { countEvents, launchServers, publish, rows, startLoader } from './harness.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

describe.skipIf(missing !== undefined)('a loader', () => {
  let servers: Servers;
  const cluster = `c-${randomBytes(4).toString('hex')}`;

  beforeAll(async () => {
    servers = await launchServers();
  });
  afterAll(() => servers[Symbol.asyncDispose]());

  test('turns a crash loop into an incident, drains on SIGTERM and goes on after a restart', async () => {
    const nowUs = Date.now() * 1000;
    const first = await startLoader(servers, cluster);
    const events = oomCrashLoop(cluster, nowUs);
    await waitFor(async () => (await first.ready()).ok, {
      timeoutMs: 30_000,
      describe: 'the loader to be ready',
    });
    await publish(servers, { cluster, batch: 1, events: events.slice(0, 7), completeThroughUs: nowUs });
    const open = await waitFor(async () => (await listIncidents(servers.graph, { cluster, limit: 10 }))[0], {
      timeoutMs: 30_000,
      describe: 'an incident',
      state: () => first.child.logTail(5),
    });
    expect(open).toMatchObject({ kind: 'crash_loop', state: 'open', cluster });
    await publish(servers, {
      cluster,
      batch: 2,
      events: events.slice(7),
      completeThroughUs: nowUs + 60_000_000,
    });
    await waitFor(async () => (await countEvents(servers.graph, cluster)) === events.length, {
      timeoutMs: 20_000,
      describe: 'all events',
    });
    // Rows are visible with the commit; the loader counts them when it has heard of it.
    await waitFor(async () => (await first.metric('tapio_stage_in_flight_records{stage="load"}')) === 0, {
      timeoutMs: 20_000,
      describe: 'the loader to have nothing in flight',
    });
    expect(await first.metric('tapio_stage_records_total{stage="load",outcome="sent"}')).toBe(events.length);
    expect(await first.child.stop()).toEqual({ code: 0, signal: null });

    const second = await startLoader(servers, cluster);
    const settled = await waitFor(
      async () =>
        (await listIncidents(servers.graph, { cluster, limit: 10 })).find(
          (i) => i.verdict.status === 'settled' && i.count === 3,
        ),
      { timeoutMs: 60_000, describe: 'the settled incident', state: () => second.child.logTail(5) },
    );
    expect(settled.id).toBe(open.id);
    expect(settled.verdict.word).toBe('Likely');
    expect(settled.change).toMatchObject({ words: 'limits.memory 256Mi -> 32Mi' });
    expect(await countEvents(servers.graph, cluster)).toBe(events.length);
    const paths = await rows(servers.graph, FLAGSHIP_QUERY.replace('$pod', `'checkout-1'`));
    const types = paths.map(([path]) => (path as GraphPath).nodes.map((node) => node.properties['type']));
    expect(types).toContainEqual(['container_died', 'oom_kill', 'pod_spec_changed']);
    expect(await second.child.stop()).toEqual({ code: 0, signal: null });
  });
});
