import type { Neo4jServer } from '@tapio/testkit';
import { launchNeo4j, toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Graph } from '../../src/index.ts';
import { acquireLease, commitDecision, deleteExpired, openGraph } from '../../src/index.ts';
import { migrate } from '../../src/migrate.ts';
import { MIGRATIONS, SCHEMA } from '../../src/schema.ts';
import {
  NOW_US,
  count,
  death,
  graphOptions,
  header,
  mustAcquire,
  newCluster,
  openWriter,
} from './servers.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

describe.skipIf(missing !== undefined)('schema and lease', () => {
  let server: Neo4jServer;
  let graph: Graph;

  beforeAll(async () => {
    server = await launchNeo4j();
    graph = openGraph(graphOptions(server));
  });
  afterAll(async () => {
    await graph[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test('an empty graph is no graph of this version, and says what to do', async () => {
    await expect(graph.verify()).rejects.toMatchObject({
      code: 'older_schema',
      message: expect.stringContaining('start a loader') as string,
    });
  });

  test('what a client left behind that died in the middle of a migration is mended', async () => {
    const [first] = MIGRATIONS;
    await graph.connection.run(first!.statements[4]!);
    // Killed while Neo4j made a constraint: its index is there, the constraint is not.
    await graph.connection.run(
      'CREATE INDEX tapio_incident_id_unique IF NOT EXISTS FOR (n:Incident) ON (n.id)',
    );
    const broken = [{ ...first!, statements: [...first!.statements, 'THIS IS NO CYPHER'] }];
    await expect(migrate(graph.connection, broken)).rejects.toMatchObject({ code: 'bad_query' });
    await expect(graph.verify()).rejects.toMatchObject({ code: 'older_schema' });
  });

  test('loaders that migrate at once do it once', async () => {
    await using other = openGraph(graphOptions(server));
    const outcomes = await Promise.all([graph.migrate(), other.migrate(), graph.migrate()]);
    expect(outcomes.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
    expect(outcomes.every(({ toVersion }) => toVersion === SCHEMA)).toBe(true);
    await graph.verify();
    expect(await count(graph, 'MATCH (m:_Migration)')).toBe(MIGRATIONS.length);
  });

  test('one loader holds a cluster; each take-over raises the epoch', async () => {
    const cluster = newCluster();
    const first = await mustAcquire(graph, cluster, 'first');
    const refused = await acquireLease(graph, { cluster, owner: 'second', ttlMs: 60_000 });
    expect(refused).toMatchObject({ held: false, holder: { owner: 'first', epoch: 1 } });
    await first.release();
    const second = await mustAcquire(graph, cluster, 'second');
    expect(second.epoch).toBe(2);
    await first.release();
    await second.renew();
    await expect(first.renew()).rejects.toMatchObject({ code: 'fenced' });
  });

  test('of many that come at once, one gets a lease that has run out', async () => {
    const cluster = newCluster();
    await mustAcquire(graph, cluster, 'gone', 1);
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, (_, n) =>
        acquireLease(graph, { cluster, owner: `owner-${n}`, ttlMs: 60_000 }),
      ),
    );
    expect(outcomes.filter(({ held }) => held)).toHaveLength(1);
  });

  test('a loader that was taken over writes nothing, whatever it tries', async () => {
    const cluster = newCluster();
    const zombie = await mustAcquire(graph, cluster, 'zombie');
    const writer = await openWriter(zombie);
    await graph.connection.run('MATCH (l:_Lease {cluster: $cluster}) SET l.expires_at = 0', { cluster });
    const successor = await mustAcquire(graph, cluster, 'successor');
    const request = {
      batches: [{ header: header(cluster, 1, 1), events: [death(cluster, 1)] }],
      streamPosition: 1,
      nowUs: NOW_US,
    };
    await expect(writer.commitBatches(request)).rejects.toMatchObject({ code: 'fenced' });
    const decision = {
      decision: { edgesAdded: [], edgesWithdrawn: [], incidents: [] },
      stream: 'SIGNALS@one',
      correlatorPosition: 0,
      replayFrom: 1,
      replayFromUs: 0,
      nowUs: NOW_US,
      incidentRetentionMs: 1,
    };
    await expect(commitDecision(zombie, decision)).rejects.toMatchObject({ code: 'fenced' });
    await expect(deleteExpired(zombie, { nowUs: NOW_US, limit: 1 })).rejects.toMatchObject({
      code: 'fenced',
    });
    expect(
      await count(graph, 'MATCH (n {cluster: $cluster}) WHERE NOT n:_Lease AND NOT n:_Position', { cluster }),
    ).toBe(0);
    const next = await openWriter(successor);
    expect((await next.commitBatches(request)).events).toHaveLength(1);
  });

  test('a graph of a newer version is refused, with what to do', async () => {
    await graph.connection.run('CREATE (:_Migration {version: 99})');
    const refusal = { code: 'newer_schema', message: expect.stringContaining('upgrade') as string };
    await expect(graph.migrate()).rejects.toMatchObject(refusal);
    await expect(graph.verify()).rejects.toMatchObject(refusal);
  });
});
