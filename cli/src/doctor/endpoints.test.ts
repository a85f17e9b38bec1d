import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { CliConfig } from '../config.ts';
import { endpointChecks } from './endpoints.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Answers each path with a status and a body; 404 otherwise. */
async function serve(answers: Readonly<Record<string, readonly [number, string]>>): Promise<string> {
  const server = createServer((request, response) => {
    const [status, body] = answers[request.url ?? ''] ?? [404, ''];
    response.writeHead(status).end(body);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function config(over: Partial<CliConfig>): CliConfig {
  return {
    graph: { url: '', user: '', password: undefined, database: '' },
    natsUrl: '',
    agentUrl: 'http://127.0.0.1:1',
    loaderUrl: 'http://127.0.0.1:1',
    assumed: new Set(),
    isClusterGiven: false,
    origin: '',
    ...over,
  };
}

async function statuses(over: Partial<CliConfig>): Promise<Record<string, string>> {
  return Object.fromEntries((await endpointChecks(config(over))).map(({ name, status }) => [name, status]));
}

test('services that are ready and a Grafana with the plugin pass', async () => {
  const url = await serve({
    '/readyz': [200, '{}'],
    '/api/health': [200, '{}'],
    '/api/plugins/tapio-app/settings': [200, '{"enabled":true}'],
  });
  expect(await statuses({ agentUrl: url, loaderUrl: url, grafanaUrl: url })).toEqual({
    agent: 'ok',
    loader: 'ok',
    Grafana: 'ok',
    'Grafana plugin': 'ok',
  });
});

test('a service that is not ready fails with its own reason', async () => {
  const url = await serve({ '/readyz': [503, '{"nats":"not connected"}'] });
  const [agent] = await endpointChecks(config({ agentUrl: url }));
  expect(agent).toMatchObject({ status: 'fail', found: expect.stringContaining('not connected') as string });
});

test('nobody at an assumed address is a hint, at a configured one a fault', async () => {
  expect(await statuses({ assumed: new Set(['agentUrl']) })).toEqual({
    agent: 'warn',
    loader: 'fail',
    Grafana: 'warn',
  });
});

test.each<[string, readonly [number, string], string]>([
  ['is not installed', [404, ''], 'fail'],
  ['is not enabled', [200, '{"enabled":false}'], 'fail'],
  ['is hidden from strangers', [401, ''], 'warn'],
])('a plugin that %s is told', async (_name, answer, status) => {
  const url = await serve({ '/api/health': [200, '{}'], '/api/plugins/tapio-app/settings': answer });
  expect((await statuses({ grafanaUrl: url }))['Grafana plugin']).toBe(status);
});
