import { ConfigError, SECRET, loadConfig } from '@tapio/runtime';
import { z } from 'zod';
import { UsageError } from './exit-codes.ts';
import type { RunningStack } from './discovery.ts';

/** Where the graph, the stream and the parts of Tapio are. Everything has a default or is found. */
const schema = z.strictObject({
  cluster: z.string().optional().describe('cluster to ask about; all in the graph unless given'),
  neo4jUrl: z.string().optional().describe('Neo4j, e.g. bolt://127.0.0.1:7687; bolt+s:// for TLS'),
  neo4jUser: z.string().optional().describe('user at Neo4j'),
  neo4jPassword: z.string().optional().describe('password at Neo4j').meta(SECRET),
  neo4jPasswordFile: z.string().optional().describe('file with the password at Neo4j'),
  neo4jDatabase: z.string().optional().describe('database'),
  neo4jCaFile: z.string().optional().describe('certificate authority of Neo4j, when it speaks TLS'),
  natsUrl: z.string().optional().describe('NATS, e.g. nats://127.0.0.1:4222'),
  natsCaFile: z.string().optional().describe('certificate authority of NATS, when it speaks TLS'),
  grafanaUrl: z.string().optional().describe('Grafana, e.g. http://127.0.0.1:3000'),
  agentUrl: z.string().optional().describe('health endpoint of an agent, e.g. http://127.0.0.1:9471'),
  loaderUrl: z.string().optional().describe('health endpoint of the loader, e.g. http://127.0.0.1:9472'),
});

export type ConfigOption = keyof z.infer<typeof schema>;

/** Options with their help, for the commands. */
export const CONFIG_OPTIONS: readonly { readonly key: ConfigOption; readonly help: string }[] =
  Object.entries(schema.shape).map(([key, field]) => ({
    key: key as ConfigOption,
    help: field.description ?? '',
  }));

export interface GraphConfig {
  readonly url: string;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  /** Certificates to trust; the url's scheme says about TLS where absent. */
  readonly caFile?: string;
}

export interface CliConfig {
  readonly cluster?: string;
  /** The cluster was named, not taken from a running `npm start`. */
  readonly isClusterGiven: boolean;
  readonly graph: GraphConfig;
  readonly natsUrl: string;
  readonly natsCaFile?: string;
  readonly grafanaUrl?: string;
  readonly agentUrl: string;
  readonly loaderUrl: string;
  /** What was not given but taken for granted: a check of it that fails is a hint, not a fault. */
  readonly assumed: ReadonlySet<'natsUrl' | 'agentUrl' | 'loaderUrl'>;
  /** For people: where the graph's address came from. */
  readonly origin: string;
}

export interface ConfigRequest {
  /** Values of flags that were given. */
  readonly flags: Readonly<Partial<Record<ConfigOption | 'config', string>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly findRunningStack: () => RunningStack | undefined;
}

/** Flags, then TAPIO_ variables, then the file of --config, then a running `npm start`, then the usual ports. */
export function resolveConfig(request: ConfigRequest): CliConfig {
  const given = loadGiven(request);
  // A running stack is one thing: its password fits its own address only.
  const running = given.neo4jUrl === undefined ? request.findRunningStack() : undefined;
  const assumed = new Set<'natsUrl' | 'agentUrl' | 'loaderUrl'>();
  for (const key of ['natsUrl', 'agentUrl', 'loaderUrl'] as const) {
    if (given[key] === undefined && running === undefined) assumed.add(key);
  }
  const cluster = given.cluster ?? running?.cluster;
  const grafanaUrl = given.grafanaUrl ?? running?.grafanaUrl;
  return {
    graph: {
      url: given.neo4jUrl ?? running?.neo4jUrl ?? 'bolt://127.0.0.1:7687',
      user: given.neo4jUser ?? running?.neo4jUser ?? 'neo4j',
      password: given.neo4jPassword ?? running?.neo4jPassword,
      database: given.neo4jDatabase ?? running?.neo4jDatabase ?? 'neo4j',
      ...(given.neo4jCaFile === undefined ? {} : { caFile: given.neo4jCaFile }),
    },
    natsUrl: given.natsUrl ?? running?.natsUrl ?? 'nats://127.0.0.1:4222',
    agentUrl: given.agentUrl ?? running?.agentUrl ?? 'http://127.0.0.1:9471',
    loaderUrl: given.loaderUrl ?? running?.loaderUrl ?? 'http://127.0.0.1:9472',
    assumed,
    isClusterGiven: given.cluster !== undefined,
    origin:
      given.neo4jUrl !== undefined
        ? 'as configured'
        : running === undefined
          ? 'the usual port'
          : 'the running npm start',
    ...(given.natsCaFile === undefined ? {} : { natsCaFile: given.natsCaFile }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(grafanaUrl === undefined ? {} : { grafanaUrl }),
  };
}

function loadGiven({ flags, environment }: ConfigRequest): z.infer<typeof schema> {
  const argv = Object.entries(flags).map(([key, value]) => `--${kebab(key)}=${value}`);
  try {
    const outcome = loadConfig({ name: 'tapio', summary: '', schema, argv, environment });
    if (outcome.kind === 'print') throw new UsageError(outcome.output);
    return outcome.config;
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

export function kebab(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
