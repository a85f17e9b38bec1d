import { createServer } from 'node:http';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { Child, launchNats, launchNeo4j } from '@tapio/testkit';
import { serviceProgram } from '../../../src/stack/service-program.ts';
import type { RunningService, ServiceTask } from './process-project.ts';

/** Ports inside containers, by the service that listens there. */
const PORTS: Readonly<Record<string, number>> = {
  nats: 4222,
  neo4j: 7687,
  agent: 9471,
  loader: 9472,
  grafana: 3000,
};

/**
 * The real thing for each service: nats-server, Neo4j, agent and loader as images start them. Grafana alone is a stand-in that
 * says it is healthy.
 */
export async function startRealService(task: ServiceTask): Promise<RunningService> {
  switch (task.name) {
    case 'nats':
      return launchNats({ dataDir: task.pathOf('/data'), port: portOf(task), signal: task.signal });
    case 'neo4j': {
      const [user = '', password = ''] = (task.env['NEO4J_AUTH'] ?? '').split('/');
      return launchNeo4j({
        dataDir: task.pathOf('/data'),
        boltPort: portOf(task),
        user,
        password,
        signal: task.signal,
      });
    }
    case 'agent':
    case 'loader':
      return startTapioService(task, task.name);
    default:
      return startHealthyService(task);
  }
}

/** A service that only says, over HTTP, that it is well. */
export async function startHealthyService(task: ServiceTask): Promise<RunningService> {
  const server = createServer((_request, response) => response.end('ok'));
  server.listen(portOf(task), '127.0.0.1');
  await once(server, 'listening');
  appendFileSync(task.logPath, `${task.name} listens\n`);
  return {
    get running() {
      return server.listening;
    },
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function portOf({ name, portOf: published }: ServiceTask): number {
  const port = published(PORTS[name] ?? 0);
  if (port === undefined) throw new Error(`${name} publishes no port ${String(PORTS[name])}`);
  return port;
}

/** With nothing of this process' environment but the PATH: a container has none of it either. */
async function startTapioService(task: ServiceTask, name: 'agent' | 'loader'): Promise<RunningService> {
  // A published port leads to a container's own address: what listens on its loopback is out of reach.
  const port = task.env['TAPIO_HTTP_HOST'] === '0.0.0.0' ? portOf(task) : 0;
  const child = await Child.start({
    name: task.name,
    command: process.execPath,
    args: [await serviceProgram(name)],
    logPath: task.logPath,
    cwd: '/',
    env: {
      PATH: process.env['PATH'],
      ...task.env,
      TAPIO_HTTP_HOST: '127.0.0.1',
      TAPIO_HTTP_PORT: String(port),
    },
  });
  return {
    get running() {
      return child.running;
    },
    [Symbol.asyncDispose]: async () => {
      await child.stop(15_000);
    },
  };
}
