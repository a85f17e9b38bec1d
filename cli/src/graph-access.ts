import type { Graph } from '@tapio/store';
import { openGraph } from '@tapio/store';
import type { CliConfig } from './config.ts';
import { UsageError } from './exit-codes.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** Opens the graph, asks it something and closes it. @throws UsageError without a password, StoreError otherwise */
export async function withGraph<T>(config: CliConfig, ask: (graph: Graph) => Promise<T>): Promise<T> {
  const { url, user, password, database } = config.graph;
  if (password === undefined) {
    throw new UsageError(
      `no password for Neo4j at ${url}: set TAPIO_NEO4J_PASSWORD or --neo4j-password-file, or run "npm start" in this clone, which is found by itself`,
    );
  }
  await using graph = openGraph({ url, user, password, database, connectTimeoutMs: CONNECT_TIMEOUT_MS });
  await graph.verify();
  return await ask(graph);
}
