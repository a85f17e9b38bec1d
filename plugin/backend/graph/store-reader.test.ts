import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PluginMetrics } from '../plugin-metrics.ts';
import { datasourceConfig } from '../settings.ts';
import { aContext, type ContextOver } from '../testing/fixtures.ts';
import { openStoreReader } from './store-reader.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tapio-reader-test-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const open = (over: ContextOver, metrics = new PluginMetrics()) =>
  openStoreReader(datasourceConfig(aContext(over)), metrics);

test('an own CA is a file for this process alone while the datasource is open', async () => {
  const reader = await open({ jsonData: { tlsMode: 'ca' }, secrets: { tlsCACert: PEM } });
  const [made = ''] = readdirSync(folder);
  const file = join(folder, made, 'ca.pem');
  expect(readFileSync(file, 'utf8')).toBe(`${PEM}\n`);
  expect([statSync(join(folder, made)).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
  await reader[Symbol.asyncDispose]();
  expect(readdirSync(folder)).toEqual([]);
});

test('without an own CA nothing is written', async () => {
  await using reader = await open({});
  expect(reader).toBeDefined();
  expect(readdirSync(folder)).toEqual([]);
});

test('a read that fails says what to do, and is counted by kind', async () => {
  const metrics = new PluginMetrics();
  await using reader = await open({}, metrics);
  const given = AbortSignal.abort(new Error('the panel is gone'));
  await expect(
    reader.runCypher({ text: 'RETURN 1', parameters: {}, rowLimit: 1, timeoutMs: 1000 }, given),
  ).rejects.toMatchObject({
    status: 499,
    message: 'The query was cancelled.',
  });
  expect(await metrics.registry.metrics()).toContain(
    'tapio_plugin_graph_read_failures_total{read="cypher",code="aborted"} 1',
  );
});
