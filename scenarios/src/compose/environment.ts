import { createHash } from 'node:crypto';
import { repositoryRoot } from '@tapio/testkit';

/** Ports of the host, all on loopback. */
export interface PublishedPorts {
  readonly nats: number;
  readonly neo4j: number;
  readonly agent: number;
  readonly loader: number;
  readonly grafana: number;
}

/** What docker-compose.yml leaves to who runs it. */
export interface ComposeSettings {
  readonly cluster: string;
  readonly node: string;
  readonly ports: PublishedPorts;
  readonly neo4jPassword: string;
  /** Of Grafana's user `admin`. */
  readonly grafanaPassword: string;
  /** Folder of the host with `pods.json`; a folder, because a file that is replaced leaves its mount. */
  readonly podsDir: string;
  readonly podsIntervalMs: number;
  /** A mounted bpffs of the host. */
  readonly bpffsDir: string;
}

/** Images of one clone are for that clone only: another may hold other sources. */
const CLONE = createHash('sha256').update(repositoryRoot).digest('hex').slice(0, 8);

/** Name of a compose project: of this clone, and of one run of it. */
export function projectName(runId: string): string {
  return `tapio-${CLONE}-${runId}`;
}

/** Every variable that docker-compose.yml reads, so that nothing is left to a `.env` that is for other use. */
export function composeEnvironment(settings: ComposeSettings): Readonly<Record<string, string>> {
  const { ports } = settings;
  return {
    TAPIO_CLUSTER: settings.cluster,
    TAPIO_NODE: settings.node,
    TAPIO_NATS_PORT: String(ports.nats),
    TAPIO_NEO4J_PORT: String(ports.neo4j),
    TAPIO_AGENT_PORT: String(ports.agent),
    TAPIO_LOADER_PORT: String(ports.loader),
    TAPIO_GRAFANA_PORT: String(ports.grafana),
    TAPIO_NEO4J_PASSWORD: settings.neo4jPassword,
    TAPIO_GRAFANA_PASSWORD: settings.grafanaPassword,
    // As where Grafana is a local process: whoever reaches loopback may look.
    TAPIO_GRAFANA_ANONYMOUS: 'true',
    TAPIO_VIEWER_NAMESPACES: '',
    TAPIO_PODS_DIR: settings.podsDir,
    TAPIO_PODS_INTERVAL_MS: String(settings.podsIntervalMs),
    TAPIO_BPFFS_DIR: settings.bpffsDir,
    TAPIO_IMAGE_TAG: CLONE,
  };
}
