import { Gauge, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { HealthServer, createMetrics } from './health-server.ts';

async function get(port: number, path: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, body: await response.text() };
}

test('readiness names the check that fails and why; liveness is another matter', async () => {
  let connected = false;
  await using server = await HealthServer.listen({
    port: 0,
    ready: {
      nats: () => (connected ? { ok: true } : { ok: false, reason: 'not connected: is --nats-url right?' }),
    },
  });
  const before = await get(server.port, '/readyz');
  expect(before.status).toBe(503);
  expect(JSON.parse(before.body)).toEqual({
    ok: false,
    checks: { nats: { ok: false, reason: 'not connected: is --nats-url right?' } },
  });
  expect((await get(server.port, '/livez?verbose')).status).toBe(200);
  connected = true;
  expect((await get(server.port, '/readyz')).status).toBe(200);
});

test('metrics are served, a broken one does not end the process', async () => {
  const registry = new Registry();
  let broken = false;
  new Gauge({
    name: 'tapio_test',
    help: 'x',
    registers: [registry],
    collect() {
      if (broken) throw new Error('broken');
      this.set(1);
    },
  });
  await using server = await HealthServer.listen({ port: 0, ready: {}, registry });
  expect((await get(server.port, '/metrics')).body).toContain('tapio_test 1');
  broken = true;
  expect((await get(server.port, '/metrics')).status).toBe(500);
  expect((await get(server.port, '/else')).status).toBe(404);
});

test('process figures are part of the metrics', async () => {
  expect(await createMetrics().metrics()).toContain('process_resident_memory_bytes');
});

test('a port that is taken is told with the option to change, and closing twice is fine', async () => {
  const server = await HealthServer.listen({ port: 0, ready: {} });
  await expect(HealthServer.listen({ port: server.port, ready: {} })).rejects.toThrow(
    /choose another --http-port/,
  );
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});
