import { setTimeout as delay } from 'node:timers/promises';
import type { ChildEnd } from '@tapio/testkit';
import { Child, repositoryRoot, waitFor } from '@tapio/testkit';
import { serviceProgram } from '../../src/stack/service-program.ts';

export interface SupervisedOptions {
  readonly name: 'agent' | 'loader';
  readonly flags: Readonly<Record<string, string>>;
  /** Secrets: the command line of a process is open to everybody. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logPath: string;
}

/** Between an end and the next start, as a supervisor's least. */
const RESTART_MS = 100;
const STOP_MS = 15_000;

/** A service of Tapio that is started again whenever it ends, as systemd or a kubelet would. */
export class SupervisedService implements AsyncDisposable {
  readonly name: string;
  /** Ends that nobody asked for, with the end of the log. */
  readonly ownEnds: string[] = [];
  readonly #options: SupervisedOptions;
  readonly #loop: Promise<void>;
  #child: Child | undefined;
  #killed = false;
  #stopping = false;
  #lastEnd: ChildEnd | undefined;

  constructor(options: SupervisedOptions) {
    this.name = options.name;
    this.#options = options;
    this.#loop = this.#supervise();
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** How it ended last; code 0 after a disposal that drained. */
  get lastEnd(): ChildEnd | undefined {
    return this.#lastEnd;
  }

  /** Kills it as it is: starting, working or in trouble. */
  async kill(): Promise<void> {
    const child = await waitFor(() => (this.#child?.running === true ? this.#child : undefined), {
      timeoutMs: 30_000,
      everyMs: 5,
      describe: `${this.name} to run`,
    });
    this.#killed = true;
    await child.kill('SIGKILL');
  }

  /** Waits until `/readyz` says yes. */
  async ready(timeoutMs: number): Promise<void> {
    await waitFor(() => this.#isReady(), {
      timeoutMs,
      everyMs: 100,
      describe: `${this.name} to be ready`,
      state: () =>
        [`ended by itself ${this.ownEnds.length} times`, ...this.ownEnds.slice(0, 2), this.logTail()].join(
          '\n',
        ),
    });
  }

  logTail(lines = 15): string {
    return this.#child?.logTail(lines) ?? '(never started)';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    const ended = this.#loop.then(() => true);
    // A start may be under way: what it starts has to be stopped too.
    do await this.#child?.stop(STOP_MS);
    while (!(await Promise.race([ended, delay(RESTART_MS, false)])));
  }

  async #isReady(): Promise<boolean> {
    const port = /"port":(\d+)[^\n]*"listening"/.exec(this.#child?.output() ?? '')?.[1];
    if (port === undefined) return false;
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) });
    if (response.ok) return true;
    throw new Error((await response.text()).slice(0, 400));
  }

  async #supervise(): Promise<void> {
    const { name, flags, env, logPath } = this.#options;
    const stopping = (): boolean => this.#stopping;
    const program = await serviceProgram(name);
    while (!stopping()) {
      const child = await Child.start({
        name,
        command: process.execPath,
        args: [
          program,
          ...Object.entries({ ...flags, 'http-port': '0' }).map(([flag, value]) => `--${flag}=${value}`),
        ],
        logPath,
        cwd: repositoryRoot,
        env: { PATH: process.env['PATH'], ...env },
      });
      this.#child = child;
      this.#lastEnd = await child.ended;
      if (!this.#killed && !stopping())
        this.ownEnds.push(`${JSON.stringify(this.#lastEnd)}: ${child.logTail()}`);
      this.#killed = false;
      await delay(RESTART_MS);
    }
  }
}
