import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  statSync,
  writeFileSync,
  copyFileSync,
  chmodSync,
  readFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { buildBackend } from '../../backend/build.mjs';
import { controllerService, dataService, healthService } from '../../backend/sdk/proto/services.ts';
import { buildForTest, EXAMPLE_ENTRY, type BuiltBackend } from '../host/example-backend.ts';
import { FakeHost, goneWithin, HANDSHAKE_ENVIRONMENT, NODE_ENVIRONMENT } from '../host/fake-host.ts';
import { queryRequest } from '../host/plugin-client.ts';

let backend: BuiltBackend;
beforeAll(async () => {
  backend = await buildForTest();
});
afterAll(async () => {
  await backend[Symbol.asyncDispose]();
});

const startHost = (env?: Record<string, string>): Promise<FakeHost> =>
  FakeHost.start({ launcher: backend.launcher, ...(env === undefined ? {} : { env }) });

describe('start', () => {
  test('hands over a unix socket that only its user can reach', async () => {
    await using host = await startHost();
    const [core, protocol, network, path = '', kind] = host.handshake;
    expect([core, protocol, network, kind]).toEqual(['1', '2', 'unix', 'grpc']);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(statSync(path).isSocket()).toBe(true);
  });

  test('listens on the loopback where the folder for temporary files cannot be written', async () => {
    await using host = await startHost({ ...NODE_ENVIRONMENT, TMPDIR: '/proc/nowhere' });
    expect(host.handshake[2]).toBe('tcp');
    expect(host.handshake[3]).toMatch(/^127\.0\.0\.1:\d+$/);
    await expect(host.client.call(healthService.Check, { service: 'plugin' })).resolves.toEqual({
      status: 1,
    });
  });

  test('started by hand, explains itself and fails', () => {
    const { status, stdout, stderr } = spawnSync(backend.launcher, {
      env: NODE_ENVIRONMENT,
      encoding: 'utf8',
    });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('Grafana starts it by itself');
  });

  test('refuses a host that demands mutual TLS', () => {
    const env = { ...HANDSHAKE_ENVIRONMENT, ...NODE_ENVIRONMENT, PLUGIN_CLIENT_CERT: 'a certificate' };
    const { status, stderr } = spawnSync(backend.launcher, { env, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('AutoMTLS');
  });
});

describe('launcher', () => {
  test('says how to name Node.js when the configured one does not exist', () => {
    const env = { ...HANDSHAKE_ENVIRONMENT, GF_PLUGIN_NODE_PATH: '/nowhere/node' };
    const { status, stdout, stderr } = spawnSync(backend.launcher, { env, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/\/nowhere\/node.*\[plugin\.<id>\].*grafana\.ini/);
  });

  test('finds Node.js in PATH when none is configured', async () => {
    await using host = await startHost({ PATH: dirname(process.execPath) });
    expect(host.handshake).toHaveLength(5);
  });

  test('says what is missing when there is no Node.js at all', () => {
    const launcher = join(backend.folder, 'lonely-launcher');
    const text = readFileSync(backend.launcher, 'utf8').replaceAll(
      /\/(usr|opt|snap)\/[\w/]+\/node/g,
      '/nowhere/node',
    );
    writeFileSync(launcher, text, { mode: 0o755 });
    const { status, stderr } = spawnSync(launcher, { env: { PATH: '/nowhere' }, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toContain('needs Node.js 20 or later');
    expect(stderr).toContain('node_path');
  });

  test('becomes the Node.js process itself, so that no shell stands between it and the host', async () => {
    await using host = await startHost();
    const line = await host.logged('The plugin serves');
    expect(line['pid']).toBe(String(host.pid));
  });

  test('works from a folder with a blank in its name', async () => {
    const folder = join(backend.folder, 'a folder');
    mkdirSync(folder);
    const launcher = join(folder, 'launcher');
    copyFileSync(backend.launcher, launcher);
    copyFileSync(join(backend.folder, 'backend.cjs'), join(folder, 'backend.cjs'));
    chmodSync(launcher, 0o755);
    await using host = await FakeHost.start({ launcher });
    expect(host.handshake[2]).toBe('unix');
  });
});

/** A Node.js 20, the oldest that is supported, if one is in PATH. */
function findOldestNode(): string | undefined {
  const candidates = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  return candidates.find((path) => {
    const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    return typeof stdout === 'string' && stdout.startsWith('v20.');
  });
}

test('the bundle runs on Node.js 20', async (context) => {
  const node = findOldestNode();
  if (node === undefined) {
    context.skip('there is no Node.js 20 in PATH');
    return;
  }
  await using host = await startHost({ GF_PLUGIN_NODE_PATH: node });
  const { responses } = await host.client.call(
    dataService.QueryData,
    queryRequest([
      { refId: 'A', queryType: 'types' },
      { refId: 'B', queryType: 'graph' },
    ]),
  );
  expect([responses['A']?.status, responses['B']?.status]).toEqual([200, 200]);
  await host.client.call(controllerService.Shutdown, {});
  await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
});

describe('build', () => {
  test('leaves files of others in the output folder alone', async () => {
    const other = join(backend.folder, 'module.js');
    writeFileSync(other, 'frontend');
    const { script, launchers } = await buildBackend({
      entry: EXAMPLE_ENTRY,
      out: backend.folder,
      executable: 'gpx_test',
    });
    expect(readFileSync(other, 'utf8')).toBe('frontend');
    expect(existsSync(script)).toBe(true);
    expect(launchers.map((path) => path.slice(backend.folder.length + 1))).toEqual([
      'gpx_test_linux_amd64',
      'gpx_test_linux_arm64',
      'gpx_test_darwin_amd64',
      'gpx_test_darwin_arm64',
    ]);
    expect(launchers.every((path) => (statSync(path).mode & 0o111) === 0o111)).toBe(true);
  });
});

describe('end', () => {
  test('a Shutdown call ends the process, disposes its instances and removes the socket', async () => {
    await using host = await startHost();
    await host.client.call(dataService.QueryData, queryRequest([{ refId: 'A', queryType: 'none' }]));
    await host.client.call(controllerService.Shutdown, {});
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(host.logLines).toContainEqual(
      expect.objectContaining({ '@message': 'instance disposed', name: 'Example' }),
    );
    expect(existsSync(dirname(host.handshake[3] ?? ''))).toBe(false);
  });

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s ends it in order', async (signal) => {
    await using host = await startHost();
    await host.client.call(dataService.QueryData, queryRequest([{ refId: 'A', queryType: 'none' }]));
    host.kill(signal);
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(host.logLines).toContainEqual(expect.objectContaining({ '@message': 'instance disposed' }));
    expect(existsSync(dirname(host.handshake[3] ?? ''))).toBe(false);
  });

  test('SIGINT is ignored', async () => {
    await using host = await startHost();
    host.kill('SIGINT');
    await expect(host.client.call(healthService.Check, { service: 'plugin' })).resolves.toEqual({
      status: 1,
    });
  });

  test('a running query is aborted by the end of the process and does not delay it', async () => {
    await using host = await startHost();
    const { response } = host.client.start(
      dataService.QueryData,
      queryRequest([{ refId: 'A', queryType: 'slow' }]),
    );
    response.catch(() => undefined);
    await host.logged('slow query started');
    const killedMs = Date.now();
    host.kill('SIGTERM');
    await host.exited;
    expect(Date.now() - killedMs).toBeLessThan(2000);
    expect(host.logLines).toContainEqual(expect.objectContaining({ '@message': 'slow query aborted' }));
  });

  test('a plugin whose host was killed ends by itself', async () => {
    const script = fileURLToPath(new URL('../host/doomed-host.mjs', import.meta.url));
    const host = spawn(process.execPath, [script, backend.launcher], {
      env: { ...HANDSHAKE_ENVIRONMENT, ...NODE_ENVIRONMENT },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(host.stdout, 'data')) as [Buffer];
    const pluginPid = Number(line.toString());
    host.kill('SIGKILL');
    await once(host, 'exit');
    expect(await goneWithin(pluginPid, 4000)).toBe(true);
  });

  test('an error nobody catches is logged and ends the process with a failure', async () => {
    await using host = await startHost();
    await host.client.callResource({ path: 'crash' }).catch(() => undefined);
    await expect(host.exited).resolves.toEqual({ code: 1, signal: null });
    expect(host.logLines).toContainEqual(
      expect.objectContaining({
        '@level': 'error',
        error: expect.stringContaining('nobody catches this') as string,
      }),
    );
  });
});

describe('host services', () => {
  test('the health of "plugin" is SERVING, that of anything else unknown', async () => {
    await using host = await startHost();
    await expect(host.client.call(healthService.Check, { service: 'plugin' })).resolves.toEqual({
      status: 1,
    });
    await expect(host.client.call(healthService.Check, { service: 'other' })).rejects.toThrow(/NOT_FOUND/);
  });

  test('a health watch hears NOT_SERVING before the end', async () => {
    await using host = await startHost();
    const statuses: number[] = [];
    const watching = (async () => {
      for await (const status of host.client.watchHealth('plugin')) {
        statuses.push(status);
        if (statuses.length === 1) host.kill('SIGTERM');
      }
    })();
    await watching.catch(() => undefined);
    expect(statuses).toEqual([1, 2]);
  });
});

describe('output', () => {
  test('standard output holds the handshake only; stray text goes to the log', async () => {
    await using host = await startHost();
    await host.client.call(dataService.QueryData, queryRequest([{ refId: 'A', queryType: 'stdout' }]));
    const line = await host.logged('Text written to standard output');
    expect(line['text']).toBe('a stray line');
    expect(host.stdout).toBe(`${host.handshake.join('|')}\n`);
  });

  test('every log line is JSON whose every value is a string', async () => {
    await using host = await startHost();
    const queries = ['throws', 'downstream', 'leak', 'none'].map((queryType) => ({
      refId: queryType,
      queryType,
    }));
    await host.client.call(dataService.QueryData, queryRequest(queries));
    await host.logged('A call failed downstream');
    expect(host.logLines.length).toBeGreaterThan(3);
    for (const line of host.logLines) {
      expect(Object.values(line).every((value) => typeof value === 'string')).toBe(true);
      expect(line['@timestamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(line['@level']).toMatch(/^(trace|debug|info|warn|error)$/);
    }
    expect(host.stderr).not.toContain('open-sesame');
  });
});
