import { randomInt } from 'node:crypto';
import type { Neo4jServer } from '@tapio/testkit';
import { launchNeo4j, toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Graph } from '../../src/index.ts';
import { StoreError } from '../../src/index.ts';
import {
  NOW_US,
  RETENTION_MS,
  count,
  death,
  deaths,
  header,
  mustAcquire,
  newCluster,
  openMigrated,
  openWriter,
  without,
} from './servers.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

describe.skipIf(missing !== undefined)('transaction A', () => {
  let server: Neo4jServer;
  let graph: Graph;

  beforeAll(async () => {
    server = await launchNeo4j();
    graph = await openMigrated(server);
  });
  afterAll(async () => {
    await graph[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const eventsOf = (cluster: string): Promise<number> =>
    count(graph, 'MATCH (e:Event {cluster: $cluster})', { cluster });

  test('events, marks and position are written together, with typed properties', async () => {
    const cluster = newCluster();
    const writer = await openWriter(await mustAcquire(graph, cluster));
    const events = deaths(cluster, 1, 3);
    const outcome = await writer.commitBatches({
      batches: [{ header: header(cluster, 1, 3), events }],
      streamPosition: 7,
      nowUs: NOW_US,
    });
    expect(outcome).toMatchObject({ duplicates: 0, duplicateBatches: 0 });
    expect(outcome.events).toEqual(events);
    const [record] = await graph.connection.run(
      `MATCH (e:Event {id: $id}), (p:_Position {cluster: $cluster}), (m:_Producer {cluster: $cluster})
       RETURN e.exit_code = 137 AS integer, e.expires_at AS expires, e.summary AS summary, e.pod_name AS pod,
              p.sequence AS sequence, m.contiguous AS contiguous`,
      { id: events[0]?.id, cluster },
    );
    expect(record?.get('integer')).toBe(true);
    expect(Number(record?.get('expires'))).toBe(NOW_US + RETENTION_MS * 1000);
    expect(record?.get('summary')).toContain('died, exit 137');
    expect(record?.get('pod')).toBe('checkout-1');
    expect(Number(record?.get('sequence'))).toBe(7);
    expect(Number(record?.get('contiguous'))).toBe(1);
  });

  test('a repeated batch is counted and writes nothing, also after a restart', async () => {
    const cluster = newCluster();
    const lease = await mustAcquire(graph, cluster);
    const batch = { header: header(cluster, 1, 5), events: deaths(cluster, 1, 5) };
    const first = await openWriter(lease);
    await first.commitBatches({ batches: [batch], streamPosition: 1, nowUs: NOW_US });
    const again = await first.commitBatches({ batches: [batch], streamPosition: 2, nowUs: NOW_US });
    expect(again).toMatchObject({ events: [], duplicates: 5, duplicateBatches: 1 });
    const restarted = await openWriter(lease);
    expect(restarted.sequence).toBe(2);
    const third = await restarted.commitBatches({ batches: [batch], streamPosition: 3, nowUs: NOW_US });
    expect(third.duplicateBatches).toBe(1);
    expect(await eventsOf(cluster)).toBe(5);
  });

  test('an event that comes again under another batch is written once', async () => {
    const cluster = newCluster();
    const writer = await openWriter(await mustAcquire(graph, cluster));
    await writer.commitBatches({
      batches: [{ header: header(cluster, 1, 2), events: deaths(cluster, 1, 2) }],
      streamPosition: 1,
      nowUs: NOW_US,
    });
    const outcome = await writer.commitBatches({
      batches: [
        { header: header(cluster, 1, 3, 'inc-2'), events: deaths(cluster, 2, 3) },
        { header: header(cluster, 2, 1, 'inc-2'), events: [death(cluster, 3)] },
      ],
      streamPosition: 3,
      nowUs: NOW_US,
    });
    expect(outcome.events.map((event) => event.data['restart_count'])).toEqual(['3', '4']);
    expect(outcome.duplicates).toBe(2);
    expect(await eventsOf(cluster)).toBe(4);
  });

  test('requests that overlap move the position in order, whatever their size and shared ids', async () => {
    const cluster = newCluster();
    const writer = await openWriter(await mustAcquire(graph, cluster));
    const big = writer.commitBatches({
      batches: [{ header: header(cluster, 1, 2000), events: deaths(cluster, 1, 2000) }],
      streamPosition: 1,
      nowUs: NOW_US,
    });
    const small = writer.commitBatches({
      batches: [{ header: header(cluster, 2, 2), events: deaths(cluster, 2000, 2) }],
      streamPosition: 2,
      nowUs: NOW_US,
    });
    const order: string[] = [];
    await Promise.all([big.then(() => order.push('big')), small.then(() => order.push('small'))]);
    expect(order).toEqual(['big', 'small']);
    expect((await small).duplicates).toBe(1);
    expect(await eventsOf(cluster)).toBe(2001);
  });

  /** Commits 1, then 2 and 3 at once; `before` runs when 2 has moved the position and is not committed yet. */
  async function commitThree(cluster: string, before: () => Promise<void>): Promise<number> {
    const writer = await openWriter(await mustAcquire(graph, cluster));
    const commit = (batch: number) =>
      writer.commitBatches({
        batches: [
          {
            header: header(cluster, batch, 100),
            // Known entities: each request is one transaction.
            events: deaths(cluster, batch * 100, 100).map((event) => without(event, 'containerId')),
          },
        ],
        streamPosition: batch,
        nowUs: NOW_US,
      });
    await commit(1);
    const { connection } = graph;
    const transaction = connection.transaction.bind(connection);
    let tries = 0;
    const spy = vi.spyOn(connection, 'transaction').mockImplementation((options, work) =>
      transaction(options, async (tx) => {
        tries += 1;
        const value = await work(tx);
        const [position] = await tx.run('MATCH (p:_Position {cluster: $cluster}) RETURN p.sequence AS at', {
          cluster,
        });
        if (Number(position?.get('at')) === 2) await before();
        return value;
      }),
    );
    try {
      await Promise.all([commit(2), commit(3)]);
    } finally {
      spy.mockRestore();
    }
    const [record] = await graph.connection.run(
      `MATCH (p:_Position {cluster: $cluster}), (m:_Producer {cluster: $cluster})
       RETURN p.sequence AS sequence, m.contiguous AS contiguous`,
      { cluster },
    );
    expect(Number(record?.get('sequence'))).toBe(3);
    expect(Number(record?.get('contiguous'))).toBe(3);
    expect(await eventsOf(cluster)).toBe(300);
    return tries;
  }

  const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

  test('a request waits in the server for the one before it, and is written once', async () => {
    expect(await commitThree(newCluster(), aMoment)).toBe(2);
  });

  test('a request behind one that needs another try is written after it', async () => {
    let failures = 0;
    const tries = await commitThree(newCluster(), async () => {
      await aMoment();
      failures += 1;
      if (failures === 1) throw new StoreError('transient', 'not now', { retryable: true });
    });
    expect(tries).toBe(4);
  });

  test('batches out of order are all taken, each once', async () => {
    const cluster = newCluster();
    const writer = await openWriter(await mustAcquire(graph, cluster));
    for (const [index, batch] of [2, 1, 4, 2, 3].entries()) {
      await writer.commitBatches({
        batches: [{ header: header(cluster, batch, 1), events: [death(cluster, batch)] }],
        streamPosition: index + 1,
        nowUs: NOW_US,
      });
    }
    expect(await eventsOf(cluster)).toBe(4);
    const [record] = await graph.connection.run(
      'MATCH (m:_Producer {cluster: $cluster}) RETURN m.contiguous AS contiguous, m.later AS later',
      { cluster },
    );
    expect(Number(record?.get('contiguous'))).toBe(4);
    expect(record?.get('later')).toEqual([]);
  });

  test('more holes than marks hold stop the writer with the producer’s name', async () => {
    const cluster = newCluster();
    const writer = await openWriter(await mustAcquire(graph, cluster));
    const batches = Array.from({ length: 65 }, (_, index) => ({
      header: header(cluster, 2 + index * 2, 0),
      events: [],
    }));
    const failure = writer.commitBatches({ batches, streamPosition: 65, nowUs: NOW_US });
    await expect(failure).rejects.toMatchObject({
      code: 'marks_full',
      message: expect.stringContaining('inc-1') as string,
    });
    await expect(
      writer.commitBatches({ batches: [], streamPosition: 66, nowUs: NOW_US }),
    ).rejects.toMatchObject({
      code: 'marks_full',
    });
  });

  test('known entities are not written again, and the end of a pod ends its bonds', async () => {
    const cluster = newCluster();
    const writer = await openWriter(await mustAcquire(graph, cluster));
    const commit = (batch: number, event: ReturnType<typeof death>) =>
      writer.commitBatches({
        batches: [{ header: header(cluster, batch, 1), events: [event] }],
        streamPosition: batch,
        nowUs: NOW_US,
      });
    const one = death(cluster, 1, { containerId: 'c'.repeat(64) });
    expect((await commit(1, one)).merged).toBe(7);
    expect((await commit(2, death(cluster, 2, { containerId: 'c'.repeat(64) }))).merged).toBe(0);
    const gone = {
      ...death(cluster, 3),
      id: `${cluster}/uid-1/pod_deleted`,
      type: 'pod_deleted',
      data: { stage: 'gone' },
    };
    await commit(3, without(gone, 'containerId'));
    const open = await count(graph, 'MATCH (:Pod {cluster: $cluster})-[o:OWNS]-() WHERE o.until IS NULL', {
      cluster,
    });
    expect(open).toBe(0);
    expect(
      await count(
        graph,
        'MATCH (n {cluster: $cluster}) WHERE (n:Pod OR n:Container) AND n.deleted_ts IS NOT NULL',
        { cluster },
      ),
    ).toBe(2);
    // A container that is first heard of after its pod's end is bound to a pod that has ended.
    await commit(4, death(cluster, 4, { containerId: 'd'.repeat(64) }));
    expect(
      await count(graph, 'MATCH (:Pod {cluster: $cluster})-[o:OWNS]->(:Container) WHERE o.until IS NULL', {
        cluster,
      }),
    ).toBe(0);
  });

  test('an event that knows its pod by uid alone gets the name that the graph knows', async () => {
    const cluster = newCluster();
    const lease = await mustAcquire(graph, cluster);
    const first = await openWriter(lease);
    await first.commitBatches({
      batches: [{ header: header(cluster, 1, 1), events: [death(cluster, 1)] }],
      streamPosition: 1,
      nowUs: NOW_US,
    });
    const nameless = without(death(cluster, 2), 'podName', 'namespace', 'workload');
    const restarted = await openWriter(lease);
    const outcome = await restarted.commitBatches({
      batches: [{ header: header(cluster, 2, 1), events: [nameless] }],
      streamPosition: 2,
      nowUs: NOW_US,
    });
    expect(outcome.events[0]).toMatchObject({ podName: 'checkout-1', namespace: 'shop' });
    expect(await count(graph, `MATCH (e:Event {id: $id, pod_name: 'checkout-1'})`, { id: nameless.id })).toBe(
      1,
    );
  });

  test('types and keys of a newer version are kept', async () => {
    const cluster = newCluster();
    const writer = await openWriter(await mustAcquire(graph, cluster));
    const event = death(cluster, 1, {
      type: 'container_frozen',
      data: { container: 'report', chill: '9', signal: '3' },
    });
    await writer.commitBatches({
      batches: [{ header: header(cluster, 1, 1), events: [event] }],
      streamPosition: 1,
      nowUs: NOW_US,
    });
    const [record] = await graph.connection.run(
      'MATCH (e:Event {id: $id}) RETURN e.container AS container, e.signal = 3 AS typed, e.data AS data',
      { id: event.id },
    );
    expect(record?.get('container')).toBe('report');
    expect(record?.get('typed')).toBe(true);
    expect(JSON.parse(String(record?.get('data')))).toEqual(event.data);
  });

  test(
    'SIGKILL of the server in the middle of transactions loses and doubles nothing',
    { timeout: 180_000 },
    async () => {
      const seed = randomInt(1_000_000);
      process.stderr.write(`seed ${seed}\n`);
      const cluster = newCluster();
      const lease = await mustAcquire(graph, cluster, 'loader-1', 600_000);
      let sequence = 0;
      for (let round = 0; round < 3; round += 1) {
        const killed = new Promise<void>((resolve, reject) => {
          setTimeout(
            () => {
              server
                .kill('SIGKILL')
                .then(() => server.restart())
                .then(resolve, reject);
            },
            100 + ((seed * (round + 7)) % 400),
          );
        });
        const state = { done: false };
        void killed.then(() => {
          state.done = true;
        });
        const going = (): boolean => !state.done;
        while (going()) {
          try {
            const writer = await openWriter(lease);
            sequence = writer.sequence;
            while (going()) {
              const batch = sequence + 1;
              await writer.commitBatches({
                batches: [{ header: header(cluster, batch, 200), events: deaths(cluster, batch * 200, 200) }],
                streamPosition: batch,
                nowUs: NOW_US,
              });
              sequence = batch;
            }
          } catch (error) {
            expect(error).toMatchObject({
              code: expect.stringMatching(/unavailable|transient|timeout/) as string,
            });
          }
        }
        await killed;
      }
      const writer = await openWriter(lease);
      const inGraph = await eventsOf(cluster);
      expect(writer.sequence).toBeGreaterThanOrEqual(sequence);
      expect(inGraph).toBe(writer.sequence * 200);
      expect(
        await count(graph, 'MATCH (e:Event {cluster: $cluster}) WITH e.id AS id, count(*) AS n WHERE n > 1', {
          cluster,
        }),
      ).toBe(0);
    },
  );
});
