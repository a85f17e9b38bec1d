import { LABELS, VOCABULARY, type Incident } from '@tapio/domain';
import { containerDied, oomKill } from '@tapio/domain/testing';
import { describe, expect, test } from 'vitest';
import type { Call, ResourceRequest } from '../sdk/index.ts';
import { CallHeaders, createLogger } from '../sdk/index.ts';
import type { Datasource } from '../instance.ts';
import { aCall, anIncident, rows, type CallOver, type RecordedReader } from '../testing/fixtures.ts';
import { incidentCypher } from './cypher-texts.ts';
import { resourceRouter } from './router.ts';

const VIEWER: CallOver = { role: 'Viewer', jsonData: { viewerNamespaces: ['shop'] } };

async function get(
  address: string,
  over: CallOver = {},
  prepare: (reader: RecordedReader) => void = () => undefined,
) {
  const { pathname, searchParams } = new URL(address, 'http://x');
  const request: ResourceRequest = {
    method: 'GET',
    path: pathname,
    searchParams,
    body: new Uint8Array(),
    json: () => undefined,
  };
  const given = aCall(over);
  prepare(given.reader);
  const call: Call<Datasource> = {
    ...given,
    headers: new CallHeaders([]),
    logger: createLogger({ write: () => undefined }),
  };
  const { status, body } = await resourceRouter().handle(request, call);
  return {
    status,
    body: JSON.parse(typeof body === 'string' ? body : '') as Record<string, unknown>,
    reader: given.reader,
  };
}

test('namespaces are those that the caller may see', async () => {
  const prepare = (reader: RecordedReader): void => {
    reader.result = rows(['namespace'], ['billing'], ['shop'], [null]);
  };
  expect((await get('/namespaces', {}, prepare)).body).toEqual({ namespaces: ['billing', 'shop'] });
  expect((await get('/namespaces', VIEWER, prepare)).body).toEqual({ namespaces: ['shop'] });
});

test('pods say whether they are gone, and those of other namespaces are left out', async () => {
  const prepare = (reader: RecordedReader): void => {
    reader.result = rows(
      ['namespace', 'name', 'first_seen', 'gone'],
      ['shop', 'a-1', 1, 0],
      ['billing', 'b-1', 1, 1],
    );
  };
  const { body, reader } = await get('/pods?namespace=shop', {}, prepare);
  expect(body).toEqual({
    pods: [
      { namespace: 'shop', name: 'a-1', isGone: false },
      { namespace: 'billing', name: 'b-1', isGone: true },
    ],
  });
  expect(reader.cypherCalls[0]?.parameters).toEqual({ namespace: 'shop', limit: 5000 });
  expect((await get('/pods', VIEWER, prepare)).body).toEqual({
    pods: [{ namespace: 'shop', name: 'a-1', isGone: false }],
  });
  await expect(get('/pods?namespace=billing', VIEWER, prepare)).rejects.toMatchObject({ status: 403 });
});

describe('incidents', () => {
  const prepare = (reader: RecordedReader): void => {
    reader.incidents = [anIncident(), anIncident({ id: 'INC-2', state: 'closed' })];
  };
  const range = `from=${anIncident().firstSeenUs / 1000}&to=${anIncident().lastSeenUs / 1000}`;

  test('of a time range and by filters, which may be given several times', async () => {
    const { body } = await get(`/incidents?${range}&states=closed&states=muted`, {}, prepare);
    expect((body['incidents'] as Incident[]).map(({ id }) => id)).toEqual(['INC-2']);
    expect(body['isCut']).toBe(false);
  });
  test('at most as many as asked for', async () => {
    expect((await get(`/incidents?${range}&limit=1`, {}, prepare)).body).toMatchObject({
      incidents: [{ id: 'INC-2' }],
      isCut: true,
    });
  });
  test('of the last day when no time is given', async () => {
    expect((await get('/incidents', {}, prepare)).body).toMatchObject({
      incidents: [{ id: 'INC-7Q4F2K9M' }],
    });
  });
  test('times that are none are refused', async () => {
    await expect(get('/incidents?from=yesterday', {}, prepare)).rejects.toThrow(
      /"from" must be milliseconds/,
    );
  });
});

describe('one incident', () => {
  const prepare = (reader: RecordedReader): void => {
    reader.incidents = [anIncident()];
    reader.graph = { ...reader.graph, events: [oomKill(), containerDied()] };
  };

  test('comes with its events in the order of time, in words, and the Cypher behind it', async () => {
    const { body } = await get('/incident/INC-7Q4F2K9M', {}, prepare);
    expect(body).toMatchObject({
      incident: { id: 'INC-7Q4F2K9M' },
      events: [
        { id: containerDied().id, severity: 'error', source: 'kubelet', timeUs: containerDied().timestamp },
        {
          id: oomKill().id,
          summary: 'OOM killer killed java (pid 6344): 32 MiB of 32 MiB, limit of the container',
        },
      ],
      mayRunCypher: true,
    });
  });
  test('says how many events it stands on, and how many symptoms it only counts', async () => {
    const few = await get('/incident/INC-7Q4F2K9M', {}, (reader) => {
      const known = { symptomEventIds: ['d1'], evidenceEventIds: ['d1', 'k1'], count: 1 };
      reader.incidents = [{ ...anIncident(), ...known }];
    });
    expect(few.body).toMatchObject({ evidence: '2 events, capture complete' });
    expect(few.body).not.toHaveProperty('unlisted');
    const many = await get('/incident/INC-7Q4F2K9M', {}, (reader) => {
      const known = { symptomEventIds: ['d1', 'd2'], evidenceEventIds: ['d1', 'k1'], count: 54 };
      reader.incidents = [{ ...anIncident(), ...known }];
    });
    expect(many.body).toMatchObject({
      evidence: '2 events, 53 earlier symptoms are counted only, capture complete',
      unlisted: '53 earlier symptoms are counted only',
    });
  });
  test('comes without what a Viewer may not see', async () => {
    const { body } = await get('/incident/INC-7Q4F2K9M', VIEWER, prepare);
    expect(body).toMatchObject({ incident: { touched: ['shop/frontend: refused'] }, mayRunCypher: false });
  });
  test.each(['INC-0', "x' OR 1=1", '..'])('%s is not found, with why', async (id) => {
    await expect(get(`/incident/${encodeURIComponent(id)}`, {}, prepare)).rejects.toThrow(
      id === '..' ? /no resource/ : /There is no incident/,
    );
  });
  test('an id that could end the text of the Cypher does not get into it', () => {
    expect(incidentCypher("x' OR 1=1 //").cause).not.toContain('OR 1=1');
    expect(incidentCypher('INC-1').incident).toBe("MATCH (i:Incident {id: 'INC-1'}) RETURN i");
  });
});

test('the schema is that of the domain', async () => {
  const { body, reader } = await get('/schema', { role: 'Viewer' });
  expect(body['labels']).toEqual(LABELS);
  expect((body['eventTypes'] as { name: string }[]).map(({ name }) => name)).toEqual(Object.keys(VOCABULARY));
  expect((body['eventProperties'] as { name: string }[]).map(({ name }) => name)).toContain('limit_bytes');
  expect(reader.cypherCalls).toEqual([]);
});
