import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { toolsMissing, waitFor } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { start } from './crash-loop.ts';
import type { LoaderProcess, Servers } from './harness.ts';
import { countEvents, launchServers, publish, rows, startLoader } from './harness.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

const BATCH_EVENTS = 40;

function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

describe.skipIf(missing !== undefined)('what is in the stream is in the graph exactly once', () => {
  let servers: Servers;

  beforeAll(async () => {
    servers = await launchServers();
  });
  afterAll(() => servers[Symbol.asyncDispose]());

  const newCluster = (): string => `c-${randomBytes(4).toString('hex')}`;

  /** Publishes batches until stopped; batch n holds the starts from n * 40 on. @returns how many */
  async function publishUntil(cluster: string, stopped: () => boolean): Promise<number> {
    for (let batch = 1; ; batch += 1) {
      if (stopped()) return batch - 1;
      const nowUs = Date.now() * 1000;
      const events = Array.from({ length: BATCH_EVENTS }, (_, n) =>
        start(cluster, batch * BATCH_EVENTS + n, nowUs - n),
      );
      await publish(servers, { cluster, batch, events, completeThroughUs: nowUs });
      // Every seventh batch is sent again, as by a publisher that missed the acknowledgement.
      if (batch % 7 === 0) {
        await publish(servers, { cluster, batch, events, headers: { 'Nats-Msg-Id': `again-${batch}` } });
      }
      await delay(20);
    }
  }

  async function expectExactly(cluster: string, events: number, loader: LoaderProcess): Promise<void> {
    await waitFor(async () => (await countEvents(servers.graph, cluster)) >= events, {
      timeoutMs: 90_000,
      everyMs: 500,
      describe: `${events} events in the graph`,
      state: () => loader.child.logTail(5),
    });
    expect(await countEvents(servers.graph, cluster)).toBe(events);
  }

  test('over SIGKILLs of loader, Neo4j and NATS at random moments', { timeout: 300_000 }, async () => {
    const seed = Number(process.env['TAPIO_TEST_SEED'] ?? randomInt(1_000_000));
    process.stderr.write(`seed ${seed} (TAPIO_TEST_SEED)\n`);
    const random = seededRandom(seed);
    const cluster = newCluster();
    const state = { done: false };
    let loader = await startLoader(servers, cluster);
    await waitFor(async () => (await loader.ready()).ok, {
      timeoutMs: 60_000,
      describe: 'the loader to be ready',
    });
    const publishing = publishUntil(cluster, () => state.done);
    for (const victim of ['loader', 'loader', 'neo4j', 'nats', 'loader', 'nats', 'loader']) {
      await delay(200 + random() * 1_500);
      if (victim === 'loader') {
        await loader.child.kill('SIGKILL');
        loader = await startLoader(servers, cluster);
      } else {
        const server = victim === 'nats' ? servers.nats : servers.neo4j;
        await server.kill('SIGKILL');
        await server.restart();
      }
    }
    state.done = true;
    const batches = await publishing;
    await expectExactly(cluster, batches * BATCH_EVENTS, loader);
    const [row] = await rows(
      servers.graph,
      'MATCH (m:_Producer {cluster: $cluster}) RETURN m.contiguous, size(m.later)',
      { cluster },
    );
    expect(row).toEqual([batches, 0]);
    await waitFor(async () => (await loader.metric('tapio_stage_in_flight_records{stage="load"}')) === 0, {
      timeoutMs: 20_000,
      describe: 'the loader to have nothing in flight',
    });
    const imbalance = await Promise.all(
      ['received', 'sent', 'dropped_duplicate', 'dropped_dead_letter', 'dropped_given_up'].map((outcome) =>
        loader.metric(`tapio_stage_records_total{stage="load",outcome="${outcome}"}`),
      ),
    );
    const [received, ...accounted] = imbalance;
    expect(accounted.reduce((sum, value) => sum + value, 0)).toBe(received);
    expect(await loader.child.stop()).toEqual({ code: 0, signal: null });
  });

  test(
    'with a loader that was stopped, taken over and goes on: it writes nothing more',
    { timeout: 180_000 },
    async () => {
      const cluster = newCluster();
      const state = { done: false };
      const zombie = await startLoader(servers, cluster, ['--owner', 'first', '--lease-ttl-ms', '6000']);
      await waitFor(async () => (await zombie.ready()).ok, {
        timeoutMs: 60_000,
        describe: 'the first to be ready',
      });
      const publishing = publishUntil(cluster, () => state.done);
      await waitFor(async () => (await countEvents(servers.graph, cluster)) > 0, {
        timeoutMs: 30_000,
        describe: 'events',
      });
      const successor = await startLoader(servers, cluster, ['--owner', 'second', '--lease-ttl-ms', '6000']);
      await waitFor(
        async () => (await successor.ready()).checks['loader']?.reason?.includes('first') === true,
        {
          timeoutMs: 30_000,
          describe: 'the second to stand by',
        },
      );
      expect(await successor.metric('tapio_loader_leading')).toBe(0);
      process.kill(zombie.child.pid, 'SIGSTOP');
      await waitFor(async () => (await successor.metric('tapio_loader_leading')) === 1, {
        timeoutMs: 60_000,
        describe: 'the second to take over',
        state: () => successor.child.logTail(5),
      });
      process.kill(zombie.child.pid, 'SIGCONT');
      await waitFor(async () => (await zombie.metric('tapio_loader_leading')) === 0, {
        timeoutMs: 30_000,
        describe: 'the first to see that it was fenced',
        state: () => zombie.child.logTail(5),
      });
      state.done = true;
      await expectExactly(cluster, (await publishing) * BATCH_EVENTS, successor);
      const [row] = await rows(servers.graph, 'MATCH (l:_Lease {cluster: $cluster}) RETURN l.epoch >= 2', {
        cluster,
      });
      expect(row).toEqual([true]);
      await zombie.child.stop();
      await successor.child.stop();
    },
  );

  test('when the stream is made anew under a running loader', { timeout: 120_000 }, async () => {
    const cluster = newCluster();
    const loader = await startLoader(servers, cluster);
    await waitFor(async () => (await loader.ready()).ok, {
      timeoutMs: 60_000,
      describe: 'the loader to be ready',
    });
    const nowUs = Date.now() * 1000;
    const first = [start(cluster, 1, nowUs), start(cluster, 2, nowUs)];
    await publish(servers, { cluster, batch: 1, events: first, completeThroughUs: nowUs });
    await expectExactly(cluster, 2, loader);
    const manager = await servers.jetstream.jetstreamManager();
    await manager.streams.delete('SIGNALS');
    // The agent that still has the batch in its spool sends it again, and the next.
    await publish(servers, { cluster, batch: 1, events: first, completeThroughUs: nowUs });
    await publish(servers, {
      cluster,
      batch: 2,
      events: [start(cluster, 3, nowUs)],
      completeThroughUs: nowUs,
    });
    await expectExactly(cluster, 3, loader);
    await loader.child.stop();
  });
});
