import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { AuthToken } from 'neo4j-driver';
import neo4j, { Neo4jError } from 'neo4j-driver';
import type { ServerCertificate } from './certificates.ts';
import { Child } from './child.ts';
import type { ChildEnd } from './child.ts';
import { freePort } from './free-port.ts';
import { HopelessProbeError, ServerProcess, serverDir } from './server-process.ts';
import { readTools } from './tools.ts';

export interface Neo4jOptions {
  /** Kept after disposal; a temporary folder, which is removed, when absent. */
  readonly dataDir?: string;
  /** Bolt port on 127.0.0.1; 0 or absent takes a free one. */
  readonly boltPort?: number;
  /** `neo4j` unless given. */
  readonly user?: string;
  /**
   * Set when the store is made, kept by an older store; at least 8 characters (Neo4j's own minimum). Random unless
   * given.
   */
  readonly password?: string;
  /** Java heap; 512 unless given. */
  readonly heapMb?: number;
  /** 128 unless given. */
  readonly pageCacheMb?: number;
  /**
   * Compile Java quickly instead of well: a start takes half the processor time, a long load runs slower. Unless given,
   * true when the environment has TAPIO_NEO4J_QUICK_START=1, which vitest.config.ts sets for integration tests.
   */
  readonly quickStart?: boolean;
  /** Bolt speaks TLS only, with that certificate; {@link Neo4jServer.boltUrl} stays as it is. */
  readonly tls?: ServerCertificate;
  /** Further settings of neo4j.conf. */
  readonly config?: Readonly<Record<string, string>>;
  /** 90 s unless given: the first start on a busy machine is slow. */
  readonly readyTimeoutMs?: number;
  /** Ends the wait for the server, which is killed then. */
  readonly signal?: AbortSignal;
}

/** A running Neo4j Community server, Bolt on 127.0.0.1 only. */
export interface Neo4jServer extends AsyncDisposable {
  /** `bolt://127.0.0.1:<port>` */
  readonly boltUrl: string;
  readonly boltPort: number;
  readonly user: string;
  readonly password: string;
  /** Of the present process: another one after a restart. */
  readonly pid: number;
  readonly running: boolean;
  /** Sends a signal that ends the server (SIGKILL unless given) and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<ChildEnd>;
  /** Stops it if it runs and starts it again: same port, same data. */
  restart(): Promise<void>;
  /** The last lines of its log. */
  logTail(lines?: number): string;
}

/**
 * Launches Neo4j and waits until a Bolt session answers `RETURN 1`.
 * @throws Error with the end of the server's log when it does not come up, also when the store has another password.
 */
export async function launchNeo4j(options: Neo4jOptions = {}): Promise<Neo4jServer> {
  const tools = readTools().neo4j;
  const user = options.user ?? 'neo4j';
  const password = options.password ?? randomBytes(12).toString('hex');
  if (password.length < 8) throw new Error('the Neo4j password needs at least 8 characters');
  const dir = serverDir('neo4j', options.dataDir);
  const boltPort = options.boltPort || (await freePort());
  const boltUrl = `bolt://127.0.0.1:${String(boltPort)}`;
  const configPath = join(dir.path, 'neo4j.conf');

  const server = await ServerProcess.launch({
    name: 'neo4j',
    dir,
    readyTimeoutMs: options.readyTimeoutMs ?? 90_000,
    signal: options.signal,
    spawn: () => {
      mkdirSync(join(dir.path, 'home'), { recursive: true });
      writeFileSync(configPath, configuration(boltPort, options));
      return Child.start({
        name: 'neo4j',
        command: tools.java,
        args: [
          ...javaOptions(options, tools.archive),
          '-cp',
          tools.classPath,
          'TapioNeo4j',
          join(dir.path, 'home'),
          configPath,
        ],
        logPath: join(dir.path, 'neo4j.log'),
        env: { ...process.env, TAPIO_NEO4J_USER: user, TAPIO_NEO4J_PASSWORD: password },
      });
    },
    probe: async (child) => {
      if (!child.output().includes('tapio-neo4j: ready')) return false;
      return answers(boltUrl, neo4j.auth.basic(user, password), options.tls);
    },
  });

  return {
    boltUrl,
    boltPort,
    user,
    password,
    get pid() {
      return server.pid;
    },
    get running() {
      return server.running;
    },
    kill: (signal) => server.kill(signal),
    restart: () => server.restart(),
    logTail: (lines) => server.logTail(lines),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The serial collector starts fastest and is the lightest for a heap this small on few cores. */
function javaOptions(options: Neo4jOptions, archive: string | undefined): string[] {
  const quickStart = options.quickStart ?? process.env['TAPIO_NEO4J_QUICK_START'] === '1';
  return [
    `-Xmx${String(options.heapMb ?? 512)}m`,
    '-XX:+UseSerialGC',
    '-XX:+ExitOnOutOfMemoryError',
    ...(quickStart ? ['-XX:TieredStopAtLevel=1'] : []),
    ...(archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`]),
  ];
}

function configuration(boltPort: number, options: Neo4jOptions): string {
  const settings = {
    'server.bolt.enabled': 'true',
    'server.bolt.listen_address': `127.0.0.1:${String(boltPort)}`,
    'server.bolt.advertised_address': `127.0.0.1:${String(boltPort)}`,
    'server.memory.pagecache.size': `${String(options.pageCacheMb ?? 128)}m`,
    'dbms.security.auth_enabled': 'true',
    'dbms.usage_report.enabled': 'false',
    'db.tx_log.preallocate': 'false',
    ...(options.tls === undefined ? {} : boltTls(options.tls)),
    ...options.config,
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

function boltTls({ certificateFile, keyFile }: ServerCertificate): Record<string, string> {
  const policy = 'dbms.ssl.policy.bolt';
  return {
    'server.bolt.tls_level': 'REQUIRED',
    [`${policy}.enabled`]: 'true',
    [`${policy}.base_directory`]: dirname(keyFile),
    [`${policy}.private_key`]: basename(keyFile),
    [`${policy}.public_certificate`]: certificateFile,
    [`${policy}.client_auth`]: 'NONE',
  };
}

async function answers(
  boltUrl: string,
  auth: AuthToken,
  tls: ServerCertificate | undefined,
): Promise<boolean> {
  await using driver = neo4j.driver(boltUrl, auth, {
    ...(tls === undefined
      ? {}
      : {
          encrypted: true,
          trust: 'TRUST_CUSTOM_CA_SIGNED_CERTIFICATES',
          trustedCertificates: [tls.authorityFile],
        }),
  });
  try {
    const { records } = await driver.executeQuery('RETURN 1 AS one');
    return records.length === 1;
  } catch (error) {
    if (error instanceof Neo4jError && error.code === 'Neo.ClientError.Security.Unauthorized') {
      throw new HopelessProbeError(
        `the store refuses ${auth.principal ?? 'the user'} with this password: it was made with another one`,
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}
