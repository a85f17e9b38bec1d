import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchSeededGraph, type SeededGraph } from '../graph/seeded-graph.ts';
import { buildForTest, type BuiltBackend } from '../host/example-backend.ts';
import { prepareGoHost, type GoAnswer, type GoFrame, type GoHost, type GoResult } from '../host/go-host.ts';

const ENTRY = fileURLToPath(new URL('../../backend/main.ts', import.meta.url));

let graph: SeededGraph | undefined;
let backend: BuiltBackend | undefined;
let host: GoHost | undefined;
let missing = toolsMissing();

beforeAll(async () => {
  if (missing === undefined) {
    const prepared = await prepareGoHost();
    if ('missing' in prepared) missing = prepared.missing;
    else host = prepared;
  }
  if (missing !== undefined) {
    process.stderr.write(`The datasource is not tested against a real graph: ${missing}\n`);
    return;
  }
  [graph, backend] = await Promise.all([launchSeededGraph(), buildForTest(ENTRY)]);
});
afterAll(async () => {
  await host?.[Symbol.asyncDispose]();
  await backend?.[Symbol.asyncDispose]();
  await graph?.[Symbol.asyncDispose]();
});
beforeEach((context) => {
  if (missing !== undefined) context.skip(missing);
});

function seeded(): SeededGraph {
  if (graph === undefined) throw new Error('there is no graph');
  return graph;
}

interface Settings {
  readonly role?: string;
  readonly url?: string;
  readonly password?: string;
  readonly jsonData?: Readonly<Record<string, unknown>>;
}

type Call = Readonly<Record<string, unknown>>;

async function run(settings: Settings, ...calls: readonly Call[]): Promise<readonly GoResult[]> {
  if (host === undefined || backend === undefined) throw new Error('there is no host');
  const { server } = seeded();
  const context = {
    orgId: 1,
    pluginId: 'tapio-datasource',
    user: { login: 'ada', role: settings.role ?? 'Editor' },
    datasource: {
      uid: 'tapio-graph',
      name: 'Tapio',
      url: settings.url ?? server.boltUrl,
      user: server.user,
      jsonData: settings.jsonData ?? {},
      secrets: { password: settings.password ?? server.password },
      updatedMs: 1,
    },
  };
  const { results, exited } = await host.run(backend.launcher, {
    calls: calls.map((call) => ({ context, ...call })),
  });
  expect(exited).toBe(true);
  return results;
}

/** All queries in one request, as a dashboard sends them: each starts no process of its own. */
async function askAll(
  queries: Readonly<Record<string, { readonly queryType: string; readonly json: Call }>>,
  settings: Settings = {},
  headers: Record<string, string> = {},
): Promise<Readonly<Record<string, GoAnswer>>> {
  const diedMs = seeded().seed.diedUs / 1000;
  const common = {
    intervalMs: 60_000,
    maxDataPoints: 100,
    fromMs: diedMs - 3_600_000,
    toMs: diedMs + 3_600_000,
  };
  const asked = Object.entries(queries).map(([refId, query]) => ({ refId, ...common, ...query }));
  const [result] = await run(settings, { kind: 'query', queries: asked, headers });
  if (result?.answers === undefined) throw new Error(`no answer: ${result?.error ?? ''}`);
  return result.answers;
}

async function ask(
  queryType: string,
  json: Call,
  settings: Settings = {},
  headers: Record<string, string> = {},
): Promise<GoAnswer> {
  const { A: answer } = await askAll({ A: { queryType, json } }, settings, headers);
  if (answer === undefined) throw new Error('query A was not answered');
  return answer;
}

/** Values of a column; the Go host writes 64-bit integers and times (in nanoseconds) as text. */
function column(frame: GoFrame | undefined, name: string): readonly unknown[] | undefined {
  return frame?.fields.find((field) => field.name === name)?.values;
}

