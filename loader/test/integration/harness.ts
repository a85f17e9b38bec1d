import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BatchHeader, ObservationEvent } from '@tapio/domain';
import { encodeBatch, encodeBatchHeader, observationSubject } from '@tapio/domain';
import type { Graph, GraphValue } from '@tapio/store';
import { openGraph, runCypher } from '@tapio/store';
import type { NatsServer, Neo4jServer } from '@tapio/testkit';
import { Child, launchNats, launchNeo4j, waitFor } from '@tapio/testkit';
import type { JetStreamClient } from '@nats-io/jetstream';
import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { connect, headers as natsHeaders } from '@nats-io/transport-node';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

export interface Servers extends AsyncDisposable {
  readonly nats: NatsServer;
  readonly neo4j: Neo4jServer;
  readonly graph: Graph;
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly dir: string;
}

export async function launchServers(): Promise<Servers> {
  const stack = new AsyncDisposableStack();
  const dir = mkdtempSync(join(tmpdir(), 'tapio-loader-'));
  stack.defer(() => {
    rmSync(dir, { recursive: true, force: true });
  });
  const [nats, neo4j] = await Promise.all([launchNats(), launchNeo4j()]);
  stack.use(nats);
  stack.use(neo4j);
  const graph = stack.use(openGraph({ url: neo4j.boltUrl, user: neo4j.user, password: neo4j.password }));
  const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  stack.defer(() => connection.close());
  return {
    nats,
    neo4j,
    graph,
    connection,
    jetstream: jetstream(connection),
    dir,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

export interface LoaderProcess {
  readonly child: Child;
  readonly port: number;
  ready(): Promise<{
    readonly ok: boolean;
    readonly checks: Record<string, { ok: boolean; reason?: string }>;
  }>;
  /** Value of a metric without labels, or of the line that starts so. */
  metric(name: string): Promise<number>;
}

let started = 0;

/** Starts a loader as a process of its own and waits until it listens. */
export async function startLoader(
  servers: Pick<Servers, 'nats' | 'neo4j' | 'dir'>,
  cluster: string,
  flags: readonly string[] = [],
): Promise<LoaderProcess> {
  started += 1;
  const logPath = join(servers.dir, `loader-${started}.log`);
  const child = await Child.start({
    name: 'loader',
    command: process.execPath,
    args: [
      MAIN,
      ...['--cluster', cluster, '--nats-url', servers.nats.url, '--neo4j-url', servers.neo4j.boltUrl],
      ...['--neo4j-user', servers.neo4j.user, '--http-port', '0', '--lease-ttl-ms', '3000', ...flags],
    ],
    logPath,
    env: { ...process.env, TAPIO_NEO4J_PASSWORD: servers.neo4j.password },
  });
  const port = await waitFor(
    () => {
      if (!child.running) throw new Error(`the loader ended: ${child.logTail(5)}`);
      const line = readFileSync(logPath, 'utf8')
        .split('\n')
        .find((text) => text.includes('"msg":"listening"'));
      return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port;
    },
    { timeoutMs: 30_000, describe: 'the loader to listen', state: () => child.logTail(5) },
  );
  const url = `http://127.0.0.1:${port}`;
  return {
    child,
    port,
    ready: async () =>
      (await (await fetch(`${url}/readyz`)).json()) as Awaited<ReturnType<LoaderProcess['ready']>>,
    metric: async (name) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      const line = text
        .split('\n')
        .find((candidate) => candidate.startsWith(`${name} `) || candidate.startsWith(`${name}{`));
      if (line === undefined) throw new Error(`no metric ${name}`);
      return Number(line.slice(line.lastIndexOf(' ')));
    },
  };
}

export async function rows(
  graph: Graph,
  text: string,
  parameters: Record<string, string> = {},
): Promise<readonly (readonly GraphValue[])[]> {
  return (await runCypher(graph, { text, parameters, rowLimit: 10_000, timeoutMs: 30_000 })).rows;
}

export async function countEvents(graph: Graph, cluster: string): Promise<number> {
  const text = 'MATCH (e:Event {cluster: $cluster}) RETURN count(e), count(DISTINCT e.id)';
  const [row] = await rows(graph, text, { cluster });
  const [events, ids] = (row ?? []).map(Number);
  if (events === undefined || events !== ids) throw new Error(`${events ?? 0} events with ${ids ?? 0} ids`);
  return events;
}

export interface Publication {
  readonly cluster: string;
  readonly batch: number;
  readonly events: readonly unknown[];
  readonly completeThroughUs?: number;
  readonly incarnation?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: Uint8Array;
}

/** Publishes a batch as an agent does, until the server has it. */
export async function publish(servers: Servers, publication: Publication): Promise<number> {
  const { cluster, events, batch } = publication;
  const header: BatchHeader = {
    producer: { cluster, node: 'node-1', lane: 'signal', incarnation: publication.incarnation ?? 'inc-1' },
    batch,
    count: events.length,
    completeThrough: {
      kubelet: publication.completeThroughUs ?? 0,
      kernel: publication.completeThroughUs ?? 0,
    },
  };
  const headers = natsHeaders();
  for (const [name, value] of Object.entries({ ...encodeBatchHeader(header), ...publication.headers })) {
    headers.set(name, value);
  }
  const subject = observationSubject({ source: 'kubelet', lane: 'signal', cluster, node: 'node-1' });
  const payload = publication.payload ?? encodeBatch(events as readonly ObservationEvent[]);
  return waitFor(
    async () => (await servers.jetstream.publish(subject, payload, { headers, timeout: 2_000 })).seq,
    { timeoutMs: 60_000, everyMs: 100, describe: `batch ${batch} to be stored` },
  );
}
