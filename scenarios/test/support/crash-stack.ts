import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsServer, Neo4jServer } from '@tapio/testkit';
import { launchNats, launchNeo4j } from '@tapio/testkit';
import { BpfMount } from '../../src/stack/bpf-mount.ts';
import type { Victim } from './kill-plan.ts';
import { SupervisedService } from './supervised-service.ts';

export const CLUSTER = 'crash';
export const NODE = 'n1';

/** A dead loader keeps the cluster no longer than this: the test has no time for the 15 s of the default. */
const LEASE_TTL_MS = 3_000;
const READY_MS = 90_000;

/** NATS, Neo4j, agent and loader, each to be killed at any moment and started again at once. */
export class CrashStack implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly neo4j: Neo4jServer;
  readonly agent: SupervisedService;
  readonly loader: SupervisedService;
  readonly bpffs: BpfMount;
  readonly stateDir: string;
  readonly #owned: AsyncDisposableStack;
  readonly #restarts = new Map<Victim, Promise<void>>();

  private constructor(parts: Parts, owned: AsyncDisposableStack) {
    this.nats = parts.nats;
    this.neo4j = parts.neo4j;
    this.agent = parts.agent;
    this.loader = parts.loader;
    this.bpffs = parts.bpffs;
    this.stateDir = parts.stateDir;
    this.#owned = owned;
  }

  /** Starts all and waits until they are ready. */
  static async start(folder: string, podsPath: string): Promise<CrashStack> {
    await using cleanup = new AsyncDisposableStack();
    mkdirSync(join(folder, 'bpffs'));
    const bpffs = cleanup.use(await BpfMount.mount(join(folder, 'bpffs')));
    const password = randomBytes(12).toString('hex');
    const servers = await Promise.allSettled([
      launchNats({ dataDir: join(folder, 'nats') }),
      launchNeo4j({ dataDir: join(folder, 'neo4j'), password }),
    ]);
    for (const server of servers) if (server.status === 'fulfilled') cleanup.use(server.value);
    const [nats, neo4j] = servers.map((server) => {
      if (server.status === 'rejected') throw server.reason;
      return server.value;
    }) as [NatsServer, Neo4jServer];
    const stateDir = join(folder, 'agent');
    const loader = cleanup.use(
      new SupervisedService({
        name: 'loader',
        flags: {
          cluster: CLUSTER,
          'nats-url': nats.url,
          'neo4j-url': neo4j.boltUrl,
          'neo4j-user': neo4j.user,
          'lease-ttl-ms': String(LEASE_TTL_MS),
        },
        env: { TAPIO_NEO4J_PASSWORD: password },
        logPath: join(folder, 'loader.log'),
      }),
    );
    const agent = cleanup.use(
      new SupervisedService({
        name: 'agent',
        flags: {
          cluster: CLUSTER,
          node: NODE,
          'nats-url': nats.url,
          'state-dir': stateDir,
          bpffs: bpffs.path,
          'pods-source': podsPath,
          'pods-interval-ms': '200',
          // Those whose every record becomes an event, so that the kernel's numbers can be accounted for.
          collectors: 'process,memory,file,pods',
        },
        logPath: join(folder, 'agent.log'),
      }),
    );
    const stack = new CrashStack({ nats, neo4j, agent, loader, bpffs, stateDir }, cleanup.move());
    try {
      await stack.ready();
      return stack;
    } catch (error) {
      await stack[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pinDirectory(): string {
    return join(this.bpffs.path, 'tapio');
  }

  /** SIGKILL; a server that is still coming up from the kill before is waited for. The next start is under way. */
  async kill(victim: Victim): Promise<void> {
    if (victim === 'agent' || victim === 'loader') {
      await this[victim].kill();
      return;
    }
    await this.#restarts.get(victim);
    const server = this[victim];
    await server.kill('SIGKILL');
    const restarting = server.restart();
    restarting.catch(() => undefined);
    this.#restarts.set(victim, restarting);
  }

  /** All is up again and says that it is ready. */
  async ready(): Promise<void> {
    await Promise.all(this.#restarts.values());
    await Promise.all([this.agent.ready(READY_MS), this.loader.ready(READY_MS)]);
  }

  pids(): number[] {
    return [this.agent, this.loader, this.nats, this.neo4j].map(({ pid }) => pid);
  }

  /** Agent first, so that it drains into NATS; then the loader into Neo4j. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.#restarts.values());
    await this.#owned.disposeAsync();
  }
}

interface Parts {
  readonly nats: NatsServer;
  readonly neo4j: Neo4jServer;
  readonly agent: SupervisedService;
  readonly loader: SupervisedService;
  readonly bpffs: BpfMount;
  readonly stateDir: string;
}