describe('health', () => {
  const health = async (settings: Settings) => (await run(settings, { kind: 'health' }))[0]?.health;

  test('a graph that can be read', async () => {
    expect(await health({})).toMatchObject({
      status: 'OK',
      message: 'Connected to the graph, and there are incidents in it.',
    });
  });
  test('a wrong password says what to do, and does not repeat it', async () => {
    const password = randomBytes(9).toString('hex');
    const report = await health({ password });
    expect(report).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(/refused user and password/) as string,
    });
    expect(report?.message).not.toContain(password);
  });
  test('nothing that listens', async () => {
    expect(await health({ url: 'bolt://127.0.0.1:1' })).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(/cannot be reached.*Nothing listens there/s) as string,
    });
  });
  test('a database that is not there', async () => {
    expect(await health({ jsonData: { database: 'absent' } })).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(/no such database/) as string,
    });
  });
  test('TLS to a server without it', async () => {
    expect(await health({ jsonData: { tlsMode: 'system' } })).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(/cannot be reached/) as string,
    });
  });
  test('settings that are wrong', async () => {
    expect(await health({ url: 'http://neo4j:7474' })).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(/no Bolt address/) as string,
    });
  });
});

describe('queries, decoded by Grafana’s own library', () => {
  test('the root cause of a pod: a node graph from the change to the death, and the chain', async () => {
    const { seed } = seeded();
    const { frames } = await ask('rootCause', { namespace: 'shop', pod: seed.death.podName });
    const [nodes, edges, chain] = frames;
    expect(frames.map(({ name }) => name)).toEqual(['nodes', 'edges', 'chain']);
    const ids = column(nodes, 'id') ?? [];
    expect(ids).toEqual(expect.arrayContaining([seed.change.id, seed.kill.id, seed.death.id]));
    expect(column(nodes, 'title')).toEqual(
      expect.arrayContaining(['pod spec changed', 'OOM kill', 'container died']),
    );
    const arrows = (column(edges, 'source') ?? []).map((source, row) => [
      source,
      column(edges, 'target')?.[row],
    ]);
    expect(arrows).toEqual(
      expect.arrayContaining([
        [seed.change.id, seed.kill.id],
        [seed.kill.id, seed.death.id],
      ]),
    );
    for (const end of arrows.flat()) expect(ids).toContain(end);
    expect(column(chain, 'role')).toEqual(['change', 'cause', 'effect']);
    expect(nodes?.meta).toMatchObject({ preferredVisualisationType: 'nodeGraph' });
  });

  test('incidents for people, the newest first', async () => {
    const [frame] = (await ask('incidents', {})).frames;
    expect(column(frame, 'incident')).toEqual(['INC-7Q4F2K9M', 'INC-BILL0001']);
    expect(column(frame, 'change')).toEqual(['limits.memory 256Mi -> 32Mi', null]);
  });

  test('incidents for alerting: texts and exactly one number', async () => {
    const model = { format: 'alert', kinds: ['crash_loop'], verdicts: ['Likely', 'Possible'] };
    const [frame] = (await ask('incidents', model, { role: 'Admin' }, { FromAlert: 'true' })).frames;
    expect(frame?.fields.filter(({ type }) => !type.includes('string')).map(({ name }) => name)).toEqual([
      'open',
    ]);
    expect(column(frame, 'open')).toEqual(['1']);
    expect(column(frame, 'cause')).toEqual(['oom_limit_lowered']);
  });

  test('the timeline of an incident and of a pod', async () => {
    const { seed } = seeded();
    const ofIncident = (await ask('timeline', { incident: seed.incident.id })).frames[0];
    expect(column(ofIncident, 'id')).toEqual([seed.change.id, seed.death.id, seed.kill.id]);
    const ofPod = (await ask('timeline', { namespace: 'shop', pod: seed.death.podName })).frames[0];
    expect(column(ofPod, 'id')).toEqual([seed.change.id, seed.death.id, seed.kill.id]);
    expect((await ask('timeline', { namespace: 'billing' })).frames[0]?.rows).toBe(1);
  });

  test('Cypher as a table, with macros and a variable as parameters', async () => {
    const cypher =
      'MATCH (e:Event) WHERE $__timeFilter(e.ts) AND e.namespace = ${namespace} RETURN e.type AS type, e.exit_code AS code, e.ts AS ts ORDER BY e.ts LIMIT $__limit';
    const { frames, error } = await ask('table', { cypher, parameters: { namespace: 'shop' } });
    expect(error).toBeUndefined();
    expect(column(frames[0], 'type')).toEqual(['pod_spec_changed', 'container_died', 'oom_kill']);
    expect(column(frames[0], 'code')).toEqual([null, '137', null]);
    const nasty = "x' OR 1=1 OR e.namespace = '";
    expect((await ask('table', { cypher, parameters: { namespace: nasty } })).frames[0]?.rows).toBe(0);
  });

  test('every kind of value that Neo4j has', async () => {
    const cypher = `UNWIND [1, 2] AS n RETURN n, n / 2.0 AS half, 9007199254740993 AS big, datetime('2026-11-24T20:24:41.123456789Z') AS at,
      date('2026-11-24') AS day, duration('P1D') AS long, point({x: 1, y: 2}) AS point, [1, {a: null}] AS nested, null AS nothing, CASE n WHEN 1 THEN 'a' ELSE 2 END AS mixed`;
    const { frames, error } = await ask('table', { cypher });
    expect(error).toBeUndefined();
    const kinds = Object.fromEntries(
      (frames[0]?.fields ?? []).map(({ name, type }) => [name, type.replace('*', '').replace('[]', '')]),
    );
    expect(kinds).toMatchObject({
      n: expect.stringContaining('int64') as string,
      half: expect.stringContaining('float64') as string,
      big: expect.stringContaining('string') as string,
      at: expect.stringContaining('time') as string,
      mixed: expect.stringContaining('string') as string,
    });
    expect(column(frames[0], 'big')).toEqual(['9007199254740993', '9007199254740993']);
    expect(column(frames[0], 'mixed')).toEqual(['a', '2']);
    expect(column(frames[0], 'at')?.[0]).toBe('1795551881123456789');
  });

  test('Cypher as a node graph: the original’s question, unchanged', async () => {
    const { seed } = seeded();
    const cypher = `MATCH path=(crash:Event {type:'container_died'})-[:CAUSED_BY*1..5]->(root:Event) WHERE crash.pod_name='${seed.death.podName ?? ''}' RETURN path`;
    const [nodes, edges] = (await ask('graph', { cypher })).frames;
    expect(nodes?.rows).toBe(3);
    expect(column(edges, 'mainstat')).toEqual(['CAUSED_BY', 'CAUSED_BY']);
  });

  test('Cypher as a time series, wide', async () => {
    const cypher =
      'MATCH (e:Event) WHERE $__timeFilter(e.ts) RETURN e.ts - e.ts % ($__interval_ms * 1000) AS time, e.source AS source, count(*) AS events';
    const [frame] = (await ask('timeSeries', { cypher })).frames;
    expect(frame?.timeSeriesType).toBe('wide');
    expect(
      frame?.fields
        .slice(1)
        .map(({ labels }) => labels?.['source'])
        .sort(),
    ).toEqual(['kernel', 'kubelet']);
  });

  test('Cypher that does more than read, or is wrong, is refused and leaves the graph as it was', async () => {
    const refused: readonly (readonly [cypher: string, status: number, message: RegExp])[] = [
      ['CREATE (n:Event {id: "x"})', 403, /Only queries that read/],
      ['MATCH (n) DETACH DELETE n', 403, /Only queries that read/],
      ["LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line", 403, /LOAD CSV/],
      ['CALL dbms.listConfig() YIELD name RETURN name', 403, /Only queries that read/],
      ['MATCH (n RETURN n', 400, /Invalid input|expected/i],
      ['RETURN $absent', 400, /no variable "absent"/],
    ];
    const queries = refused.map(
      ([cypher], row) => [`Q${row}`, { queryType: 'table', json: { cypher } }] as const,
    );
    const answers = await askAll(Object.fromEntries(queries));
    for (const [row, [cypher, status, message]] of refused.entries()) {
      expect({ cypher, ...answers[`Q${row}`] }).toMatchObject({
        cypher,
        status,
        errorSource: 'downstream',
        error: expect.stringMatching(message) as string,
      });
    }
    const count = await ask('table', { cypher: 'MATCH (e:Event) RETURN count(e) AS events' });
    expect(column(count.frames[0], 'events')).toEqual(['4']);
  });

  test('rows above the limit are cut, and a query that takes too long is ended', async () => {
    const cut = await ask(
      'table',
      { cypher: 'UNWIND range(1, 50) AS n RETURN n' },
      { jsonData: { rowLimit: 10 } },
    );
    expect(cut.frames[0]).toMatchObject({ rows: 10, meta: { notices: [{ severity: 'warning' }] } });
    const slow = await ask(
      'table',
      { cypher: 'UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS n' },
      { jsonData: { timeoutSeconds: 1 } },
    );
    expect(slow).toMatchObject({
      status: 504,
      error: expect.stringMatching(/longer than the datasource allows/) as string,
    });
  });
});

