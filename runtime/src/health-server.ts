import type { Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Registry, collectDefaultMetrics } from 'prom-client';

export type { Registry } from 'prom-client';

export interface HealthCheckResult {
  readonly ok: boolean;
  /** Why not, and what to do about it. */
  readonly reason?: string;
}

export interface HealthServerOptions {
  /** 0 picks a free port: see `port`. */
  readonly port: number;
  /** Loopback unless told otherwise. */
  readonly host?: string;
  /** By name; `/readyz` is 200 only when all are ok. */
  readonly ready: Readonly<Record<string, () => HealthCheckResult>>;
  /** By name; `/livez` is 200 only when all are ok. A failing one makes Kubernetes restart the process. */
  readonly live?: Readonly<Record<string, () => HealthCheckResult>>;
  readonly registry?: Registry;
}

/** A registry with the process's own figures (CPU, memory, event loop) in it. */
export function createMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** `/livez`, `/readyz` (named checks with their reasons, as JSON) and `/metrics`. */
export class HealthServer implements AsyncDisposable {
  readonly #server: Server;
  readonly port: number;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** @throws when the port is taken; the message says which option to change */
  static async listen(options: HealthServerOptions): Promise<HealthServer> {
    const { host = '127.0.0.1' } = options;
    const server = createServer((request, response) => {
      void answer(request.url ?? '/', response, options);
    });
    server.keepAliveTimeout = 5_000;
    server.requestTimeout = 10_000;
    server.maxConnections = 64;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) => {
        reject(
          new Error(
            `can't listen on ${host}:${options.port} (${cause.code ?? ''}): choose another --http-port`,
            { cause },
          ),
        );
      });
      server.listen(options.port, host, resolve);
    });
    return new HealthServer(server, (server.address() as AddressInfo).port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answer(url: string, response: ServerResponse, options: HealthServerOptions): Promise<void> {
  const path = url.split('?')[0];
  if (path === '/livez') sendChecks(response, options.live ?? {});
  else if (path === '/readyz') sendChecks(response, options.ready);
  else if (path === '/metrics' && options.registry !== undefined) {
    const { registry } = options;
    try {
      const body = await registry.metrics();
      response.writeHead(200, { 'content-type': registry.contentType }).end(body);
    } catch {
      response.writeHead(500).end('a metric could not be read\n');
    }
  } else response.writeHead(404).end('try /livez, /readyz or /metrics\n');
}

function sendChecks(response: ServerResponse, checks: HealthServerOptions['ready']): void {
  const results = Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check()]));
  const ok = Object.values(results).every((result) => result.ok);
  response
    .writeHead(ok ? 200 : 503, { 'content-type': 'application/json' })
    .end(`${JSON.stringify({ ok, checks: results })}\n`);
}
