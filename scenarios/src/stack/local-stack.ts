import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { NatsServer, Neo4jServer } from '@tapio/testkit';
import { launchNats, launchNeo4j } from '@tapio/testkit';
import { PodsFile } from '../node/pods-file.ts';
import { BpfMount } from './bpf-mount.ts';
import { captureEpochIn } from './capture-epoch.ts';
import { Grafana, grafanaHome } from './grafana.ts';
import type { PortUse } from './ports.ts';
import { openOnPort } from './ports.ts';
import type { Connection, RunDir } from './run-dir.ts';
import { Service } from './service.ts';
import type { Stack, StackOptions } from './stack.ts';
import { CLUSTER, PODS_INTERVAL_MS } from './stack.ts';
import type { Terminal } from './terminal.ts';

/** Ten seconds on a quiet machine, more than a minute on a very busy one. */
const NEO4J_TIMEOUT_MS = 180_000;

/**
 * Starts everything, each part as soon as what it needs is there, and takes down what it has started when one
 * part fails or the signal aborts. Disposal stops it in order: Grafana, agent (drains into NATS), loader (drains
 * into Neo4j), servers, mount.
 */
export async function startLocalStack(options: StackOptions): Promise<Stack> {
  const { run, terminal } = options;
  await using cleanup = new AsyncDisposableStack();
  // A kubelet without pods, until the scenario has one.
  const podsPath = new PodsFile(run.file('pods', 'pods.json')).path;
  const node = hostname();
  const bpffs = cleanup.use(await BpfMount.mount(run.file('bpffs')));
  const { nats, neo4j, loader, agent } = await startParts({ ...options, node, podsPath, bpffs }, cleanup);
  const local: Connection = {
    cluster: CLUSTER,
    natsUrl: nats.url,
    neo4jUrl: neo4j.boltUrl,
    neo4jUser: neo4j.user,
    neo4jPassword: neo4j.password,
    neo4jDatabase: 'neo4j',
    agentUrl: agent.url,
    loaderUrl: loader.url,
  };
  const found = grafanaHome();
  const grafana =
    'home' in found ? await startGrafana({ ...options, home: found.home, local, cleanup }) : undefined;
  const connection = grafana === undefined ? local : { ...local, grafanaUrl: grafana.url };
  run.writeConnection(connection);
  cleanup.defer(() => {
    run.forgetConnection();
  });
  terminal.step('everything runs');
  const owned = cleanup.move();
  return {
    connection,
    node,
    podsPath,
    broken: Promise.race([brokenBy(agent), brokenBy(loader)]),
    captureEpoch: async () => captureEpochIn(await readFile(run.file('agent', 'capture.json'), 'utf8')),
    ...('missing' in found ? { grafanaMissing: found.missing } : {}),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Parts {
  readonly nats: NatsServer;
  readonly neo4j: Neo4jServer;
  readonly loader: Service;
  readonly agent: Service;
}

interface PartsOptions extends StackOptions {
  readonly node: string;
  readonly podsPath: string;
  readonly bpffs: BpfMount;
}

/** Neo4j takes longest: meanwhile the agent gets ready. The first part that fails stops the others. */
async function startParts(options: PartsOptions, cleanup: AsyncDisposableStack): Promise<Parts> {
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const starting = { ...options, signal };
  const nats = startNats(starting);
  const neo4j = startNeo4j(starting);
  const loader = Promise.all([nats, neo4j]).then(([stream, graph]) => startLoader(starting, stream, graph));
  const agent = nats.then((stream) => startAgent(starting, stream));
  const parts = [nats, neo4j, loader, agent] as const;
  for (const part of parts) {
    part.catch((error: unknown) => {
      failed.abort(error);
    });
  }
  const [streamPart, graphPart, ...services] = await Promise.allSettled(parts);
  if (streamPart.status === 'fulfilled') cleanup.use(streamPart.value);
  if (graphPart.status === 'fulfilled') {
    const graph = cleanup.use(graphPart.value);
    // A store that is removed need not be closed, which takes seconds.
    if (!options.keep) {
      cleanup.defer(async () => {
        await graph.kill('SIGKILL');
      });
    }
  }
  for (const part of services) if (part.status === 'fulfilled') cleanup.use(part.value);
  options.signal.throwIfAborted();
  if (failed.signal.aborted) throw failed.signal.reason;
  return { nats: await nats, neo4j: await neo4j, loader: await loader, agent: await agent };
}

function preferring(preferred: number, server: string, terminal: Terminal): PortUse {
  return {
    preferred,
    onTaken: (port) => {
      terminal.note(`port ${preferred} is taken by another program: ${server} listens on ${port}`);
    },
  };
}

async function startNats({ run, terminal, signal }: StackOptions): Promise<NatsServer> {
  const nats = await openOnPort(preferring(4222, 'NATS', terminal), (port) =>
    launchNats({ dataDir: run.file('nats'), port, signal }),
  );
  terminal.step(`NATS ready: ${nats.url} (nats-server ${nats.version})`);
  return nats;
}

async function startNeo4j({ run, terminal, signal }: StackOptions): Promise<Neo4jServer> {
  const password = randomBytes(16).toString('hex');
  const neo4j = await openOnPort(preferring(7687, 'Neo4j', terminal), (boltPort) =>
    launchNeo4j({
      dataDir: run.file('neo4j'),
      boltPort,
      password,
      readyTimeoutMs: NEO4J_TIMEOUT_MS,
      signal,
    }),
  );
  terminal.step(`Neo4j ready: ${neo4j.boltUrl}`);
  return neo4j;
}

async function startLoader(
  { run, terminal, signal }: StackOptions,
  nats: NatsServer,
  neo4j: Neo4jServer,
): Promise<Service> {
  const loader = await Service.start({
    name: 'loader',
    flags: {
      cluster: CLUSTER,
      'nats-url': nats.url,
      'neo4j-url': neo4j.boltUrl,
      'neo4j-user': neo4j.user,
    },
    env: { TAPIO_NEO4J_PASSWORD: neo4j.password },
    logPath: run.file('logs', 'loader.log'),
    signal,
  });
  terminal.step(`loader ready: schema in place, ${loader.url}/metrics`);
  return loader;
}

async function startAgent(options: PartsOptions, nats: NatsServer): Promise<Service> {
  const { run, terminal, signal, node, podsPath, bpffs } = options;
  const agent = await Service.start({
    name: 'agent',
    flags: {
      cluster: CLUSTER,
      node,
      'nats-url': nats.url,
      'state-dir': run.file('agent'),
      bpffs: bpffs.path,
      'pods-source': podsPath,
      'pods-interval-ms': String(PODS_INTERVAL_MS),
    },
    env: {},
    logPath: run.file('logs', 'agent.log'),
    signal,
  });
  terminal.step(`agent ready: eBPF programs attached, ${agent.url}/metrics`);
  return agent;
}

async function startGrafana(options: {
  readonly home: string;
  readonly local: Connection;
  readonly run: RunDir;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly cleanup: AsyncDisposableStack;
}): Promise<Grafana> {
  const { home, local, run, terminal, signal, cleanup } = options;
  const { grafana, portTaken } = await Grafana.start({
    home,
    dir: run.file('grafana'),
    connection: local,
    signal,
  });
  cleanup.use(grafana);
  if (portTaken) terminal.note(`port 3000 is taken by another program: Grafana listens at ${grafana.url}`);
  terminal.step(`Grafana ready: ${grafana.url}`);
  return grafana;
}

async function brokenBy(service: Service): Promise<never> {
  await service.ended;
  throw new Error(`${service.name} ended by itself; the end of its log:\n${service.logTail(12)}`);
}
