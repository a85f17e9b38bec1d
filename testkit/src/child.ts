import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** Children of this process that run. One hook for all: Node.js warns of a leak at eleven. */
const running = new Set<Child>();

function killAtExit(child: Child): void {
  if (running.size === 0) process.on('exit', killRunning);
  running.add(child);
  void child.ended.then(() => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killRunning);
  });
}

function killRunning(): void {
  for (const child of running) void child.kill('SIGKILL');
}

/** What to run. */
export interface ChildOptions {
  /** Name for errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Both output streams are appended to this file. */
  readonly logPath: string;
  readonly cwd?: string;
  /** Replaces the whole environment when given. */
  readonly env?: NodeJS.ProcessEnv;
}

/** How a process ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));

/**
 * A process that dies with the thread that started it: `setpriv --pdeathsig KILL` (util-linux) asks the kernel to
 * kill it when its parent goes, however the parent went (prctl(2), PR_SET_PDEATHSIG). The kernel means the parent
 * *thread*: start children from a thread that outlives them. Without setpriv an `exit` hook of this process is
 * the only guard, and a SIGKILL of the parent orphans the child.
 */
export class Child implements AsyncDisposable {
  readonly pid: number;
  /** Settles when the process has ended and was reaped. */
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess;
  readonly #options: ChildOptions;
  readonly #logStart: number;

  private constructor(process: ChildProcess, pid: number, options: ChildOptions, logStart: number) {
    this.#process = process;
    this.#options = options;
    this.#logStart = logStart;
    this.pid = pid;
    this.ended = once(process, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
    }));
  }

  /**
   * Starts the process; it may still fail at once, which {@link Child.ended} tells.
   * @throws Error when the command cannot be started at all.
   */
  static async start(options: ChildOptions): Promise<Child> {
    const log = openSync(options.logPath, 'a', 0o600);
    const logStart = fstatSync(log).size;
    try {
      const guard = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
      const [command = options.command, ...args] = [...guard, options.command, ...options.args];
      const child = spawn(command, args, {
        stdio: ['ignore', log, log],
        // Ctrl-C at a terminal goes to the whole process group: who stops the child, and when, is its owner's to say.
        detached: true,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.env === undefined ? {} : { env: options.env }),
      });
      await once(child, 'spawn');
      if (child.pid === undefined) throw new Error(`${options.name} has no process id`);
      const started = new Child(child, child.pid, options, logStart);
      killAtExit(started);
      return started;
    } catch (error) {
      throw new Error(`cannot start ${options.name} (${options.command})`, { cause: error });
    } finally {
      closeSync(log);
    }
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Sends the signal and waits until the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ChildEnd> {
    if (this.running) this.#process.kill(signal);
    return this.ended;
  }

  /** SIGTERM, then SIGKILL after the grace period. */
  async stop(graceMs = 10_000): Promise<ChildEnd> {
    const abort = new AbortController();
    const end = this.kill('SIGTERM');
    void delay(graceMs, undefined, { signal: abort.signal }).then(
      () => this.#process.kill('SIGKILL'),
      () => undefined,
    );
    try {
      return await end;
    } finally {
      abort.abort();
    }
  }

  /** What this process, not an earlier one with the same log, has printed. */
  output(): string {
    if (!existsSync(this.#options.logPath)) return '';
    return readFileSync(this.#options.logPath).subarray(this.#logStart).toString();
  }

  /** The last lines of {@link Child.output}. */
  logTail(lines = 20): string {
    return this.output().trimEnd().split('\n').slice(-lines).join('\n') || '(nothing printed)';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
