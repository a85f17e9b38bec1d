import { expect, test } from 'vitest';
import { downstreamError } from './sdk/index.ts';
import { checkHealth } from './health.ts';
import { tapioPlugin } from './plugin.ts';
import { aCall, aContext, anIncident, RecordedReader } from './testing/fixtures.ts';

test('each datasource gets a reader of its own, closed along with it', async () => {
  let closed = 0;
  const reader = new RecordedReader();
  reader[Symbol.asyncDispose] = () => {
    closed += 1;
    return Promise.resolve();
  };
  const plugin = tapioPlugin((config) => {
    expect(config.url).toBe('bolt://graph:7687');
    return Promise.resolve(reader);
  });
  const instance = await plugin.instance(aContext({ url: 'bolt://graph:7687' }));
  expect(instance.reader).toBe(reader);
  await instance[Symbol.asyncDispose]();
  expect(closed).toBe(1);
});

test('settings that are wrong fail the datasource with what to change', async () => {
  const plugin = tapioPlugin(() => Promise.resolve(new RecordedReader()));
  await expect(Promise.resolve().then(() => plugin.instance(aContext({ url: 'http://x' })))).rejects.toThrow(
    /no Bolt address/,
  );
});

test('metrics of the plugin are in its registry', async () => {
  const plugin = tapioPlugin(() => Promise.resolve(new RecordedReader()));
  expect(await plugin.registry?.metrics()).toContain('tapio_plugin_queries_total');
});

test('health: connected, with or without incidents, and none of them told', async () => {
  const call = aCall({ role: 'Viewer' });
  expect(await checkHealth(call)).toMatchObject({
    status: 'ok',
    message: expect.stringContaining('no incident yet') as string,
  });
  call.reader.incidents = [anIncident()];
  const { status, message } = await checkHealth(call);
  expect(status).toBe('ok');
  expect(message).not.toContain('checkout');
});

test('health: what is wrong, in the same words as queries have it', async () => {
  const call = aCall();
  call.reader.failure = downstreamError('Neo4j cannot be reached. Nothing listens there.');
  expect(await checkHealth(call)).toEqual({
    status: 'error',
    message: 'Neo4j cannot be reached. Nothing listens there.',
  });
});
