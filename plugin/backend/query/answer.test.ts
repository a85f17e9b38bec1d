import { containerDied, hostOomKill, oomKill } from '@tapio/domain/testing';
import type { GraphNode } from '@tapio/store';
import { eventProperties } from '@tapio/domain';
import { describe, expect, test } from 'vitest';
import { downstreamError, encodeFrame } from '../sdk/index.ts';
import {
  aCall,
  aNodeIncident,
  anIncident,
  aQuery,
  columnsOf,
  DIED_US,
  rows,
  type CallOver,
} from '../testing/fixtures.ts';
import { answerQuery } from './answer.ts';

const VIEWER: CallOver = { role: 'Viewer', jsonData: { viewerNamespaces: ['shop'] } };

function noticesOf(frame: { meta: { notices?: readonly { text: string }[] } } | undefined): string {
  return (frame?.meta.notices ?? []).map(({ text }) => text).join('\n');
}

describe('root cause', () => {
  test('of a pod: nodes and edges from cause to effect, and the chain', async () => {
    const call = aCall();
    call.reader.incidents = [anIncident()];
    const frames = await answerQuery(
      aQuery('rootCause', { namespace: 'shop', pod: 'checkout-7d9c6b5f4-x2lqv' }),
      call,
    );
    const [nodes, edges, chain] = frames.map(columnsOf);
    expect(nodes?.['title']).toEqual(['container died', 'OOM kill']);
    expect(nodes?.['arc__cause']).toEqual([0, 1]);
    expect(edges?.['source']).toEqual([oomKill().id]);
    expect(edges?.['target']).toEqual([containerDied().id]);
    expect(chain?.['what']).toEqual(['OOM killer killed java', 'container report died, exit 137']);
    expect(noticesOf(frames[0])).toContain('Likely (0.97)');
    for (const frame of frames) expect(() => encodeFrame(frame)).not.toThrow();
  });

  test('with the objects that events were seen on, where the query asks for them', async () => {
    const call = aCall();
    call.reader.incidents = [anIncident()];
    const query = aQuery('rootCause', { incident: 'INC-7Q4F2K9M', showEntities: true });
    const [nodes, edges] = (await answerQuery(query, call)).map(columnsOf);
    expect(nodes?.['title']).toEqual(['container died', 'OOM kill', 'checkout-1']);
    expect(edges?.['target']).toEqual([containerDied().id, 'test/Pod/pod-1']);
  });

  test('as the chain alone, with who made the change', async () => {
    const call = aCall();
    const { chain, subject } = anIncident();
    const change = {
      eventId: oomKill().id,
      timeUs: DIED_US,
      object: subject,
      words: 'limits.memory 256Mi -> 32Mi',
      actor: 'via kubectl-patch; user unknown',
    };
    call.reader.incidents = [anIncident({ chain, change })];
    const frames = await answerQuery(aQuery('rootCause', { incident: 'INC-7Q4F2K9M', show: 'chain' }), call);
    expect(frames.map(({ name }) => name)).toEqual(['chain']);
    expect(columnsOf(frames[0])['what']).toEqual([
      'OOM killer killed java, via kubectl-patch; user unknown',
      'container report died, exit 137',
    ]);
  });

  test('says how many events are left to the timeline', async () => {
    const call = aCall();
    call.reader.incidents = [anIncident()];
    const more = Array.from({ length: 15 }, (_, index) => ({ ...hostOomKill(), id: `other-${index}` }));
    call.reader.graph = { ...call.reader.graph, events: [...call.reader.graph.events, ...more] };
    const [nodes] = await answerQuery(aQuery('rootCause', { incident: 'INC-7Q4F2K9M' }), call);
    expect(nodes?.rowCount).toBe(12);
    expect(noticesOf(nodes)).toContain('5 more events of evidence are in the timeline');
  });

  test('says where evidence may be missing', async () => {
    const call = aCall();
    call.reader.incidents = [anIncident({ gaps: ['the agent was down'] })];
    expect(
      noticesOf((await answerQuery(aQuery('rootCause', { incident: 'INC-7Q4F2K9M' }), call))[0]),
    ).toContain('Evidence may be missing: the agent was down');
  });

  test.each([
    [{ pod: 'other' }, /no incident of pod other/],
    [{ incident: 'INC-0' }, /no incident INC-0/],
    [{ pod: 'checkout-7d9c6b5f4-x2lqv', namespace: 'elsewhere' }, /no incident of pod checkout/],
    [{}, /Choose an incident or a pod/],
  ])('of nothing (%j) is an empty graph that says why', async (model, text) => {
    const call = aCall();
    call.reader.incidents = [anIncident()];
    const [nodes, edges] = await answerQuery(aQuery('rootCause', model), call);
    expect([nodes?.rowCount, edges?.rowCount]).toEqual([0, 0]);
    expect(noticesOf(nodes)).toMatch(text);
  });

  test('of another namespace is refused to a Viewer, and not told by its id either', async () => {
    const subject = { label: 'Workload' as const, kind: 'Deployment', namespace: 'billing', name: 'ledger' };
    const call = aCall(VIEWER);
    call.reader.incidents = [anIncident({ subject })];
    await expect(
      answerQuery(aQuery('rootCause', { namespace: 'billing', pod: 'x' }), call),
    ).rejects.toMatchObject({ status: 403 });
    const [nodes] = await answerQuery(aQuery('rootCause', { incident: 'INC-7Q4F2K9M' }), call);
    expect(nodes?.rowCount).toBe(0);
  });

  test('leaves out what a Viewer may not see, and draws no edge to it', async () => {
    const call = aCall(VIEWER);
    call.reader.incidents = [aNodeIncident()];
    call.reader.graph = {
      ...call.reader.graph,
      events: [oomKill({ namespace: 'billing' }), containerDied()],
    };
    const query = aQuery('rootCause', { incident: 'INC-NODE0001', showEntities: true });
    const [nodes, edges] = (await answerQuery(query, call)).map(columnsOf);
    expect(nodes?.['id']).toEqual([containerDied().id, 'test/Pod/pod-1']);
    expect(edges?.['source']).toEqual([containerDied().id]);
  });
});

