import { once } from 'node:events';
import { createServer } from 'node:net';
import { freePort } from '@tapio/testkit';

export interface PortChoice {
  readonly port: number;
  /** Somebody else holds the preferred one. */
  readonly taken: boolean;
}

/** The preferred port where it is free on loopback, else any. */
export async function choosePort(preferred: number): Promise<PortChoice> {
  const free = await isFree(preferred);
  return free ? { port: preferred, taken: false } : { port: await freePort(), taken: true };
}

async function isFree(port: number): Promise<boolean> {
  // A listener on any address counts: NATS and Neo4j are asked for by name, and localhost may be IPv6.
  for (const host of ['127.0.0.1', '0.0.0.0', '::1']) {
    const server = createServer();
    try {
      server.listen(port, host);
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    } finally {
      server.close();
    }
  }
  return true;
}
