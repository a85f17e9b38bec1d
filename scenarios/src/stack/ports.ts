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

/** How often another port is tried when one was taken between the look and the bind. */
const ATTEMPTS = 3;

export interface PortUse {
  readonly preferred: number;
  /** Told before a server is started on another port. */
  readonly onTaken: (port: number) => void;
}

/**
 * Starts a server on the preferred port, or on another where that is taken: also when it is taken only after it
 * was found free, by a start at the same time.
 *
 * @throws what `open` throws for any other reason, and after three taken ports
 */
export async function openOnPort<T>(
  { preferred, onTaken }: PortUse,
  open: (port: number) => Promise<T>,
): Promise<T> {
  let choice = await choosePort(preferred);
  for (let attempt = 1; ; attempt += 1) {
    if (choice.taken) onTaken(choice.port);
    try {
      return await open(choice.port);
    } catch (error) {
      if (attempt === ATTEMPTS || !isTaken(error)) throw error;
      choice = { port: await freePort(), taken: true };
    }
  }
}

/** Servers say it in their logs, whose end is in the error. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && /address already in use/i.test(error.message);
}

/** Whether nobody on this machine listens on a port. */
export async function isFree(port: number): Promise<boolean> {
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
