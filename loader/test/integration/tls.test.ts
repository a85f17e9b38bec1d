import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NatsServer, Neo4jServer } from '@tapio/testkit';
import {
  TestAuthority,
  certificatesMissing,
  launchNats,
  launchNeo4j,
  toolsMissing,
  waitFor,
} from '@tapio/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LoaderProcess } from './harness.ts';
import { startLoader } from './harness.ts';

const missing = toolsMissing() ?? certificatesMissing();
if (missing !== undefined) process.stderr.write(`the loader is not tested with TLS: ${missing}\n`);

describe.skipIf(missing !== undefined)('a loader and servers that speak TLS only', () => {
  const owned = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapio-loader-tls-'));
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
  });
  afterAll(async () => {
    await owned.disposeAsync();
    rmSync(dir, { recursive: true, force: true });
  });

  const start = (natsCaFile: string, neo4jCaFile: string): Promise<LoaderProcess> =>
    startLoader({ nats, neo4j, dir }, 'tls', [
      ...['--nats-ca-file', natsCaFile, '--neo4j-ca-file', neo4jCaFile],
      ...['--neo4j-url', neo4j.boltUrl.replace('bolt', 'bolt+s')],
    ]);

  test('it owns its cluster when it trusts their authority', async () => {
    const loader = await start(ours.file, ours.file);
    await waitFor(async () => (await loader.ready()).ok, {
      timeoutMs: 30_000,
      describe: 'the loader to be ready',
      state: () => loader.child.logTail(5),
    });
    expect(await loader.child.stop()).toEqual({ code: 0, signal: null });
  });

  test.each([
    ['NATS', () => start(other.file, ours.file)],
    ['Neo4j', () => start(ours.file, other.file)],
  ])('where %s’ authority is another, it is not ready and says so', async (server, started) => {
    const loader = await started();
    const reason = await waitFor(
      async () => {
        const { checks } = await loader.ready();
        return checks['loader']?.reason?.includes('certificate') === true && checks['loader'].reason;
      },
      { timeoutMs: 30_000, describe: 'a reason', state: () => loader.child.logTail(5) },
    );
    expect(reason).toContain(
      `${server}'s certificate is not trusted: give the certificate of its authority as CA file`,
    );
    await loader.child.stop();
  });
});