describe('incidents', () => {
  test('as a table, with the page of each', async () => {
    const call = aCall();
    call.reader.incidents = [anIncident()];
    const [frame] = await answerQuery(aQuery('incidents'), call);
    expect(columnsOf(frame)).toMatchObject({
      incident: ['INC-7Q4F2K9M'],
      verdict: ['Likely'],
      count: [3],
      cause: ['oom_limit_lowered'],
      last_seen: [BigInt(DIED_US) * 1000n],
    });
    expect(frame?.fields.find(({ name }) => name === 'incident')?.config?.links?.[0]?.url).toBe(
      '/a/tapio-app/incidents/${__value.raw}?ds=tapio-graph',
    );
  });

  test('for alerting: exactly one number, zero for what is over', async () => {
    const call = aCall({ role: 'Admin', isAlert: true });
    call.reader.incidents = [anIncident(), anIncident({ id: 'INC-CLOSED01', state: 'closed' })];
    const [frame] = await answerQuery(aQuery('incidents', { format: 'alert' }), call);
    expect(frame?.fields.filter(({ type }) => type !== 'string').map(({ name }) => name)).toEqual(['open']);
    expect(columnsOf(frame)).toMatchObject({
      incident: ['INC-7Q4F2K9M', 'INC-CLOSED01'],
      open: [1, 0],
      cause: ['oom_limit_lowered', 'oom_limit_lowered'],
    });
  });

  test('for alerting: all well is a row of zero and never "no data"', async () => {
    const [frame] = await answerQuery(
      aQuery('incidents', { format: 'alert' }),
      aCall({ role: 'Admin', isAlert: true }),
    );
    expect(columnsOf(frame)).toMatchObject({ incident: ['none'], cause: ['none'], open: [0] });
    expect(frame?.rowCount).toBe(1);
  });

  test('as annotations, from the first symptom to the last', async () => {
    const call = aCall();
    call.reader.incidents = [anIncident()];
    const [frame] = await answerQuery(aQuery('incidents', { format: 'annotations' }), call);
    expect(columnsOf(frame)).toMatchObject({
      time: [BigInt(DIED_US - 60_000_000) * 1000n],
      timeEnd: [BigInt(DIED_US) * 1000n],
      tags: ['crash_loop,oom_limit_lowered'],
      id: ['INC-7Q4F2K9M'],
    });
  });

  test('a quiet one that is still open is shown, a closed one only in its time', async () => {
    const call = aCall();
    const long = { firstSeenUs: DIED_US - 9e11, lastSeenUs: DIED_US - 8e11 };
    call.reader.incidents = [
      anIncident({ id: 'INC-OPEN', ...long }),
      anIncident({ id: 'INC-OVER', state: 'closed', ...long }),
      anIncident({ id: 'INC-LATER', firstSeenUs: DIED_US + 9e11, lastSeenUs: DIED_US + 9e11 }),
    ];
    expect(columnsOf((await answerQuery(aQuery('incidents'), call))[0])['incident']).toEqual(['INC-OPEN']);
  });

  test.each<[Record<string, unknown>, string[]]>([
    [{ kinds: ['latency'] }, ['INC-LATE']],
    [{ states: ['muted'] }, ['INC-MUTE']],
    [{ verdicts: ['Possible'] }, ['INC-LATE']],
    [{ search: 'NODE' }, ['INC-NODE0001']],
    [{ clusters: ['elsewhere'] }, []],
    [{ namespaces: ['billing'] }, ['INC-NODE0001']],
  ])('chosen by %j', async (model, ids) => {
    const call = aCall();
    call.reader.incidents = [
      anIncident({
        id: 'INC-LATE',
        kind: 'latency',
        verdict: { word: 'Possible', score: 0.5, status: 'settled' },
      }),
      anIncident({ id: 'INC-MUTE', state: 'muted' }),
      aNodeIncident(),
    ];
    expect(columnsOf((await answerQuery(aQuery('incidents', model), call))[0])['incident']).toEqual(ids);
  });

  test('a Viewer asks the graph for their namespaces only, even when the query names others', async () => {
    const call = aCall(VIEWER);
    call.reader.incidents = [anIncident(), aNodeIncident()];
    const [own] = await answerQuery(aQuery('incidents', { namespaces: ['shop', 'billing'] }), call);
    expect(columnsOf(own)['incident']).toEqual(['INC-7Q4F2K9M', 'INC-NODE0001']);
    expect(call.reader.incidentCalls.flatMap(({ namespaces }) => namespaces ?? [])).toEqual(['shop', 'shop']);
    const [others] = await answerQuery(aQuery('incidents', { namespaces: ['billing'] }), call);
    expect(others?.rowCount).toBe(0);
  });

  test('more than the limit are cut, and that is said', async () => {
    const call = aCall({ jsonData: { rowLimit: 2 } });
    call.reader.incidents = ['A', 'B', 'C'].map((id) => anIncident({ id }));
    const [frame] = await answerQuery(aQuery('incidents', { limit: 50 }), call);
    expect(frame?.rowCount).toBe(2);
    expect(noticesOf(frame)).toMatch(/first 2 rows; there are more/);
  });
});

