import type { EventJoin } from '@tapio/domain';
import { entityKey } from '@tapio/domain';
import type { Neo4jServer } from '@tapio/testkit';
import { launchNeo4j, toolsMissing, waitFor } from '@tapio/testkit';
import type { Plan } from 'neo4j-driver';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventQuery } from '../../src/facts.ts';
import type { Graph } from '../../src/index.ts';
import { GraphFacts, openGraph, runCypher } from '../../src/index.ts';
import { chainOf } from './incidents.ts';
import {
  NOW_US,
  count,
  death,
  deaths,
  graphOptions,
  header,
  mustAcquire,
  newCluster,
  openMigrated,
  openWriter,
} from './servers.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

function operators(plan: Plan): string[] {
  return [plan.operatorType, ...plan.children.flatMap(operators)];
}

describe.skipIf(missing !== undefined)('reading the graph', () => {
  let server: Neo4jServer;
  let graph: Graph;
  const cluster = newCluster();
  const chain = chainOf(cluster);

  beforeAll(async () => {
    server = await launchNeo4j();
    graph = await openMigrated(server);
    const writer = await openWriter(await mustAcquire(graph, cluster));
    const other = death(cluster, 70, {
      podUid: 'uid-2',
      podName: 'ledger-1',
      workload: 'Deployment/ledger',
      node: 'node-2',
    });
    await writer.commitBatches({
      batches: [
        { header: header(cluster, 1, 3), events: [chain.change, chain.kill, chain.died] },
        { header: header(cluster, 2, 41), events: [...deaths(cluster, 10, 40), other] },
      ],
      streamPosition: 1,
      nowUs: NOW_US,
    });
  });
  afterAll(async () => {
    await graph[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const joins: readonly (readonly [EventJoin, string])[] = [
    [{ on: 'container', containerId: chain.died.containerId! }, 'container'],
    [{ on: 'pod', podUid: 'uid-1' }, 'pod'],
    [{ on: 'workload', namespace: 'shop', workload: 'Deployment/checkout' }, 'workload'],
    [{ on: 'node', node: 'node-1' }, 'node'],
  ];
  const query = (join: EventJoin, extra: object = {}) => ({
    cluster,
    types: ['container_died', 'oom_kill', 'pod_spec_changed'],
    join,
    fromUs: 0,
    toUs: NOW_US,
    limit: 100,
    ...extra,
  });

  test.each(joins)('facts joined by %o come through an index', async (join) => {
    const { text, parameters } = eventQuery(query(join));
    const session = graph.connection.session('read');
    try {
      const { summary } = await session.run(`EXPLAIN ${text}`, parameters);
      if (summary.plan === false) throw new Error('no plan');
      const names = operators(summary.plan).join(' ');
      expect(names).toContain('IndexSeek');
      expect(names).not.toMatch(/AllNodesScan|NodeByLabelScan|NodeIndexScan/);
    } finally {
      await session.close();
    }
  });

  test.each(joins)('facts joined by %o are those of that thing only, newest first', async (join, name) => {
    const events = await new GraphFacts(graph).events(query(join));
    const expected = { container: 2, pod: 43, workload: 43, node: 43 }[name];
    expect(events).toHaveLength(expected!);
    expect(events.map((event) => event.timestamp)).toEqual(
      events.map((event) => event.timestamp).sort((a, b) => b - a),
    );
    expect(events.every((event) => event.podUid === 'uid-1')).toBe(true);
  });

  test('facts are events as they came, within the window, the types and the limit', async () => {
    const facts = new GraphFacts(graph);
    const join: EventJoin = { on: 'pod', podUid: 'uid-1' };
    expect(await facts.events(query(join, { types: ['oom_kill'] }))).toEqual([chain.kill]);
    expect(
      await facts.events(query(join, { types: ['pod_spec_changed'], toUs: chain.change.timestamp - 1 })),
    ).toEqual([]);
    expect(
      await facts.events(query(join, { fromUs: chain.kill.timestamp, types: ['oom_kill'] })),
    ).toHaveLength(1);
    expect(await facts.events(query(join, { limit: 5 }))).toHaveLength(5);
    expect(await facts.events(query(join, { types: [] }))).toEqual([]);
    expect(await facts.events({ ...query(join), cluster: 'another' })).toEqual([]);
  });

  test('entities and the bonds that held in a window', async () => {
    const facts = new GraphFacts(graph);
    const pod = entityKey.pod(cluster, 'uid-1');
    const workload = entityKey.workload(cluster, 'shop', 'Deployment/checkout');
    expect(await facts.entity(pod)).toEqual({
      key: pod,
      label: 'Pod',
      cluster,
      namespace: 'shop',
      name: 'checkout-1',
      uid: 'uid-1',
      firstSeenUs: chain.change.timestamp,
    });
    expect(await facts.entity(entityKey.pod(cluster, 'none'))).toBeUndefined();
    const bond = { key: workload, direction: 'from', type: 'OWNS', fromUs: 0, toUs: NOW_US } as const;
    expect(await facts.bonds(bond)).toEqual([
      { type: 'OWNS', fromKey: workload, toKey: pod, sinceUs: chain.change.timestamp },
    ]);
    expect(await facts.bonds({ ...bond, toUs: chain.change.timestamp - 1 })).toEqual([]);
    expect(await facts.bonds({ ...bond, key: pod, direction: 'to' })).toHaveLength(2);
  });

  const run = (text: string, extra: object = {}) =>
    runCypher(graph, { text, rowLimit: 100, timeoutMs: 5_000, ...extra });

  test.each([
    ['CREATE (n:X) RETURN n', 'not_read_only'],
    ['MATCH (n:Event) SET n.x = 1', 'not_read_only'],
    ['MATCH (n:Event) WITH n LIMIT 1 CALL (n) { DETACH DELETE n } RETURN 1', 'not_read_only'],
    ['CREATE INDEX foo FOR (n:X) ON (n.y)', 'not_read_only'],
    ["LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line", 'not_read_only'],
    ['CALL dbms.listConfig() YIELD name RETURN name', 'not_read_only'],
    ["TERMINATE TRANSACTIONS 'neo4j-transaction-1'", 'not_read_only'],
    ['MATCH (n RETURN n', 'bad_query'],
    ['RETURN 1; RETURN 2', 'bad_query'],
    ['RETURN $nothing', 'bad_query'],
  ])('refused: %s', async (text, code) => {
    await expect(run(text)).rejects.toMatchObject({ code });
    expect(await count(graph, 'MATCH (n:X)')).toBe(0);
  });

  test('values come in plain JavaScript, integers that are too large as text', async () => {
    const { columns, rows } = await run(
      `RETURN 9007199254740993 AS big, 7 AS small, 1.5 AS float, [1, null] AS list, {a: true} AS map,
              date('2026-01-02') AS day, duration('P1D') AS span, point({x: 1, y: 2}) AS place, $n AS n, 'x' AS text`,
      { parameters: { n: 3 } },
    );
    expect(columns[0]).toBe('big');
    expect(rows[0]?.slice(0, 6)).toEqual(['9007199254740993', 7, 1.5, [1, null], { a: true }, '2026-01-02']);
    expect(rows[0]?.slice(6, 8).every((value) => typeof value === 'string')).toBe(true);
    expect(rows[0]?.slice(8)).toEqual([3, 'x']);
    expect((await run('MATCH (e:Event) RETURN e.id LIMIT $n', { parameters: { n: 2 } })).rows).toHaveLength(
      2,
    );
  });

  test('rows beyond the limit are cut, and that is said', async () => {
    expect(await run('UNWIND range(1, 5000) AS i RETURN i', { rowLimit: 3 })).toMatchObject({
      rows: [[1], [2], [3]],
      isCut: true,
    });
    expect(await run('UNWIND range(1, 3) AS i RETURN i', { rowLimit: 3 })).toMatchObject({ isCut: false });
  });

  const ENDLESS =
    'UNWIND range(1, 100000000) AS a UNWIND range(1, 1000) AS b WITH a, b WHERE a < 0 RETURN count(*)';
  test('a query over its time is ended by the server', async () => {
    await expect(run(ENDLESS, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'timeout' });
  });

  test('a query whose caller goes away is ended on the server', async () => {
    const abort = new AbortController();
    const call = run(ENDLESS, { timeoutMs: 60_000, signal: abort.signal });
    const outcome = expect(call).rejects.toMatchObject({ code: 'aborted' });
    const list = `SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'UNWIND range(1, 100000000)' RETURN currentQuery`;
    await waitFor(async () => (await graph.connection.run(list)).length === 1, {
      timeoutMs: 10_000,
      describe: 'the query to run',
    });
    abort.abort();
    await outcome;
    await waitFor(async () => (await graph.connection.run(list)).length === 0, {
      timeoutMs: 10_000,
      describe: 'the query to end',
    });
  });

  test('a wrong password and a server that is not there are told apart', async () => {
    await using wrong = openGraph({ ...graphOptions(server), password: 'not the password' });
    await expect(wrong.ping()).rejects.toMatchObject({ code: 'unauthorized', retryable: false });
    await using nobody = openGraph({
      url: 'bolt://127.0.0.1:1',
      user: 'neo4j',
      password: 'x',
      connectTimeoutMs: 500,
    });
    await expect(nobody.ping()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  test('closing the graph twice is fine, and calls after it say so', async () => {
    const closed = openGraph(graphOptions(server));
    await closed[Symbol.asyncDispose]();
    await closed[Symbol.asyncDispose]();
    await expect(closed.ping()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
