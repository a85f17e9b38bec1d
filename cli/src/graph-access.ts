import type { Graph } from '@tapio/store';
import { openGraph } from '@tapio/store';
import type { CliConfig, GraphConfig } from './config.ts';
import { UsageError } from './exit-codes.ts';

const CONNECT_TIMEOUT_MS = 5_000;

/** Opens the graph as configured; it connects when it is first asked something. */
export function openConfigured(config: GraphConfig, password: string): Graph {
  const { url, user, database, caFile } = config;
  return openGraph({
    url,
    user,
    password,
    database,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    ...(caFile === undefined ? {} : { encrypted: true, trustedCertificates: [caFile] }),
  });
}

/** Opens the graph, asks it something and closes it. @throws UsageError without a password, StoreError otherwise */
export async function withGraph<T>(config: CliConfig, ask: (graph: Graph) => Promise<T>): Promise<T> {
  const { url, password } = config.graph;
  if (password === undefined) {
    throw new UsageError(
      `no password for Neo4j at ${url}: set TAPIO_NEO4J_PASSWORD or --neo4j-password-file, or run "npm start" in this clone, which is found by itself`,
    );
  }
  await using graph = openConfigured(config.graph, password);
  await graph.verify();
  return await ask(graph);
}
