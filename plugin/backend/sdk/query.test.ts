import { setTimeout as sleep } from 'node:timers/promises';

import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';

import { contextMessage, queryRequest } from '../../test/host/plugin-client.ts';
import { namesOf, oneRow, run } from '../../test/host/running-server.ts';
import { downstreamError } from './errors.ts';
import { Frame } from './frame/frame.ts';
import { dataService } from './proto/services.ts';

describe('queries', () => {
  test('frames without a refId get that of their query; others keep theirs', async () => {
    await using plugin = await run({ query: () => [...oneRow(), new Frame('own', [], { refId: 'Z' })] });
    const { responses } = await plugin.client.call(dataService.QueryData, namesOf('A'));
    const refIds = responses['A']?.frames.map((bytes) => tableFromIPC(bytes).schema.metadata.get('refId'));
    expect(refIds).toEqual(['A', 'Z']);
  });

  test('one failing query leaves the others alone', async () => {
    await using plugin = await run({
      query: ({ refId }) => {
        if (refId === 'B') throw downstreamError('refused', { status: 503 });
        if (refId === 'C') return Promise.reject(new Error('bug'));
        if (refId === 'D') return 'nonsense' as unknown as Frame[];
        if (refId === 'E') return [{}] as unknown as Frame[];
        return oneRow();
      },
    });
    const { responses } = await plugin.client.call(dataService.QueryData, namesOf('A', 'B', 'C', 'D', 'E'));
    const seen = Object.entries(responses).map(([refId, { status, error, errorSource }]) => [
      refId,
      status,
      error,
      errorSource,
    ]);
    expect(seen.toSorted()).toEqual([
      ['A', 200, '', ''],
      ['B', 503, 'refused', 'downstream'],
      ['C', 500, 'bug', 'plugin'],
      ['D', 500, 'The handler gave no answer to query D.', 'plugin'],
      ['E', 500, "The handler's answer to query E holds what is not a frame.", 'plugin'],
    ]);
  });

  test('a query gets its model, time range and sizes', async () => {
    const seen: unknown[] = [];
    await using plugin = await run({
      query: (query) => {
        seen.push(query);
        return [];
      },
    });
    await plugin.client.call(
      dataService.QueryData,
      queryRequest([{ refId: 'A', queryType: 'table', model: { cypher: 'RETURN 1' } }]),
    );
    expect(seen).toEqual([
      {
        refId: 'A',
        queryType: 'table',
        maxDataPoints: 100,
        intervalMs: 1000,
        timeRange: { fromMs: 1000, toMs: 2000 },
        model: { cypher: 'RETURN 1' },
      },
    ]);
  });

  test.each(['{', '[]', 'null'])('the model %s fails its query with 400', async (model) => {
    await using plugin = await run({ query: oneRow });
    const { responses } = await plugin.client.call(
      dataService.QueryData,
      queryRequest([{ refId: 'A', queryType: '', model }]),
    );
    expect(responses['A']).toMatchObject({ status: 400, errorSource: 'downstream' });
  });

  test('two queries of one refId are refused, since only one answer can be given', async () => {
    await using plugin = await run({ query: oneRow });
    const { responses } = await plugin.client.call(dataService.QueryData, namesOf('A', 'A', 'B'));
    expect(responses['A']).toMatchObject({
      status: 400,
      error: 'Two queries of the request share the refId A.',
    });
    expect(responses['B']?.status).toBe(200);
  });

  test('no context, broken settings and an instance that cannot be made fail every refId', async () => {
    await using plugin = await run({
      query: oneRow,
      instance: () => {
        throw downstreamError('no driver');
      },
    });
    const broken = contextMessage({ jsonData: Buffer.from('{') });
    for (const [context, text] of [
      [null, 'no plugin context'],
      [broken, 'not valid JSON'],
      [undefined, 'no driver'],
    ] as const) {
      const queries = ['A', 'B'].map((refId) => ({ refId, queryType: '' }));
      const { responses } = await plugin.client.call(
        dataService.QueryData,
        queryRequest(queries, context === undefined ? {} : { context }),
      );
      expect(Object.values(responses).map(({ error }) => error.includes(text))).toEqual([true, true]);
    }
  });

  test('queries of one request run side by side up to the bound', async () => {
    let running = 0;
    let most = 0;
    const query = async (): Promise<Frame[]> => {
      running += 1;
      most = Math.max(most, running);
      await sleep(10);
      running -= 1;
      return [];
    };
    await using plugin = await run({ query }, { concurrentQueries: 2 });
    const { responses } = await plugin.client.call(dataService.QueryData, namesOf('A', 'B', 'C', 'D', 'E'));
    expect([most, Object.keys(responses).length]).toEqual([2, 5]);
  });

  test('a cancelled call aborts its signal and starts no further query', async () => {
    const started: string[] = [];
    const aborted = Promise.withResolvers<string>();
    const begun = Promise.withResolvers<null>();
    await using plugin = await run(
      {
        query: ({ refId }, { signal }) => {
          started.push(refId);
          begun.resolve(null);
          return new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted.resolve(refId);
              reject(new Error('closed'));
            });
          });
        },
      },
      { concurrentQueries: 1 },
    );
    const call = plugin.client.start(dataService.QueryData, namesOf('A', 'B'));
    const failure = expect(call.response).rejects.toThrow(/CANCELLED/);
    await begun.promise;
    call.cancel();
    await failure;
    await expect(aborted.promise).resolves.toBe('A');
    await sleep(20);
    expect(started).toEqual(['A']);
    expect(plugin.log.filter((line) => line.includes('A call was cancelled'))).toHaveLength(2);
  });

  test('the deadline of a call aborts its signal', async () => {
    const aborted = Promise.withResolvers<boolean>();
    await using plugin = await run({
      query: (_query, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted.resolve(true);
            resolve([]);
          });
        }),
    });
    const response = plugin.client.call(dataService.QueryData, namesOf('A'), { deadline: Date.now() + 100 });
    await expect(response).rejects.toThrow(/DEADLINE_EXCEEDED/);
    await expect(aborted.promise).resolves.toBe(true);
  });

  test('secrets are kept out of errors and log', async () => {
    await using plugin = await run({
      query: (_query, { context }) => {
        throw new Error(`bad password ${context.datasource?.secrets.get('password') ?? ''}`);
      },
    });
    const { responses } = await plugin.client.call(dataService.QueryData, namesOf('A'));
    expect(responses['A']?.error).toBe('bad password [redacted]');
    expect(plugin.log.join()).not.toContain('open-sesame');
    expect(plugin.log.join()).toContain('bad password [redacted]');
  });

  test('requests of up to 16 MiB are taken, larger ones refused', async () => {
    await using plugin = await run({
      query: ({ model }) => [new Frame(String(String(model['text']).length), [])],
    });
    const request = (length: number) =>
      queryRequest([{ refId: 'A', queryType: '', model: { text: 'x'.repeat(length) } }]);
    const { responses } = await plugin.client.call(dataService.QueryData, request(15 * 1024 * 1024));
    expect(responses['A']?.status).toBe(200);
    await expect(plugin.client.call(dataService.QueryData, request(17 * 1024 * 1024))).rejects.toThrow(
      /RESOURCE_EXHAUSTED/,
    );
  });
});
