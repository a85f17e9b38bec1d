import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { waitFor } from '@tapio/testkit';
import type { ComposeSettings, PublishedPorts } from '../compose/environment.ts';
import { composeEnvironment } from '../compose/environment.ts';
import { LogFollower } from '../compose/log-follower.ts';
import { ComposeProject } from '../compose/project.ts';
import { PodsFile } from '../node/pods-file.ts';
import { BpfMount } from './bpf-mount.ts';
import { captureEpochIn } from './capture-epoch.ts';
import { choosePort, isFree } from './ports.ts';
import type { Connection } from './run-dir.ts';
import { READY_TIMEOUT_MS, isReady } from './service.ts';
import type { Stack, StackOptions } from './stack.ts';
import { CLUSTER, PODS_INTERVAL_MS } from './stack.ts';
import type { Terminal } from './terminal.ts';

/** What is published, and where unless another program holds the port. */
const PUBLISHED: readonly {
  readonly part: keyof PublishedPorts;
  readonly name: string;
  readonly port: number;
}[] = [
  { part: 'nats', name: 'NATS', port: 4222 },
  { part: 'neo4j', name: 'Neo4j', port: 7687 },
  { part: 'agent', name: 'the agent', port: 9471 },
  { part: 'loader', name: 'the loader', port: 9472 },
  { part: 'grafana', name: 'Grafana', port: 3000 },
];
/** How often other ports are tried when one was taken between the look and the bind. */
const ATTEMPTS = 3;
/** In the agent's container. */
const CAPTURE_STATE = '/var/lib/tapio/capture.json';
const LOG_LINES = 12;

/**
 * Runs docker-compose.yml, and takes down what has started when one part fails or the signal aborts. Of all that is
 * at work only the workload that fails is a process of this machine: its pods file and a bpffs are mounted into the
 * agent's container.
 */
export async function startComposedStack(options: StackOptions): Promise<Stack> {
  const { run, terminal, signal } = options;
  await using cleanup = new AsyncDisposableStack();
  // A kubelet without pods, until the scenario has one.
  const podsPath = new PodsFile(run.file('pods', 'pods.json')).path;
  const node = hostname();
  const bpffs = cleanup.use(await BpfMount.mount(run.file('bpffs')));
  const { project, settings } = await bringUp(options, cleanup, {
    cluster: CLUSTER,
    node,
    neo4jPassword: randomBytes(16).toString('hex'),
    grafanaPassword: randomBytes(16).toString('hex'),
    podsDir: run.file('pods'),
    podsIntervalMs: PODS_INTERVAL_MS,
    bpffsDir: bpffs.path,
  });
  const follower = cleanup.use(await LogFollower.start(project, run.file('logs', 'compose.log')));
  terminal.step(`containers run, as project ${project.name}`);
  const connection = connectionOf(settings);
  const healthOf = {
    loader: () => isReady(connection.loaderUrl),
    agent: () => isReady(connection.agentUrl),
    grafana: async () => (await fetch(`${connection.grafanaUrl}/api/health`)).ok,
  };
  for (const service of ['loader', 'agent', 'grafana'] as const) {
    await untilReady(project, { service, isHealthy: healthOf[service], signal });
    terminal.step(`${service} ready`);
  }
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
    broken: brokenBy(follower),
    captureEpoch: async () => captureEpochIn(await project.readFile('agent', CAPTURE_STATE)),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

interface Running {
  readonly project: ComposeProject;
  readonly settings: ComposeSettings;
}

/** Brings everything up on ports that are free, on others when one of them is taken meanwhile. */
async function bringUp(
  { run, terminal, signal, keep }: StackOptions,
  cleanup: AsyncDisposableStack,
  settings: Omit<ComposeSettings, 'ports'>,
): Promise<Running> {
  const { composeProject: name } = run;
  if (name === undefined) throw new Error('this run was not made for a composed stack');
  for (let attempt = 1; ; attempt += 1) {
    const ports = await choosePorts(terminal);
    const running: Running = {
      settings: { ...settings, ports },
      project: new ComposeProject(name, composeEnvironment({ ...settings, ports })),
    };
    const { project } = running;
    await using undo = new AsyncDisposableStack();
    undo.defer(async () => {
      terminal.step('taking the containers down');
      await project.down({ keepVolumes: keep });
    });
    if (await project.up({ outputFd: terminal.outputFd, signal })) {
      cleanup.use(undo.move());
      return running;
    }
    const log = await project.logTail(LOG_LINES).catch(() => '(none)');
    await undo.disposeAsync();
    const free = await Promise.all(Object.values(ports).map((port: number) => isFree(port)));
    if (attempt < ATTEMPTS && free.includes(false)) continue;
    throw new Error(`"docker compose up" failed, as it says above; the end of the services’ logs:\n${log}`);
  }
}

async function choosePorts(terminal: Terminal): Promise<PublishedPorts> {
  const chosen = await Promise.all(
    PUBLISHED.map(async ({ part, name, port: preferred }) => {
      const { port, taken } = await choosePort(preferred);
      if (taken)
        terminal.note(`port ${preferred} is taken by another program: ${name} is published on ${port}`);
      return [part, port] as const;
    }),
  );
  return Object.fromEntries(chosen) as Record<keyof PublishedPorts, number>;
}

function connectionOf({ cluster, ports, neo4jPassword }: ComposeSettings): Required<Connection> {
  return {
    cluster,
    natsUrl: `nats://127.0.0.1:${ports.nats}`,
    neo4jUrl: `bolt://127.0.0.1:${ports.neo4j}`,
    neo4jUser: 'neo4j',
    neo4jPassword,
    neo4jDatabase: 'neo4j',
    agentUrl: `http://127.0.0.1:${ports.agent}`,
    loaderUrl: `http://127.0.0.1:${ports.loader}`,
    grafanaUrl: `http://127.0.0.1:${ports.grafana}`,
  };
}

interface Readiness {
  readonly service: string;
  readonly isHealthy: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

async function untilReady(project: ComposeProject, { service, isHealthy, signal }: Readiness): Promise<void> {
  try {
    await waitFor(isHealthy, {
      describe: `${service} to be ready`,
      timeoutMs: READY_TIMEOUT_MS,
      everyMs: 250,
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    const log = await project.logTail(LOG_LINES, service).catch(() => '(none)');
    throw new Error(`${service} did not get ready; the end of its log:\n${log}`, { cause: error });
  }
}

async function brokenBy(follower: LogFollower): Promise<never> {
  const log = await follower.ended;
  throw new Error(`the containers ended by themselves; the end of their log:\n${log}`);
}
