import { dateTime, type DataQueryRequest, type DataQueryResponse } from '@grafana/data';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { instanceSettings } from '../testing/datasource.ts';
import { anIncident } from '../testing/incident.ts';
import { annotationSupport } from './annotations.ts';
import { TapioDatasource } from './datasource.ts';
import type { TapioVariableQuery } from './types.ts';

const getResource = jest.fn<Promise<unknown>, [string, object?]>();
const query = jest.fn<Observable<DataQueryResponse>, [unknown]>();

jest.mock('@grafana/runtime', () => {
  class DataSourceWithBackend {
    uid = 'tapio-graph';
    getRef = () => ({ uid: this.uid, type: 'tapio-datasource' });
    getResource = (path: string, params?: object) => getResource(path, params);
    query = (request: unknown) => query(request);
  }
  const getTemplateSrv = () => ({
    replace: (text: string) => text.replace('$namespace', 'shop'),
    getVariables: () => [],
  });
  return { DataSourceWithBackend, getTemplateSrv };
});

const datasource = new TapioDatasource(instanceSettings());

function request(target: Partial<TapioVariableQuery>): DataQueryRequest<TapioVariableQuery> {
  const range = { from: dateTime(1_000), to: dateTime(2_000) };
  return {
    targets: [{ refId: 'variable', ...target }],
    range: { ...range, raw: range },
    scopedVars: {},
  } as DataQueryRequest<TapioVariableQuery>;
}

async function options(target: Partial<TapioVariableQuery>): Promise<unknown> {
  const variables = datasource.variables as unknown as { query(of: unknown): Observable<DataQueryResponse> };
  const { data } = await lastValueFrom(variables.query(request(target)));
  const [frame] = data as Array<{ fields: Array<{ name: string; values: unknown[] }> }>;
  return Object.fromEntries((frame?.fields ?? []).map(({ name, values }) => [name, values]));
}

describe('a dashboard variable', () => {
  test('offers namespaces', async () => {
    getResource.mockResolvedValueOnce({ namespaces: ['billing', 'shop'] });
    expect(await options({ kind: 'namespaces' })).toEqual({
      text: ['billing', 'shop'],
      value: ['billing', 'shop'],
    });
  });
  test('offers pods of a namespace that is a variable itself, and says which are gone', async () => {
    getResource.mockResolvedValueOnce({ pods: [{ namespace: 'shop', name: 'a-1', isGone: true }] });
    expect(await options({ kind: 'pods', namespace: '$namespace' })).toEqual({
      text: ['a-1 (gone)'],
      value: ['a-1'],
    });
    expect(getResource).toHaveBeenLastCalledWith('pods', { namespace: 'shop' });
  });
  test('offers the incidents of the time range', async () => {
    getResource.mockResolvedValueOnce({ incidents: [anIncident()] });
    expect(await options({ kind: 'incidents' })).toEqual({
      text: [`INC-7Q4F2K9M ${anIncident().headline}`],
      value: ['INC-7Q4F2K9M'],
    });
    expect(getResource).toHaveBeenLastCalledWith('incidents', { from: 1_000, to: 2_000 });
  });
  test('takes value and text from the columns of Cypher', async () => {
    query.mockReturnValueOnce(
      of({ data: [{ fields: [{ values: ['u1', null] }, { values: ['one', 'two'] }] }] }),
    );
    expect(await options({ kind: 'cypher', cypher: 'RETURN 1' })).toEqual({ text: ['one'], value: ['u1'] });
  });
  test('fails with the backend’s sentence when its Cypher does', async () => {
    query.mockReturnValueOnce(of({ data: [], errors: [{ message: 'Cypher needs the role Editor' }] }));
    await expect(options({ kind: 'cypher', cypher: 'RETURN 1' })).rejects.toThrow(
      'Cypher needs the role Editor',
    );
  });
});

test('annotations always ask for incidents in their own format', () => {
  const annotation = {
    name: 'x',
    enable: true,
    iconColor: 'red',
    target: { refId: 'Anno', queryType: 'table' as const, namespaces: ['shop'] },
  };
  expect(annotationSupport.prepareQuery?.(annotation)).toEqual({
    refId: 'Anno',
    queryType: 'incidents',
    format: 'annotations',
    namespaces: ['shop'],
  });
});

test('an annotation shows incidents before anybody has edited its query', () => {
  expect(annotationSupport.prepareQuery?.({ name: 'x', enable: true, iconColor: 'red' })).toEqual({
    refId: 'Anno',
    queryType: 'incidents',
    format: 'annotations',
  });
});

test('queries for Explore carry their datasource and values of variables', () => {
  expect(
    datasource.interpolateVariablesInQueries(
      [{ refId: 'A', queryType: 'rootCause', namespace: '$namespace' }],
      {},
    ),
  ).toEqual([
    {
      refId: 'A',
      queryType: 'rootCause',
      namespace: 'shop',
      datasource: { uid: 'tapio-graph', type: 'tapio-datasource' },
    },
  ]);
});

test('the names for the editor are asked for once, and again after a failure', async () => {
  const schema = { labels: [], relationshipTypes: [], eventProperties: [], eventTypes: [] };
  getResource.mockClear();
  getResource.mockRejectedValueOnce(new Error('not now'));
  await expect(datasource.schema()).rejects.toThrow('not now');
  getResource.mockResolvedValueOnce(schema);
  expect(await datasource.schema()).toBe(schema);
  expect(await datasource.schema()).toBe(schema);
  expect(getResource).toHaveBeenCalledTimes(2);
});
