import { Child, repositoryRoot, waitFor } from '@tapio/testkit';
import { serviceProgram } from './service-program.ts';

export interface ServiceOptions {
  readonly name: 'agent' | 'loader';
  /** Flags as the service's own `--help` lists them. */
  readonly flags: Readonly<Record<string, string>>;
  /** Secrets: the command line of a process is open to everybody. */
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly signal: AbortSignal;
}

/** For one service to get ready, on a busy machine. */
export const READY_TIMEOUT_MS = 120_000;
/** Above what a service takes to drain, below what a person waits. */
const STOP_GRACE_MS = 15_000;

/** A service of Tapio in a process of its own, ready to work. */
export class Service implements AsyncDisposable {
  readonly name: string;
  /** `http://127.0.0.1:<port>` of `/readyz` and `/metrics`. */
  readonly url: string;
  readonly #child: Child;

  private constructor(name: string, url: string, child: Child) {
    this.name = name;
    this.url = url;
    this.#child = child;
  }

  /** Starts it and waits until it is ready. @throws Error with the end of its log */
  static async start(options: ServiceOptions): Promise<Service> {
    const child = await Child.start({
      name: options.name,
      command: process.execPath,
      args: [
        await serviceProgram(options.name),
        ...Object.entries({ ...options.flags, 'http-port': '0' }).map(
          ([flag, value]) => `--${flag}=${value}`,
        ),
      ],
      logPath: options.logPath,
      cwd: repositoryRoot,
      env: { ...process.env, ...options.env },
    });
    try {
      const abort = new AbortController();
      void child.ended.then(({ code }) => {
        abort.abort(new Error(`it ended with code ${String(code)}`));
      });
      const waiting = {
        timeoutMs: READY_TIMEOUT_MS,
        signal: AbortSignal.any([options.signal, abort.signal]),
      };
      const port = await waitFor(() => portOf(child.output()), {
        ...waiting,
        describe: `${options.name} to listen`,
      });
      const url = `http://127.0.0.1:${port}`;
      await waitFor(() => isReady(url), {
        ...waiting,
        describe: `${options.name} to be ready`,
        state: () => `${url}/readyz says why`,
      });
      return new Service(options.name, url, child);
    } catch (error) {
      await child.stop(2_000);
      if (options.signal.aborted) throw error;
      throw new Error(`${options.name} did not get ready; the end of its log:\n${child.logTail(12)}`, {
        cause: error,
      });
    }
  }

  get ended(): Promise<unknown> {
    return this.#child.ended;
  }

  logTail(lines: number): string {
    return this.#child.logTail(lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop(STOP_GRACE_MS);
  }
}

function portOf(output: string): number | undefined {
  for (const line of output.split('\n')) {
    if (!line.includes('"listening"')) continue;
    const port = /"port":(\d+)/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  return undefined;
}

/** @param url of the health endpoint @throws Error with what the service still waits for */
export async function isReady(url: string): Promise<boolean> {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
  if (response.ok) return true;
  throw new Error((await response.text()).slice(0, 400));
}