describe('a Viewer of one namespace', () => {
  const viewer: Settings = { role: 'Viewer', jsonData: { viewerNamespaces: ['shop'] } };

  test('may not run Cypher', async () => {
    expect(await ask('table', { cypher: 'RETURN 1' }, viewer)).toMatchObject({
      status: 403,
      error: expect.stringMatching(/role Editor/) as string,
    });
  });
  test('sees incidents and causes of that namespace only', async () => {
    expect(column((await ask('incidents', {}, viewer)).frames[0], 'incident')).toEqual(['INC-7Q4F2K9M']);
    expect((await ask('rootCause', { incident: 'INC-BILL0001' }, viewer)).frames[0]?.rows).toBe(0);
    expect(await ask('timeline', { namespace: 'billing' }, viewer)).toMatchObject({ status: 403 });
  });
  test('finds namespaces, pods and incidents through the resources alike', async () => {
    const calls = ['namespaces', 'pods', 'incident/INC-BILL0001', 'incident/INC-7Q4F2K9M'].map((path) => ({
      kind: 'resource',
      method: 'GET',
      path,
      url: path,
    }));
    const answers = (await run(viewer, ...calls)).map(({ resource }) => ({
      status: resource?.status,
      body: JSON.parse(resource?.body ?? '{}') as Record<string, unknown>,
    }));
    expect(answers[0]?.body).toEqual({ namespaces: ['shop'] });
    expect(answers[1]?.body).toEqual({
      pods: [{ namespace: 'shop', name: seeded().seed.death.podName, isGone: false }],
    });
    expect(answers[2]?.status).toBe(404);
    expect(answers[3]).toMatchObject({
      status: 200,
      body: { mayRunCypher: false, incident: { id: 'INC-7Q4F2K9M' } },
    });
    expect(answers[3]?.body['events']).toHaveLength(3);
  });
});

test('metrics of the plugin are scraped with the SDK’s', async () => {
  const { diedUs } = seeded().seed;
  const query = {
    refId: 'A',
    queryType: 'incidents',
    fromMs: diedUs / 1000 - 1000,
    toMs: diedUs / 1000,
    json: {},
  };
  const [, scraped] = await run({}, { kind: 'query', queries: [query] }, { kind: 'metrics' });
  expect(scraped?.metrics).toContain('tapio_plugin_queries_total{query_type="incidents",outcome="ok"} 1');
  expect(scraped?.metrics).toContain('tapio_plugin_graph_read_duration_seconds_count{read="list_incidents"}');
});
