import type { GraphOptions } from './connection.ts';
import { Connection } from './connection.ts';
import { StoreError } from './errors.ts';
import type { MigrationOutcome } from './migrate.ts';
import { migrate, schemaVersion } from './migrate.ts';
import { SCHEMA } from './schema.ts';

/** The graph in Neo4j. Opening it connects lazily: `ping` tells whether it is there. */
export class Graph implements AsyncDisposable {
  /** For this package. */
  readonly connection: Connection;
  /** Incidents that a read left out because they can't be decoded: made by another version, or damaged. */
  unreadableIncidents = 0;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** @throws StoreError `unavailable` or `unauthorized`, with what to check */
  async ping(signal?: AbortSignal): Promise<void> {
    await this.connection.ping(signal);
  }

  /** Brings the schema up to date; safe to call by several processes at once. */
  async migrate(signal?: AbortSignal): Promise<MigrationOutcome> {
    return migrate(this.connection, undefined, signal);
  }

  /**
   * For readers, which don't migrate.
   * @throws StoreError `older_schema` or `newer_schema`
   */
  async verify(signal?: AbortSignal): Promise<void> {
    const version = await schemaVersion(this.connection, signal);
    if (version > SCHEMA) {
      throw new StoreError(
        'newer_schema',
        `the graph has schema ${version}, this version knows ${SCHEMA}: upgrade`,
      );
    }
    if (version < SCHEMA) {
      throw new StoreError(
        'older_schema',
        version === 0
          ? 'the graph is empty: start a loader, which sets it up'
          : `the graph has schema ${version}, this version needs ${SCHEMA}: start a loader of this version`,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection[Symbol.asyncDispose]();
  }
}

export function openGraph(options: GraphOptions): Graph {
  return new Graph(new Connection(options));
}
