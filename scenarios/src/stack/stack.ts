import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { launchNats, launchNeo4j } from '@tapio/testkit';
import { BpfMount } from './bpf-mount.ts';
import { Grafana, grafanaHome } from './grafana.ts';
import { choosePort } from './ports.ts';
import type { Connection, RunDir } from './run-dir.ts';
import { Service } from './service.ts';
import type { Terminal } from './terminal.ts';

export const CLUSTER = 'local';

export interface StackOptions {
  readonly run: RunDir;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** NATS, Neo4j, agent, loader and, where there is one, Grafana: all ready. */
export interface Stack extends AsyncDisposable {
  readonly connection: Connection;
  readonly node: string;
  readonly podsPath: string;
  /** Why there is no Grafana. */
  readonly grafanaMissing?: string;
  /** Rejects when a service ends by itself. */
  readonly broken: Promise<never>;
}

/**
 * Starts everything, servers first, and takes down what it has started when one part fails or the signal aborts.
 * Disposal stops it in order: Grafana, agent (drains into NATS), loader (drains into Neo4j), servers, mount.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { run, terminal, signal } = options;
  await using cleanup = new AsyncDisposableStack();
  const node = hostname();
  const podsPath = run.file('pods.json');
  const bpffs = cleanup.use(await BpfMount.mount(run.file('bpffs')));
  const { nats, neo4j } = await startServers(options, cleanup);
  signal.throwIfAborted();

  const password = { TAPIO_NEO4J_PASSWORD: neo4j.password };
  const natsUrl = nats.url;
  const loader = cleanup.use(
    await Service.start({
      name: 'loader',
      flags: { cluster: CLUSTER, 'nats-url': natsUrl, 'neo4j-url': neo4j.boltUrl, 'neo4j-user': neo4j.user },
      env: password,
      logPath: run.file('logs', 'loader.log'),
      signal,
    }),
  );
  terminal.step(`loader ready: schema in place, ${loader.url}/metrics`);
  const agent = cleanup.use(
    await Service.start({
      name: 'agent',
      flags: {
        cluster: CLUSTER,
        node,
        'nats-url': natsUrl,
        'state-dir': run.file('agent'),
        bpffs: bpffs.path,
        'pods-source': podsPath,
        'pods-interval-ms': '250',
      },
      env: {},
      logPath: run.file('logs', 'agent.log'),
      signal,
    }),
  );
  terminal.step(`agent ready: eBPF programs attached, ${agent.url}/metrics`);

  const local: Connection = {
    cluster: CLUSTER,
    natsUrl,
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
  const owned = cleanup.move();
  return {
    connection,
    node,
    podsPath,
    broken: Promise.race([brokenBy(agent), brokenBy(loader)]),
    ...('missing' in found ? { grafanaMissing: found.missing } : {}),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Both at once: Neo4j takes longest of all. */
async function startServers(
  { run, terminal, signal }: StackOptions,
  cleanup: AsyncDisposableStack,
): Promise<{ nats: Awaited<ReturnType<typeof launchNats>>; neo4j: Awaited<ReturnType<typeof launchNeo4j>> }> {
  const [natsPort, boltPort] = await Promise.all([choosePort(4222), choosePort(7687)]);
  if (natsPort.taken)
    terminal.note(`port 4222 is taken by another program: NATS listens on ${natsPort.port}`);
  if (boltPort.taken)
    terminal.note(`port 7687 is taken by another program: Neo4j listens on ${boltPort.port}`);
  signal.throwIfAborted();
  const servers = await Promise.allSettled([
    launchNats({ dataDir: run.file('nats'), port: natsPort.port }).then((server) => {
      cleanup.use(server);
      terminal.step(`NATS ready: ${server.url} (nats-server ${server.version})`);
      return server;
    }),
    launchNeo4j({
      dataDir: run.file('neo4j'),
      boltPort: boltPort.port,
      password: randomBytes(16).toString('hex'),
    }).then((server) => {
      cleanup.use(server);
      terminal.step(`Neo4j ready: ${server.boltUrl}`);
      return server;
    }),
  ]);
  const [nats, neo4j] = servers;
  if (nats.status === 'rejected') throw nats.reason;
  if (neo4j.status === 'rejected') throw neo4j.reason;
  return { nats: nats.value, neo4j: neo4j.value };
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
