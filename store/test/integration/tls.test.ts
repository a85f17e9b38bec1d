import type { NatsServer, Neo4jServer } from '@tapio/testkit';
import { TestAuthority, certificatesMissing, launchNats, launchNeo4j, toolsMissing } from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stream } from '../../src/index.ts';
import { openGraph, openStream } from '../../src/index.ts';

const missing = toolsMissing() ?? certificatesMissing();
if (missing !== undefined) process.stderr.write(`TLS is not tested: ${missing}\n`);

describe.skipIf(missing !== undefined)('servers that speak TLS only', () => {
  const owned = new AsyncDisposableStack();
  let ours: TestAuthority;
  let other: TestAuthority;
  let nats: NatsServer;
  let neo4j: Neo4jServer;

  beforeAll(async () => {
    ours = owned.use(TestAuthority.make());
    other = owned.use(TestAuthority.make('another authority'));
    [nats, neo4j] = await Promise.all([
      // By an address nats.js takes a server for localhost.
      launchNats({ tls: ours.certify(['DNS:localhost']) }),
      launchNeo4j({ tls: ours.certify(['IP:127.0.0.1']) }),
    ]);
    owned.use(nats);
    owned.use(neo4j);
  });
  afterAll(() => owned.disposeAsync());

  const open = (options: { readonly caFile?: string; readonly url?: string }): Promise<Stream> =>
    openStream({ url: nats.url, ...options });

  const ping = async (options: { readonly caFile?: string; readonly url?: string }): Promise<void> => {
    const { caFile, url = neo4j.boltUrl } = options;
    const { user, password } = neo4j;
    const trust = caFile === undefined ? {} : { encrypted: true, trustedCertificates: [caFile] };
    await using graph = openGraph({ url, user, password, ...trust });
    await graph.ping();
  };

  test.each(['nats', 'tls'])('NATS takes who trusts its authority, by %s://', async (scheme) => {
    await using stream = await open({ caFile: ours.file, url: nats.url.replace('nats', scheme) });
    await expect(stream.ensureStreams()).resolves.toBeUndefined();
  });

  test.each(['bolt', 'bolt+s', 'neo4j', 'neo4j+s'])(
    'Neo4j takes who trusts its authority, by %s://',
    async (scheme) => {
      await ping({ caFile: ours.file, url: neo4j.boltUrl.replace('bolt', scheme) });
    },
  );

  test('without an authority of one’s own, +ssc asks for encryption alone', async () => {
    await ping({ url: neo4j.boltUrl.replace('bolt', 'bolt+ssc') });
  });

  test('where an authority is given, +ssc does not keep the certificate from being checked', async () => {
    const url = neo4j.boltUrl.replace('bolt', 'bolt+ssc');
    await expect(ping({ caFile: other.file, url })).rejects.toThrow('certificate is not trusted');
  });

  test.each([
    ['an authority that did not sign it', () => other.file],
    ['no authority', () => undefined],
  ])('with %s the server is not trusted, and what to do is said', async (_name, caFile) => {
    const file = caFile();
    const given = file === undefined ? {} : { caFile: file };
    const advice = 'certificate is not trusted: give the certificate of its authority as CA file';
    await expect(open(given)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`NATS's ${advice}`) as string,
    });
    await expect(ping({ url: neo4j.boltUrl.replace('bolt', 'bolt+s'), ...given })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`Neo4j's ${advice}`) as string,
    });
  });

  test('a certificate for another host name is not trusted', async () => {
    await using elsewhere = await launchNats({ tls: ours.certify(['DNS:nats.example']) });
    const caFile = ours.file;
    const mismatch = 'it is for another host name';
    await expect(open({ caFile, url: elsewhere.url })).rejects.toThrow(mismatch);
    const url = neo4j.boltUrl.replace('127.0.0.1', 'localhost');
    await expect(ping({ caFile, url })).rejects.toThrow(mismatch);
  });

  test('a file that is not there is named', async () => {
    await expect(open({ caFile: '/absent/ca.pem' })).rejects.toThrow('/absent/ca.pem');
    await expect(ping({ caFile: '/absent/ca.pem' })).rejects.toThrow('/absent/ca.pem');
  });
});
