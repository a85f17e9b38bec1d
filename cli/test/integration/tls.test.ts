import { openGraph, openStream } from '@tapio/store';
import type { NatsServer, Neo4jServer } from '@tapio/testkit';
import { TestAuthority, certificatesMissing, launchNats, launchNeo4j, toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT, runProgram } from '../../src/index.ts';

const missing = toolsMissing() ?? certificatesMissing();
if (missing !== undefined) process.stderr.write(`the commands are not tested with TLS: ${missing}\n`);

describe.skipIf(missing !== undefined)('commands and servers that speak TLS only', () => {
  const owned = new AsyncDisposableStack();
  let ours: TestAuthority;
  let other: TestAuthority;
  let nats: NatsServer;
  let neo4j: Neo4jServer;

  beforeAll(async () => {
    ours = owned.use(TestAuthority.make());
    other = owned.use(TestAuthority.make('another authority'));
    [nats, neo4j] = await Promise.all([
      launchNats({ tls: ours.certify() }),
      launchNeo4j({ tls: ours.certify() }),
    ]);
    owned.use(nats);
    owned.use(neo4j);
    const { boltUrl: url, user, password } = neo4j;
    await using graph = openGraph({
      url,
      user,
      password,
      encrypted: true,
      trustedCertificates: [ours.file],
    });
    await graph.migrate();
    await using stream = await openStream({ url: nats.url, caFile: ours.file });
    await stream.ensureStreams();
  });
  afterAll(() => owned.disposeAsync());

  async function tapio(
    authority: TestAuthority,
    ...args: string[]
  ): Promise<{ code: number; out: string; err: string }> {
    let out = '';
    let err = '';
    const code = await runProgram(args, {
      terminal: {
        out: (text) => (out += text),
        err: (text) => (err += text),
        color: false,
        width: 120,
        timeZone: 'UTC',
      },
      environment: {
        TAPIO_NEO4J_URL: neo4j.boltUrl.replace('bolt', 'bolt+s'),
        TAPIO_NEO4J_PASSWORD: neo4j.password,
        TAPIO_NEO4J_CA_FILE: authority.file,
        TAPIO_NATS_URL: nats.url,
        TAPIO_NATS_CA_FILE: authority.file,
      },
      findRunningStack: () => undefined,
      nowMs: () => Date.now(),
    });
    return { code, out, err };
  }

  test('they read the graph when they trust its authority', async () => {
    const { code, err } = await tapio(ours, 'incidents');
    expect(code, err).toBe(EXIT.nothingFound);
  });

  test('with another authority they say what to do', async () => {
    const { code, err } = await tapio(other, 'incidents');
    expect(code).toBe(EXIT.failed);
    expect(err).toContain(
      "Neo4j's certificate is not trusted: give the certificate of its authority as CA file",
    );
  });

  test('the doctor tells the one from the other, for both servers', async () => {
    const statuses = async (authority: TestAuthority): Promise<readonly string[]> => {
      const { out } = await tapio(authority, 'doctor', '--json');
      const { checks } = JSON.parse(out) as { checks: { name: string; status: string; found: string }[] };
      return checks
        .filter(({ name }) => name === 'NATS' || name === 'Neo4j')
        .map(({ name, status, found }) => `${name} ${status}${found.includes('not trusted') ? ' trust' : ''}`)
        .sort();
    };
    expect(await statuses(ours)).toEqual(['NATS ok', 'Neo4j ok']);
    expect(await statuses(other)).toEqual(['NATS fail trust', 'Neo4j fail trust']);
  });
});
