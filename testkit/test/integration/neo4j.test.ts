import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import neo4j from 'neo4j-driver';
import { beforeEach, describe, expect, it } from 'vitest';
import { launchNeo4j, toolsMissing } from '../../src/index.ts';
import type { Neo4jServer } from '../../src/index.ts';

const missing = toolsMissing();

describe('neo4j launcher', { timeout: 300_000 }, () => {
  beforeEach((context) => {
    context.skip(missing !== undefined, missing);
  });

  it('keeps committed rows over SIGKILL and restart, and asks for the password', async () => {
    await using server = await launchNeo4j();
    await query(server, 'CREATE (:Kept {n: 7})');
    const end = await server.kill('SIGKILL');
    expect(end.signal).toBe('SIGKILL');

    await server.restart();
    expect(await query(server, 'MATCH (k:Kept) RETURN k.n AS n')).toEqual([{ n: 7 }]);
    await expect(query({ ...server, password: 'wrong-password' }, 'RETURN 1')).rejects.toThrow(
      /unauthorized/i,
    );
  });

  it('opens a kept folder only with the password it was made with', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'tapio-neo4j-kept-'));
    try {
      {
        await using server = await launchNeo4j({ dataDir, user: 'tapio', password: 'first-password' });
        await query(server, 'CREATE (:Kept {n: 8})');
      }
      await expect(launchNeo4j({ dataDir, user: 'tapio', password: 'other-password' })).rejects.toThrow(
        /made with another/,
      );
      await using server = await launchNeo4j({ dataDir, user: 'tapio', password: 'first-password' });
      expect(await query(server, 'MATCH (k:Kept) RETURN k.n AS n')).toEqual([{ n: 8 }]);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

async function query(
  server: Pick<Neo4jServer, 'boltUrl' | 'user' | 'password'>,
  text: string,
): Promise<unknown[]> {
  await using driver = neo4j.driver(server.boltUrl, neo4j.auth.basic(server.user, server.password), {
    disableLosslessIntegers: true,
  });
  const { records } = await driver.executeQuery(text);
  return records.map((record) => record.toObject());
}
