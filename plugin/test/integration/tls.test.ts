import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openGraph } from '@tapio/store';
import type { Neo4jServer } from '@tapio/testkit';
import { TestAuthority, certificatesMissing, launchNeo4j, toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BuiltBackend } from '../host/example-backend.ts';
import { buildForTest } from '../host/example-backend.ts';
import type { GoHost, GoResult } from '../host/go-host.ts';
import { prepareGoHost } from '../host/go-host.ts';

const ENTRY = fileURLToPath(new URL('../../backend/main.ts', import.meta.url));

describe('a datasource whose Neo4j speaks TLS only', () => {
  const owned = new AsyncDisposableStack();
  let missing = toolsMissing() ?? certificatesMissing();
  let host: GoHost;
  let backend: BuiltBackend;
  let neo4j: Neo4jServer;
  let ours: TestAuthority;
  let other: TestAuthority;

  beforeAll(async () => {
    if (missing === undefined) {
      const prepared = await prepareGoHost();
      if ('missing' in prepared) missing = prepared.missing;
      else host = owned.use(prepared);
    }
    if (missing !== undefined) {
      process.stderr.write(`The datasource is not tested with TLS: ${missing}\n`);
      return;
    }
    ours = owned.use(TestAuthority.make());
    other = owned.use(TestAuthority.make('another authority'));
    [neo4j, backend] = await Promise.all([launchNeo4j({ tls: ours.certify() }), buildForTest(ENTRY)]);
    owned.use(neo4j);
    owned.use(backend);
    const { boltUrl: url, user, password } = neo4j;
    await using graph = openGraph({
      url,
      user,
      password,
      encrypted: true,
      trustedCertificates: [ours.file],
    });
    await graph.migrate();
  });
  afterAll(() => owned.disposeAsync());
  beforeEach((context) => {
    if (missing !== undefined) context.skip(missing);
  });

  async function health(tlsMode: string, authority?: TestAuthority): Promise<GoResult['health']> {
    const tlsCACert = authority === undefined ? '' : readFileSync(authority.file, 'utf8');
    const context = {
      orgId: 1,
      pluginId: 'tapio-datasource',
      user: { login: 'ada', role: 'Editor' },
      datasource: {
        uid: 'tapio-graph',
        name: 'Tapio',
        url: neo4j.boltUrl,
        user: neo4j.user,
        jsonData: { tlsMode },
        secrets: { password: neo4j.password, tlsCACert },
        updatedMs: 1,
      },
    };
    const { results } = await host.run(backend.launcher, { calls: [{ context, kind: 'health' }] });
    return results[0]?.health;
  }

  test('reads it with the certificate of its authority', async () => {
    expect(await health('ca', ours)).toMatchObject({ status: 'OK' });
  });

  test('reads it when the certificate is not to be checked', async () => {
    expect(await health('skipVerify')).toMatchObject({ status: 'OK' });
  });

  test.each([
    ['another authority', 'ca', (): TestAuthority | undefined => other],
    ['the authorities of the machine', 'system', (): TestAuthority | undefined => undefined],
  ])('with %s it says which setting does not fit', async (_name, mode, authority) => {
    expect(await health(mode, authority())).toMatchObject({
      status: 'ERROR',
      message: expect.stringMatching(/TLS settings do not fit.*CA certificate/s) as string,
    });
  });
});
