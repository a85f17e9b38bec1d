import type { Decision } from '@tapio/domain';
import type { Neo4jServer } from '@tapio/testkit';
import { launchNeo4j, toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DecisionRequest, Graph, GraphPath, Lease } from '../../src/index.ts';
import {
  FLAGSHIP_QUERY,
  commitDecision,
  deleteExpired,
  findIncidentsOfPod,
  getIncident,
  incidentGraph,
  listIncidents,
  readKnownDecisions,
  runCypher,
} from '../../src/index.ts';
import { chainOf, edge, incident } from './incidents.ts';
import {
  NOW_US,
  RETENTION_MS,
  count,
  death,
  header,
  mustAcquire,
  newCluster,
  openMigrated,
  openWriter,
} from './servers.ts';

const missing = toolsMissing();
if (missing !== undefined) process.stderr.write(`skipped: ${missing}\n`);

const DAY_US = 86_400_000_000;
const INCIDENT_RETENTION_MS = 90 * 86_400_000;
const NOTHING: Decision = { edgesAdded: [], edgesWithdrawn: [], incidents: [] };

describe.skipIf(missing !== undefined)('transaction B', () => {
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

  /** A cluster with the chain's events in the graph. */
  async function withChain(): Promise<{ cluster: string; lease: Lease } & ReturnType<typeof chainOf>> {
    const cluster = newCluster();
    const lease = await mustAcquire(graph, cluster);
    const writer = await openWriter(lease);
    const chain = chainOf(cluster);
    await writer.commitBatches({
      batches: [{ header: header(cluster, 1, 3), events: [chain.change, chain.kill, chain.died] }],
      streamPosition: 1,
      nowUs: NOW_US,
    });
    return { cluster, lease, ...chain };
  }

  function request(decision: Partial<Decision>, extra: Partial<DecisionRequest> = {}): DecisionRequest {
    return {
      decision: { ...NOTHING, ...decision },
      stream: 'SIGNALS@one',
      correlatorPosition: 1,
      replayFrom: 1,
      replayFromUs: 0,
      nowUs: NOW_US,
      incidentRetentionMs: INCIDENT_RETENTION_MS,
      ...extra,
    };
  }

  test('a chain is found by the original’s query as its README prints it', async () => {
    const { lease, change, kill, died } = await withChain();
    await commitDecision(lease, request({ edgesAdded: [edge(died, kill), edge(kill, change)] }));
    const text = FLAGSHIP_QUERY.replace('$pod', `'checkout-1'`);
    expect(text.replaceAll(/\s+/g, ' ')).toBe(
      `MATCH path=(crash:Event {type:'container_died'})-[:CAUSED_BY*1..5]->(root:Event) WHERE crash.pod_name='checkout-1' RETURN path`,
    );
    const { rows, columns } = await runCypher(graph, { text, rowLimit: 10, timeoutMs: 5_000 });
    expect(columns).toEqual(['path']);
    const paths = rows.map(([path]) => (path as GraphPath).nodes.map((node) => node.properties['id']));
    expect(paths).toContainEqual([died.id, kill.id, change.id]);
    const parametrised = await runCypher(graph, {
      text: FLAGSHIP_QUERY,
      parameters: { pod: 'checkout-1' },
      rowLimit: 10,
      timeoutMs: 5_000,
    });
    expect(parametrised.rows).toHaveLength(rows.length);
  });

  test('an edge to an event that is not there aborts all of it', async () => {
    const { cluster, lease, kill, died } = await withChain();
    const decision = {
      edgesAdded: [edge(died, kill), edge(died, death(cluster, 99))],
      incidents: [incident(cluster, 1)],
    };
    await expect(commitDecision(lease, request(decision))).rejects.toMatchObject({ code: 'rows_missing' });
    expect(await count(graph, 'MATCH (:Event {cluster: $cluster})-[c:CAUSED_BY]->()', { cluster })).toBe(0);
    expect(await getIncident(graph, `INC-${cluster}`)).toBeUndefined();
  });

  test('a decision over messages that the graph does not hold is refused', async () => {
    const { lease } = await withChain();
    await expect(commitDecision(lease, request({}, { correlatorPosition: 2 }))).rejects.toMatchObject({
      code: 'position_moved',
    });
    await expect(commitDecision(lease, request({}, { stream: 'SIGNALS@two' }))).rejects.toMatchObject({
      code: 'position_moved',
    });
  });

  test('edges are withdrawn by rule, and at most four causes stay, the strongest', async () => {
    const cluster = newCluster();
    const lease = await mustAcquire(graph, cluster);
    const writer = await openWriter(lease);
    const [effect, ...causes] = Array.from({ length: 7 }, (_, n) => death(cluster, n));
    await writer.commitBatches({
      batches: [{ header: header(cluster, 1, 7), events: [effect!, ...causes] }],
      streamPosition: 1,
      nowUs: NOW_US,
    });
    const edges = causes.map((cause, index) => edge(effect!, cause, 0.1 * (index + 1)));
    await commitDecision(lease, request({ edgesAdded: edges }));
    const scores = async (): Promise<unknown[]> => {
      const records = await graph.connection.run(
        'MATCH (:Event {id: $id})-[c:CAUSED_BY]->() RETURN c.score AS score ORDER BY score',
        { id: effect?.id },
      );
      return records.map((record) => Number(Number(record.get('score')).toFixed(2)));
    };
    expect(await scores()).toEqual([0.3, 0.4, 0.5, 0.6]);
    const outcome = await commitDecision(lease, request({ edgesWithdrawn: edges.slice(4) }));
    expect(outcome.edgesWithdrawn).toBe(2);
    expect(await scores()).toEqual([0.3, 0.4]);
    const otherRule = { ...edges[3]!, rule: 'another' };
    expect((await commitDecision(lease, request({ edgesWithdrawn: [otherRule] }))).edgesWithdrawn).toBe(0);
  });

  test('an older revision never replaces a newer one, and a newer one replaces all', async () => {
    const { cluster, lease, kill } = await withChain();
    const first = incident(cluster, 2);
    expect((await commitDecision(lease, request({ incidents: [first] }))).incidentsWritten).toEqual([
      first.id,
    ]);
    const older = incident(cluster, 1, { headline: 'older' });
    expect((await commitDecision(lease, request({ incidents: [older] }))).incidentsWritten).toEqual([]);
    expect(await getIncident(graph, first.id)).toEqual(first);
    const newer = incident(cluster, 3, { state: 'closed', symptomEventIds: [kill.id] });
    await commitDecision(lease, request({ incidents: [newer] }));
    expect(await getIncident(graph, first.id)).toEqual(newer);
    const [record] = await graph.connection.run(
      `MATCH (i:Incident {id: $id}) OPTIONAL MATCH (i)-[:SYMPTOM]->(s) OPTIONAL MATCH (i)-[:ROOT_CAUSE]->(r)
       RETURN collect(DISTINCT s.id) AS symptoms, collect(DISTINCT r.id) AS roots, i.word AS word, i.count = 3 AS typed,
              i.score = 1.0 AS score, i.change AS change, i.workload AS workload`,
      { id: first.id },
    );
    expect(record?.toObject()).toMatchObject({
      symptoms: [kill.id],
      roots: [first.rootCauseEventId],
      word: 'Likely',
      typed: true,
      score: true,
      change: 'limits.memory 256Mi -> 32Mi',
      workload: 'Deployment/checkout',
    });
  });

  test('events of an incident show what they are about and outlive the others', async () => {
    const { cluster, lease, change, kill, died } = await withChain();
    const writer = await openWriter(lease);
    await writer.commitBatches({
      batches: [{ header: header(cluster, 2, 1), events: [death(cluster, 50)] }],
      streamPosition: 2,
      nowUs: NOW_US,
    });
    await commitDecision(
      lease,
      request({ edgesAdded: [edge(died, kill)], incidents: [incident(cluster, 1)] }),
    );
    const read = await incidentGraph(graph, `INC-${cluster}`);
    expect(read?.events).toEqual([change, died, kill]);
    expect(read?.causes).toEqual([edge(died, kill)]);
    expect(read?.observedOn.filter(({ eventId }) => eventId === kill.id)).toHaveLength(4);
    expect(new Set(read?.entities.map((entity) => entity.label))).toEqual(
      new Set(['Node', 'Pod', 'Container', 'Workload']),
    );
    expect(read?.bonds.filter((bond) => bond.type === 'OWNS')).toHaveLength(3);

    const later = NOW_US + RETENTION_MS * 1000 + DAY_US;
    const outcome = await deleteExpired(lease, { nowUs: later, limit: 100 });
    expect(outcome).toMatchObject({ events: 1, incidents: 0 });
    expect(await count(graph, 'MATCH (e:Event {cluster: $cluster})', { cluster })).toBe(3);
    const muchLater = NOW_US + INCIDENT_RETENTION_MS * 1000 + DAY_US;
    expect(await deleteExpired(lease, { nowUs: muchLater, limit: 2 })).toMatchObject({
      events: 2,
      incidents: 1,
    });
    expect(await deleteExpired(lease, { nowUs: muchLater, limit: 2 })).toMatchObject({
      events: 1,
      incidents: 0,
    });
  });

  test('incidents are found by cluster, namespace, state, time and pod', async () => {
    const { cluster, lease } = await withChain();
    const mine = incident(cluster, 1);
    const other = incident(cluster, 1, {
      id: `INC-${cluster}-b`,
      state: 'closed',
      subject: { label: 'Workload', kind: 'Deployment', namespace: 'billing', name: 'ledger' },
      pods: [{ namespace: 'billing', name: 'ledger-1', uid: 'uid-9' }],
      lastSeenUs: NOW_US - 1000,
    });
    const taken = incident(cluster, 1, { id: `INC-${cluster}-c`, supersededBy: mine.id });
    await commitDecision(lease, request({ incidents: [mine, other, taken] }));
    const ids = async (query: object): Promise<string[]> =>
      (await listIncidents(graph, { cluster, limit: 10, ...query })).map(({ id }) => id);
    expect(await ids({})).toEqual([mine.id, other.id]);
    expect(await ids({ limit: 1 })).toEqual([mine.id]);
    expect(await ids({ namespaces: ['billing'] })).toEqual([other.id]);
    expect(await ids({ namespaces: [] })).toEqual([]);
    expect(await ids({ states: ['closed'] })).toEqual([other.id]);
    expect(await ids({ sinceUs: NOW_US - 10 })).toEqual([mine.id]);
    const found = async (query: { pod: string; namespace?: string }): Promise<string[]> =>
      (await findIncidentsOfPod(graph, { cluster, ...query })).map(({ id }) => id);
    expect(await found({ pod: 'ledger-1' })).toEqual([other.id]);
    expect(await found({ pod: 'ledger-1', namespace: 'shop' })).toEqual([]);
    expect(await found({ pod: 'Deployment/checkout' })).toEqual([mine.id]);
    expect(await found({ pod: 'checkout', namespace: 'shop' })).toEqual([mine.id]);
  });

  test('what an engine must know after a restart is read back', async () => {
    const { cluster, lease, change, kill, died } = await withChain();
    const decided = { edgesAdded: [edge(died, kill), edge(kill, change)], incidents: [incident(cluster, 4)] };
    await commitDecision(lease, request(decided));
    const known = await readKnownDecisions(graph, cluster, NOW_US + 1);
    expect(known.incidents).toEqual([incident(cluster, 4)]);
    expect(known.edges).toHaveLength(2);
    expect(known.edges).toEqual(expect.arrayContaining(decided.edgesAdded));
  });

  test('an incident that can’t be decoded is left out and counted', async () => {
    const { cluster, lease } = await withChain();
    await commitDecision(lease, request({ incidents: [incident(cluster, 1)] }));
    await graph.connection.run(`MATCH (i:Incident {cluster: $cluster}) SET i.detail = '{"id": 4}'`, {
      cluster,
    });
    const before = graph.unreadableIncidents;
    expect(await listIncidents(graph, { cluster, limit: 10 })).toEqual([]);
    expect(graph.unreadableIncidents).toBe(before + 1);
  });
});
