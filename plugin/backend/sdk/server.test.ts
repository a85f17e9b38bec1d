import { setTimeout as sleep } from 'node:timers/promises';

import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';

import { contextMessage, queryRequest } from '../../test/host/plugin-client.ts';
import { namesOf, oneRow, run } from '../../test/host/running-server.ts';
import type { Call } from './call.ts';
import { BackendError } from './errors.ts';
import type { Frame } from './frame/frame.ts';
import { controllerService, dataService, diagnosticsService, healthService } from './proto/services.ts';

describe('calls', () => {
  const calls: Call<string>[] = [];
  const collect = (_query: unknown, call: Call<string>): Frame[] => {
    calls.push(call);
    return [];
  };

  test("an alert is one by Grafana's word only", async () => {
    await using plugin = await run({
      query: collect,
      resource: (_request, call) => {
        calls.push(call);
        return { status: 204 };
      },
    });
    const query = [{ refId: 'A', queryType: '' }];
    await plugin.client.call(dataService.QueryData, queryRequest(query, { headers: { FromAlert: 'true' } }));
    await plugin.client.call(
      dataService.QueryData,
      queryRequest(query, { headers: { http_FromAlert: 'true' } }),
    );
    await plugin.client.callResource({ headers: { FromAlert: { values: ['true'] } } });
    expect(calls.map(({ isAlert }) => isAlert)).toEqual([true, false, false]);
    expect(calls[0]).toMatchObject({ instance: 'Example', context: { user: { role: 'Viewer' } } });
  });
});

describe('health', () => {
  test.each([
    ['ok', 1],
    ['error', 2],
    ['unknown', 0],
  ] as const)('%s is %i on the wire', async (status, wire) => {
    await using plugin = await run({ health: () => ({ status, message: 'm', details: { a: 1 } }) });
    const response = await plugin.client.call(diagnosticsService.CheckHealth, {
      pluginContext: contextMessage(),
      headers: {},
    });
    expect([response.status, response.message, Buffer.from(response.jsonDetails).toString()]).toEqual([
      wire,
      'm',
      '{"a":1}',
    ]);
  });

  test('a handler that throws is an unhealthy datasource', async () => {
    await using plugin = await run({
      health: () => {
        throw new BackendError('cannot log in with open-sesame');
      },
    });
    const response = await plugin.client.call(diagnosticsService.CheckHealth, {
      pluginContext: contextMessage(),
      headers: {},
    });
    expect(response).toMatchObject({ status: 2, message: 'cannot log in with [redacted]' });
  });

  test('without a handler, an instance that can be made is healthy', async () => {
    await using plugin = await run({});
    const response = await plugin.client.call(diagnosticsService.CheckHealth, {
      pluginContext: contextMessage(),
      headers: {},
    });
    expect(response.status).toBe(1);
  });
});

