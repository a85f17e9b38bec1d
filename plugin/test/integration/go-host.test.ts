import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { buildForTest, type BuiltBackend } from '../host/example-backend.ts';
import { prepareGoHost, type GoHost, type GoReport } from '../host/go-host.ts';

let backend: BuiltBackend;
let host: GoHost | { readonly missing: string };

beforeAll(async () => {
  backend = await buildForTest();
  host = await prepareGoHost();
  if ('missing' in host) process.stderr.write(`The Go host is skipped: ${host.missing}\n`);
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
  if (!('missing' in host)) await host[Symbol.asyncDispose]();
});
beforeEach((context) => {
  if ('missing' in host) context.skip(host.missing);
});

const datasource = (rest: Record<string, unknown> = {}) => ({
  uid: 'uid-1',
  name: 'Example',
  jsonData: { host: 'localhost' },
  secrets: { password: 'open-sesame' },
  updatedMs: 1,
  ...rest,
});

const context = {
  orgId: 1,
  pluginId: 'example',
  user: { login: 'ada', role: 'Editor' },
  datasource: datasource(),
};

function run(...calls: readonly Readonly<Record<string, unknown>>[]): Promise<GoReport> {
  if ('missing' in host) throw new Error(host.missing);
  return host.run(backend.launcher, { calls: calls.map((call) => ({ context, ...call })) });
}

async function query(...queryTypes: readonly string[]) {
  const queries = queryTypes.map((queryType) => ({ refId: queryType, queryType, json: {} }));
  const { results } = await run({ kind: 'query', queries });
  expect(results[0]?.error).toBeUndefined();
  return results[0]?.answers ?? {};
}

