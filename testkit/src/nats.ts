import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { ServerCertificate } from './certificates.ts';
import { Child } from './child.ts';
import type { ChildEnd } from './child.ts';
import { ServerProcess, serverDir } from './server-process.ts';
import { readTools } from './tools.ts';

/** A value of a nats-server configuration file, whose format takes JSON. */
export type NatsConfigValue =
  string | number | boolean | readonly NatsConfigValue[] | { readonly [key: string]: NatsConfigValue };

/** Top-level settings of nats-server. */
export interface NatsConfig {
  readonly jetstream?: Readonly<Record<string, NatsConfigValue>>;
  readonly [key: string]: NatsConfigValue | undefined;
}

export interface NatsOptions {
  /** Kept after disposal; a temporary folder, which is removed, when absent. */
  readonly dataDir?: string;
  /** Client port on 127.0.0.1; 0 or absent takes a free one. */
  readonly port?: number;
  /** Clients have to speak TLS, with that certificate; {@link NatsServer.url} stays as it is. */
  readonly tls?: ServerCertificate;
  /** Further top-level settings; `jetstream` is merged with the launcher's (`store_dir`). */
  readonly config?: NatsConfig;
  /** 20 s unless given. */
  readonly readyTimeoutMs?: number;
  /** Ends the wait for the server, which is killed then. */
  readonly signal?: AbortSignal;
}

/** A running nats-server with file-backed JetStream on 127.0.0.1. */
export interface NatsServer extends AsyncDisposable {
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>` of the monitoring endpoint. */
  readonly monitorUrl: string;
  /** Of the present process: another one after a restart. */
  readonly pid: number;
  readonly running: boolean;
  /** The server's version, for example `2.15.2`. */
  readonly version: string;
  /** Sends a signal that ends the server (SIGKILL unless given) and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<ChildEnd>;
  /** Stops it if it runs and starts it again: same ports, same data. */
  restart(): Promise<void>;
  /** The last lines of its log. */
  logTail(lines?: number): string;
}

interface Ports {
  client: number;
  monitor: number;
}

/**
 * Launches nats-server and waits until its health endpoint reports JetStream ready.
 * @throws Error with the end of the server's log when it does not come up.
 */
export async function launchNats(options: NatsOptions = {}): Promise<NatsServer> {
  const { natsServer } = readTools();
  const dir = serverDir('nats', options.dataDir);
  const ports: Ports = { client: options.port ?? 0, monitor: 0 };
  const configPath = join(dir.path, 'nats.json');

  const server = await ServerProcess.launch({
    name: 'nats-server',
    dir,
    readyTimeoutMs: options.readyTimeoutMs ?? 20_000,
    signal: options.signal,
    spawn: () => {
      writeFileSync(configPath, JSON.stringify(configuration(dir.path, ports, options), undefined, 2));
      return Child.start({
        name: 'nats-server',
        command: natsServer.path,
        args: ['-c', configPath],
        logPath: join(dir.path, 'nats.log'),
      });
    },
    probe: async (child) => {
      Object.assign(
        ports,
        readPorts(join(dir.path, `${basename(natsServer.path)}_${String(child.pid)}.ports`)),
      );
      const response = await fetch(`http://127.0.0.1:${String(ports.monitor)}/healthz`);
      return response.ok;
    },
  });

  return {
    url: `nats://127.0.0.1:${String(ports.client)}`,
    port: ports.client,
    monitorUrl: `http://127.0.0.1:${String(ports.monitor)}`,
    version: natsServer.version,
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

function configuration(dir: string, ports: Ports, { config = {}, tls }: NatsOptions): NatsConfig {
  const { jetstream = {}, ...rest } = config;
  return {
    listen: `127.0.0.1:${String(ports.client || -1)}`,
    http: `127.0.0.1:${String(ports.monitor || -1)}`,
    ports_file_dir: dir,
    ...(tls === undefined ? {} : { tls: { cert_file: tls.certificateFile, key_file: tls.keyFile } }),
    ...rest,
    jetstream: { store_dir: join(dir, 'jetstream'), ...jetstream },
  };
}

/** The ports file that nats-server writes once it listens: free of the race between choosing a port and binding it. */
function readPorts(path: string): Ports {
  const written = JSON.parse(readFileSync(path, 'utf8')) as { nats: string[]; monitoring: string[] };
  return { client: portOf(written.nats), monitor: portOf(written.monitoring) };
}

function portOf(urls: readonly string[]): number {
  const [url] = urls;
  if (url === undefined) throw new Error('nats-server listens nowhere');
  return Number(new URL(url).port);
}
