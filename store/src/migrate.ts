import type { Connection } from './connection.ts';
import { StoreError } from './errors.ts';
import type { Migration } from './schema.ts';
import { MIGRATIONS } from './schema.ts';

export interface MigrationOutcome {
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly applied: readonly string[];
}

const LOCK_TIMEOUT_MS = 600_000;
const INDEX_WAIT_SECONDS = 300;

/**
 * Brings the graph to the newest schema. A second loader that calls it meanwhile waits and then finds nothing to
 * do; one that dies in the middle leaves steps that the next call repeats.
 *
 * @throws StoreError `newer_schema` when the graph was made by a newer version: nothing is touched
 */
export async function migrate(
  connection: Connection,
  migrations: readonly Migration[] = MIGRATIONS,
  signal?: AbortSignal,
): Promise<MigrationOutcome> {
  const found = await schemaVersion(connection, signal);
  if (found === newestOf(migrations)) return { fromVersion: found, toVersion: found, applied: [] };
  refuseNewer(found, migrations);
  await connection.run(`MERGE (:_MigrationLock {name: 'schema'})`);
  return connection.transaction(
    { mode: 'write', timeoutMs: LOCK_TIMEOUT_MS, ...(signal && { signal }) },
    async (lock) => {
      // Without a constraint two first loaders may have made a node each. Both nodes are committed by now, so
      // whoever locks all it sees, in order, meets the other at one of them at least.
      await lock.run(`MATCH (l:_MigrationLock) WITH l ORDER BY elementId(l) SET l.taken_at = timestamp()`);
      const fromVersion = await schemaVersion(connection, signal);
      refuseNewer(fromVersion, migrations);
      const applied: string[] = [];
      let toVersion = fromVersion;
      for (const migration of migrations) {
        if (migration.version <= fromVersion) continue;
        signal?.throwIfAborted();
        await apply(connection, migration);
        applied.push(migration.name);
        toVersion = migration.version;
      }
      return { fromVersion, toVersion, applied };
    },
  );
}

async function apply(connection: Connection, migration: Migration): Promise<void> {
  for (const statement of migration.statements) await runSchemaCommand(connection, statement);
  await connection.run(`CALL db.awaitIndexes(${INDEX_WAIT_SECONDS})`);
  await connection.run(
    `MERGE (m:_Migration {version: toInteger($version)})
     ON CREATE SET m.name = $name, m.applied_at = timestamp()`,
    { version: migration.version, name: migration.name },
  );
}

/**
 * A client that dies while Neo4j makes a constraint leaves the constraint's index behind, which `IF NOT EXISTS`
 * does not see and which is in the way for ever. Under the migration lock nobody is making it: it can go.
 */
async function runSchemaCommand(connection: Connection, statement: string): Promise<void> {
  try {
    await connection.run(statement);
  } catch (error) {
    const name = /^CREATE CONSTRAINT (\w+)/.exec(statement)?.[1];
    if (!(error instanceof StoreError) || error.code !== 'index_exists' || name === undefined) throw error;
    await connection.run(`DROP INDEX ${name} IF EXISTS`);
    await connection.run(statement);
  }
}

/** 0 for a graph that Tapio never touched. */
export async function schemaVersion(connection: Connection, signal?: AbortSignal): Promise<number> {
  const [record] = await connection.transaction({ mode: 'read', ...(signal && { signal }) }, (tx) =>
    tx.run('MATCH (m:_Migration) RETURN toFloat(coalesce(max(m.version), 0)) AS version'),
  );
  return Number(record?.get('version') ?? 0);
}

function refuseNewer(found: number, migrations: readonly Migration[]): void {
  const known = newestOf(migrations);
  if (found <= known) return;
  throw new StoreError(
    'newer_schema',
    `the graph has schema ${found}, this version knows ${known}: upgrade Tapio, or use another Neo4j database`,
  );
}

function newestOf(migrations: readonly Migration[]): number {
  return migrations.reduce((newest, { version }) => Math.max(newest, version), 0);
}