describe("Grafana's own libraries", () => {
  test('start the plugin, find it healthy and end it without force', async () => {
    const report = await run({ kind: 'health' });
    expect(report.network).toBe('unix');
    expect(report.results[0]?.health).toEqual({
      status: 'OK',
      message: 'Example is fine',
      details: { version: 1 },
    });
    expect(report).toMatchObject({ exited: true, processAlive: false });
    expect(report.shutdownMs).toBeLessThan(1900);
    expect(report.log.map((line) => line['@message'])).toContain('instance disposed');
    // go-plugin warns about every one of its own streams that a plugin does not serve.
    expect(report.log.filter((line) => line['@level'] === 'error' || line['@level'] === 'warn')).toEqual([]);
  });

  test('decode every field type without losing a digit', async () => {
    const frame = (await query('types'))['types']?.frames[0];
    expect(frame).toMatchObject({
      name: 'types',
      refId: 'types',
      rows: 3,
      meta: {
        custom: { own: 1 },
        executedQueryString: 'RETURN 1',
        stats: [{ displayName: 'rows read', value: 3, unit: 'short' }],
        notices: [{ severity: 'info', text: 'a remark' }],
      },
    });
    const columns = Object.fromEntries(
      (frame?.fields ?? []).map(({ name, type, values }) => [name, [type, values]]),
    );
    expect(columns).toEqual({
      string: ['*string', ['ä', '', null]],
      boolean: ['*bool', [true, false, null]],
      int8: ['*int8', [-128, 127, null]],
      int16: ['*int16', [-32768, 32767, null]],
      int32: ['*int32', [-2147483648, 2147483647, null]],
      int64: ['*int64', ['-9223372036854775808', '9223372036854775807', null]],
      uint8: ['*uint8', [0, 255, null]],
      uint16: ['*uint16', [0, 65535, null]],
      uint32: ['*uint32', [0, 4294967295, null]],
      uint64: ['*uint64', ['0', '18446744073709551615', null]],
      float32: ['*float32', [1.5, -0.25, null]],
      float64: ['*float64', [Math.PI, -1e300, null]],
      time: ['*time.Time', ['1764000000123456000', '1764000000123456789', null]],
      json: ['*json.RawMessage', [{ a: [1, 'x', null] }, 'text', null]],
      required: ['int64', ['1', '2', '3']],
    });
    const required = frame?.fields.find(({ name }) => name === 'required');
    expect(required?.labels).toEqual({ pod: 'a-1' });
    expect(required?.config).toEqual({
      displayName: 'Name',
      displayNameFromDS: 'Other name',
      description: 'what it is',
      unit: 's',
      decimals: 2,
      min: 0,
      max: 10,
      filterable: true,
      noValue: 'none',
      color: { mode: 'fixed', fixedColor: 'red' },
      links: [{ title: 'Open', url: '/explore', targetBlank: true }],
      interval: 1000,
      custom: { width: 100 },
      thresholds: {
        mode: 'absolute',
        steps: [
          { value: null, color: 'green' },
          { value: 5, color: 'red' },
        ],
      },
      mappings: [{ type: 'value', options: { '1': { text: 'one', color: 'blue', index: 1 } } }],
    });
  });

  test('see time series as wide, which alerting accepts', async () => {
    const frames = (await query('series'))['series']?.frames ?? [];
    expect(
      frames.map(({ timeSeriesType, meta }) => [timeSeriesType, meta?.['type'], meta?.['typeVersion']]),
    ).toEqual([
      ['wide', 'timeseries-wide', [0, 1]],
      ['wide', 'timeseries-multi', [0, 1]],
    ]);
    expect(frames[0]?.fields).toEqual([
      { name: 'time', type: 'time.Time', values: ['1000000000', '2000000000'] },
      { name: 'rate', type: '*float64', labels: { pod: 'b' }, values: [null, 2] },
      { name: 'rate', type: '*float64', labels: { pod: 'a' }, values: [1, null] },
    ]);
  });

  test('read a node graph without an edge to an absent node', async () => {
    const [nodes, edges] = (await query('graph'))['graph']?.frames ?? [];
    expect([nodes?.name, nodes?.rows, edges?.name, edges?.rows]).toEqual(['nodes', 2, 'edges', 1]);
    expect(nodes?.meta).toMatchObject({
      preferredVisualisationType: 'nodeGraph',
      notices: [{ severity: 'warning', text: expect.stringContaining('1 edge is left out') as string }],
    });
    expect(edges?.fields.map(({ name, values }) => [name, values])).toEqual([
      ['id', ['e1']],
      ['source', ['1']],
      ['target', ['2']],
    ]);
  });

  test('read logs, empty tables and answers without frames', async () => {
    const answers = await query('logs', 'empty', 'none');
    expect(answers['logs']?.frames[0]).toMatchObject({ rows: 2, meta: { type: 'log-lines' } });
    expect(answers['empty']?.frames[0]).toMatchObject({ rows: 0, fields: [{ name: 'pod', values: [] }] });
    expect(answers['none']).toEqual({ status: 200, frames: [] });
  });

  test('get an answer for every refId, errors with status and source', async () => {
    const answers = await query('table', 'throws', 'downstream', 'missing', 'badcell', 'leak', 'nonsense');
    expect(Object.keys(answers)).toHaveLength(7);
    expect(answers['table']?.status).toBe(200);
    expect(answers['throws']).toEqual({ status: 500, error: 'a bug', errorSource: 'plugin', frames: [] });
    expect(answers['downstream']).toMatchObject({ status: 504, errorSource: 'downstream' });
    expect(answers['missing']?.error).toContain('no answer');
    expect(answers['badcell']?.error).toContain('row 1: 300 is outside -128 to 127');
    expect(answers['leak']?.error).toBe('cannot log in with [redacted]');
    expect(answers['nonsense']).toMatchObject({ status: 400, errorSource: 'plugin' });
  });

  test('carry user, secrets and the mark of alerts to the handler', async () => {
    const queries = [{ refId: 'A', queryType: 'whoami', json: {} }];
    const alert = {
      kind: 'query',
      queries,
      headers: { FromAlert: 'true' },
      context: { ...context, user: null },
    };
    const { results } = await run({ kind: 'query', queries }, alert);
    const rows = results.map(({ answers }) => {
      const [keys, values] = answers?.['A']?.frames[0]?.fields ?? [];
      return Object.fromEntries(
        (keys?.values ?? []).map((key, index) => [String(key), values?.values[index]]),
      );
    });
    expect(rows[0]).toMatchObject({
      role: 'Editor',
      alert: 'false',
      secret: '11',
      host: 'localhost',
      queries: '1',
    });
    expect(rows[1]).toMatchObject({ role: 'nobody', alert: 'true', queries: '2' });
  });

  test('get a new instance when the settings change, and the old one is disposed', async () => {
    const queries = [{ refId: 'A', queryType: 'whoami', json: {} }];
    const changed = { ...context, datasource: datasource({ name: 'Renamed', updatedMs: 2 }) };
    const report = await run(
      { kind: 'query', queries },
      { kind: 'query', queries, context: changed },
      { kind: 'health' },
    );
    const values = report.results[1]?.answers?.['A']?.frames[0]?.fields[1]?.values ?? [];
    expect(values.slice(-2)).toEqual(['Renamed', '1']);
    const disposed = report.log
      .filter((line) => line['@message'] === 'instance disposed')
      .map((line) => line['name']);
    expect(disposed[0]).toBe('Example');
  });

  test('report an instance that cannot be made as unhealthy, and as an error of each refId', async () => {
    const unreachable = { ...context, datasource: datasource({ jsonData: { host: 'unreachable' } }) };
    const queries = ['A', 'B'].map((refId) => ({ refId, queryType: 'none', json: {} }));
    const { results } = await run(
      { kind: 'health', context: unreachable },
      { kind: 'query', queries, context: unreachable },
    );
    expect(results[0]?.health).toMatchObject({ status: 'ERROR', message: 'the host cannot be reached' });
    const expected = {
      status: 502,
      error: 'the host cannot be reached',
      errorSource: 'downstream',
      frames: [],
    };
    expect(results[1]?.answers).toEqual({ A: expected, B: expected });
  });

  test('call resources: routes, bodies, streams and errors', async () => {
    const { results } = await run(
      { kind: 'resource', method: 'GET', path: 'pods/a%2Fb', url: 'pods/a%2Fb?q=x%20y' },
      { kind: 'resource', method: 'POST', path: 'echo', body: '{"a":1}' },
      { kind: 'resource', method: 'POST', path: 'echo', body: '{' },
      { kind: 'resource', method: 'GET', path: 'stream' },
      { kind: 'resource', method: 'GET', path: 'admin' },
      { kind: 'resource', method: 'DELETE', path: 'echo' },
      { kind: 'resource', method: 'GET', path: 'absent' },
    );
    const seen = results.map(({ resource }) => [resource?.status, resource?.parts, resource?.body]);
    expect(seen[0]).toEqual([200, 1, '{"name":"a/b","search":"x y"}']);
    expect(seen[1]).toEqual([200, 1, '{"a":1}']);
    expect(seen[2]?.[0]).toBe(400);
    expect(seen[3]).toEqual([200, 2, 'one\ntwo\n']);
    expect(seen[4]).toEqual([
      403,
      1,
      '{"message":"Only an Admin may see this.","status":403,"source":"downstream"}',
    ]);
    expect(results[5]?.resource).toMatchObject({ status: 405, headers: { allow: ['POST'] } });
    expect(seen[6]?.[0]).toBe(404);
  });

  test('collect metrics', async () => {
    const queries = [{ refId: 'A', queryType: 'throws', json: {} }];
    const { results } = await run({ kind: 'query', queries }, { kind: 'metrics' });
    expect(results[1]?.metrics).toContain(
      'plugin_answers_total{endpoint="queryData",status="error",source="plugin"} 1',
    );
    expect(results[1]?.metrics).toContain('process_resident_memory_bytes');
  });

  test('cancel a query whose deadline passes', async () => {
    const queries = [{ refId: 'A', queryType: 'slow', json: {} }];
    const report = await run({ kind: 'query', queries, timeoutMs: 300 }, { kind: 'health' });
    expect(report.results[0]?.error).toContain('DeadlineExceeded');
    expect(report.results[1]?.health?.status).toBe('OK');
    expect(report.log.map((line) => line['@message'])).toContain('slow query aborted');
  });

  test('take answers far above the default message size of gRPC, cut at the row limit with a notice', async () => {
    const queries = [{ refId: 'A', queryType: 'big', json: { rows: 150_000 } }];
    const requests = [{ refId: 'A', queryType: 'none', json: { padding: 'x'.repeat(8 * 1024 * 1024) } }];
    const { results } = await run({ kind: 'query', queries }, { kind: 'query', queries: requests });
    expect(results[0]?.answers?.['A']?.frames[0]).toMatchObject({
      rows: 100_000,
      meta: {
        notices: [
          { severity: 'warning', text: expect.stringContaining('100,000 of 150,000 rows') as string },
        ],
      },
    });
    expect(results[1]?.answers?.['A']?.status).toBe(200);
  });
});
