import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { ObservationEvent } from '@tapio/domain';
import { encodeBatch } from '@tapio/domain';
import { createLogger } from '@tapio/runtime';
import { launchNats, toolsMissing, waitFor } from '@tapio/testkit';
import { afterAll, describe, expect, test } from 'vitest';
import { Publisher } from '../../src/publisher/publisher.ts';
import { Spool } from '../../src/spool/spool.ts';
import { CLUSTER, NODE } from './support/agent-process.ts';
import { brokenNumbers, readStream } from './support/stream.ts';

const missing = toolsMissing();
const folder = mkdtempSync(join(tmpdir(), 'tapio-publisher-'));
let serial = 0;

function event(id: number): ObservationEvent {
  const data = { boot_id: 'b', mono_us: '1', comm: 'x', started_mono_us: '1', exe: '/x' };
  return {
    id: `${CLUSTER}/${NODE}/e/crit/${id}`,
    timestamp: 1_700_000_000_000_000,
    source: 'kernel',
    type: 'process_exec',
    cluster: CLUSTER,
    node: NODE,
    data,
  };
}

async function publisherOf(
  url: string,
  ackTimeoutMs = 1_000,
): Promise<{ spool: Spool; publisher: Publisher; add: (count: number) => Promise<void> } & AsyncDisposable> {
  serial += 1;
  const { spool } = await Spool.open({
    directory: join(folder, String(serial)),
    maxBytes: 64 * 1024 * 1024,
    bootId: 'b',
    sync: false,
  });
  const publisher = new Publisher({
    spool,
    cluster: CLUSTER,
    node: NODE,
    connection: { servers: url },
    log: createLogger('test', 'silent'),
    ackTimeoutMs,
  });
  const abort = new AbortController();
  const running = publisher.run(abort.signal);
  let id = 0;
  return {
    spool,
    publisher,
    add: async (count) => {
      for (let i = 0; i < count; i += 1) {
        const events = Array.from({ length: 20 }, () => event((id += 1)));
        await spool.append(
          [
            {
              lane: 'signal',
              source: 'kernel',
              count: 20,
              completeThrough: {},
              payload: encodeBatch(events),
            },
          ],
          {},
        );
      }
    },
    [Symbol.asyncDispose]: async () => {
      abort.abort();
      await running;
      await spool[Symbol.asyncDispose]();
    },
  };
}

describe.skipIf(missing !== undefined)(
  `publisher${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    afterAll(() => {
      rmSync(folder, { recursive: true, force: true });
    });

    test('a server that is killed twice under way gets every batch once, and the spool empties', async () => {
      await using nats = await launchNats();
      await using p = await publisherOf(nats.url);
      for (let round = 0; round < 3; round += 1) {
        await p.add(200);
        if (round === 2) break;
        await nats.kill();
        await p.add(50);
        expect(p.publisher.health.ok).toBe(false);
        await nats.restart();
      }
      await waitFor(() => p.spool.state.unacknowledged === 0, {
        timeoutMs: 30_000,
        describe: 'an empty spool',
        state: () => JSON.stringify(p.publisher.counts),
      });
      const batches = await readStream(nats.url, 'SIGNALS');
      expect(batches).toHaveLength(700);
      expect(brokenNumbers(batches, 'signal')).toEqual([]);
      expect(new Set(batches.flatMap(({ events }) => events.map((e) => e.id))).size).toBe(14_000);
      expect(p.publisher.stage.state()).toMatchObject({ imbalance: 0, inFlight: 0, sent: 700 });
    });

    test('a full stream is waited out, told in the health, and loses nothing', async () => {
      await using nats = await launchNats();
      const connection = await connect({ servers: nats.url });
      const manager = await jetstreamManager(connection);
      await manager.streams.add({
        name: 'SIGNALS',
        subjects: ['observations.*.signal.>'],
        discard: 'new',
        max_bytes: 40_000,
      });
      await using p = await publisherOf(nats.url);
      await p.add(100);
      await waitFor(() => p.publisher.health.reason?.includes('stream is full'), {
        timeoutMs: 10_000,
        describe: 'a full stream',
      });
      expect(p.spool.state.unacknowledged).toBeGreaterThan(0);
      await manager.streams.update('SIGNALS', { max_bytes: 10_000_000 });
      await waitFor(() => p.spool.state.unacknowledged === 0, {
        timeoutMs: 20_000,
        describe: 'an empty spool',
      });
      const batches = await readStream(nats.url, 'SIGNALS');
      expect(batches).toHaveLength(100);
      expect(brokenNumbers(batches, 'signal')).toEqual([]);
      expect(p.publisher.health.ok).toBe(true);
      await connection.close();
    });

    test('streams that vanish are made again', async () => {
      await using nats = await launchNats();
      await using p = await publisherOf(nats.url);
      await p.add(1);
      await waitFor(() => p.spool.state.unacknowledged === 0, {
        timeoutMs: 10_000,
        describe: 'an empty spool',
      });
      const connection = await connect({ servers: nats.url });
      await (await jetstreamManager(connection)).streams.delete('SIGNALS');
      await connection.close();
      await p.add(3);
      await waitFor(() => p.spool.state.unacknowledged === 0, {
        timeoutMs: 20_000,
        describe: 'an empty spool',
      });
      expect(await readStream(nats.url, 'SIGNALS')).toHaveLength(3);
    });
  },
);