describe('resources', () => {
  test('a request has method, path, query and body', async () => {
    const seen: unknown[] = [];
    await using plugin = await run({
      resource: (request) => {
        seen.push([request.method, request.path, request.searchParams.get('q'), request.json()]);
        return { status: 201, headers: { 'x-one': '1', 'x-two': ['a', 'b'] }, body: Buffer.from('done') };
      },
    });
    const [part] = await plugin.client.callResource({
      path: 'a/b',
      method: '',
      url: 'a/b?q=1%2B1',
      body: Buffer.from('[1]'),
    });
    expect(seen).toEqual([['GET', '/a/b', '1+1', [1]]]);
    expect(part?.code).toBe(201);
    expect(part?.headers).toEqual({ 'x-one': { values: ['1'] }, 'x-two': { values: ['a', 'b'] } });
    expect(Buffer.from(part?.body ?? []).toString()).toBe('done');
  });

  test('an iterable body is sent in parts under backpressure, headers with the first', async () => {
    const chunk = 'x'.repeat(256 * 1024);
    const body = async function* () {
      for (let index = 0; index < 40; index += 1) {
        await Promise.resolve();
        yield chunk;
      }
    };
    await using plugin = await run({ resource: () => ({ status: 200, headers: { a: '1' }, body: body() }) });
    const parts = await plugin.client.callResource({});
    expect(parts).toHaveLength(40);
    expect(parts.map(({ headers }) => Object.keys(headers).length)).toEqual([
      1,
      ...Array.from({ length: 39 }, () => 0),
    ]);
    expect(parts.reduce((sum, part) => sum + part.body.length, 0)).toBe(40 * chunk.length);
  });

  test('an empty iterable still sends its status', async () => {
    const body = async function* (): AsyncGenerator<string> {
      await Promise.resolve();
      yield* [];
    };
    await using plugin = await run({ resource: () => ({ status: 204, body: body() }) });
    expect(await plugin.client.callResource({})).toMatchObject([{ code: 204 }]);
  });

  test('a failure in the middle breaks the stream off', async () => {
    const body = async function* () {
      await Promise.resolve();
      yield 'one';
      throw new Error('lost the connection');
    };
    await using plugin = await run({ resource: () => ({ status: 200, body: body() }) });
    await expect(plugin.client.callResource({})).rejects.toThrow(/INTERNAL.*broken off/);
    expect(plugin.log.join()).toContain('lost the connection');
  });

  test('a body that is not JSON is 400, a bug 500', async () => {
    await using plugin = await run({
      resource: (request) => {
        if (request.path === '/bug') throw new Error('bug');
        return { status: 200, body: String(request.json()) };
      },
    });
    const [bad] = await plugin.client.callResource({ body: Buffer.from('{') });
    const [bug] = await plugin.client.callResource({ path: 'bug' });
    expect([bad?.code, bug?.code]).toEqual([400, 500]);
    expect(JSON.parse(Buffer.from(bug?.body ?? []).toString())).toEqual({
      message: 'bug',
      status: 500,
      source: 'plugin',
    });
  });
});

describe('metrics', () => {
  test("go into the plugin's own registry and count answers by outcome", async () => {
    const registry = new Registry();
    await using plugin = await run({
      registry,
      query: ({ refId }) => (refId === 'B' ? (undefined as never) : oneRow()),
    });
    await plugin.client.call(dataService.QueryData, namesOf('A', 'B'));
    const { metrics } = await plugin.client.call(diagnosticsService.CollectMetrics, { pluginContext: null });
    const text = Buffer.from(metrics.prometheus).toString();
    expect(registry.getMetricsAsArray()).toContainEqual(
      expect.objectContaining({ name: 'plugin_instances' }),
    );
    expect(text).toContain('plugin_answers_total{endpoint="queryData",status="ok",source="none"} 1');
    expect(text).toContain('plugin_answers_total{endpoint="queryData",status="error",source="plugin"} 1');
    expect(text).toContain('plugin_frame_rows_total 1');
    expect(text).toContain('plugin_instances 1');
  });
});

describe('server', () => {
  test('serves only what the plugin has', async () => {
    await using plugin = await run({});
    await expect(plugin.client.call(dataService.QueryData, namesOf('A'))).rejects.toThrow(/UNIMPLEMENTED/);
    await expect(plugin.client.callResource({})).rejects.toThrow(/UNIMPLEMENTED/);
    await expect(plugin.client.call(healthService.Check, { service: '' })).resolves.toEqual({ status: 1 });
  });

  test("passes the host's wish to end on, after answering it", async () => {
    await using plugin = await run({});
    await expect(plugin.client.call(controllerService.Shutdown, {})).resolves.toEqual({});
    await sleep(10);
    expect(plugin.shutdowns()).toBe(1);
  });

  test('closing aborts running calls, tells health watches, and is idempotent', async () => {
    const begun = Promise.withResolvers<null>();
    await using plugin = await run({
      query: (_query, { signal }) => {
        begun.resolve(null);
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            resolve([]);
          });
        });
      },
    });
    const watch = plugin.client.watchHealth('plugin');
    expect((await watch.next()).value).toBe(1);
    const response = plugin.client.call(dataService.QueryData, namesOf('A'));
    await begun.promise;
    await Promise.all([plugin.server[Symbol.asyncDispose](), plugin.server[Symbol.asyncDispose]()]);
    await expect(response).resolves.toMatchObject({ responses: { A: { status: 200 } } });
    expect((await watch.next()).value).toBe(2);
    expect((await watch.next()).done).toBe(true);
  });

  test('a watch of an unknown service hears SERVICE_UNKNOWN', async () => {
    await using plugin = await run({});
    const watch = plugin.client.watchHealth('other');
    expect((await watch.next()).value).toBe(3);
    await watch.return(undefined);
  });
});