const eventNode = (event = containerDied()): GraphNode => ({
  kind: 'node',
  elementId: `4:${event.id}`,
  labels: ['Event'],
  properties: eventProperties(event),
});

describe('timeline', () => {
  test('of an incident: its events in the order of time', async () => {
    const call = aCall();
    call.reader.incidents = [anIncident()];
    const [frame] = await answerQuery(aQuery('timeline', { incident: 'INC-7Q4F2K9M' }), call);
    expect(columnsOf(frame)).toMatchObject({
      severity: ['error', 'error'],
      id: [containerDied().id, oomKill().id],
    });
    expect(frame?.meta).toMatchObject({ type: 'log-lines', preferredVisualisationType: 'logs' });
  });

  test('of a pod: what the graph holds, through an index, with values as parameters', async () => {
    const call = aCall();
    call.reader.result = rows(['e'], [eventNode(oomKill())], [eventNode()], ['no node']);
    const [frame] = await answerQuery(aQuery('timeline', { namespace: 'shop', pod: "a' OR 1=1" }), call);
    expect(frame?.rowCount).toBe(2);
    const [sent] = call.reader.cypherCalls;
    expect(sent?.parameters).toMatchObject({ namespace: 'shop', pod: "a' OR 1=1", limit: 1000 });
    expect(sent?.text).not.toContain('OR 1=1');
    expect(sent?.text).toContain('e.type IN $types AND e.pod_name = $pod');
  });

  test('a Viewer of some namespaces must name one of them', async () => {
    await expect(answerQuery(aQuery('timeline', { pod: 'a-1' }), aCall(VIEWER))).rejects.toThrow(
      /Choose the namespace/,
    );
    await expect(
      answerQuery(aQuery('timeline', { namespace: 'billing' }), aCall(VIEWER)),
    ).rejects.toMatchObject({ status: 403 });
  });

  test('of nothing says what to choose', async () => {
    expect(noticesOf((await answerQuery(aQuery('timeline'), aCall()))[0])).toContain(
      'Choose an incident or a pod',
    );
  });
});

describe('Cypher', () => {
  test.each(['graph', 'table', 'timeSeries'])(
    'as %s is refused to Viewers before anything is sent',
    async (type) => {
      const call = aCall({ role: 'Viewer' });
      await expect(answerQuery(aQuery(type, { cypher: 'RETURN 1' }), call)).rejects.toMatchObject({
        status: 403,
      });
      expect(call.reader.cypherCalls).toEqual([]);
      expect(await call.instance.metrics.registry.metrics()).toContain(
        `tapio_plugin_queries_total{query_type="${type}",outcome="refused"} 1`,
      );
    },
  );

  test('is sent with limits of the datasource, and shown in the inspector', async () => {
    const call = aCall({ jsonData: { rowLimit: 7, timeoutSeconds: 3 } });
    call.reader.result = { ...rows(['n'], [1]), isCut: true };
    const [frame] = await answerQuery(
      aQuery('table', { cypher: 'RETURN $a AS n LIMIT $__limit', parameters: { a: 'x' } }),
      call,
    );
    expect(call.reader.cypherCalls).toEqual([
      {
        text: 'RETURN $a AS n LIMIT $__limit',
        parameters: { a: 'x', __limit: 7 },
        rowLimit: 7,
        timeoutMs: 3000,
      },
    ]);
    expect(frame?.meta.executedQueryString).toBe('RETURN $a AS n LIMIT $__limit');
    expect(noticesOf(frame)).toMatch(/first 7 rows/);
  });

  test('a failure of the graph is the graph’s, and counted', async () => {
    const call = aCall();
    call.reader.failure = downstreamError('Neo4j cannot be reached.', { status: 503 });
    await expect(answerQuery(aQuery('table', { cypher: 'RETURN 1' }), call)).rejects.toMatchObject({
      status: 503,
      source: 'downstream',
    });
    expect(await call.instance.metrics.registry.metrics()).toContain('outcome="failed"} 1');
  });
});
