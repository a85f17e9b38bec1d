import { setTimeout as delay } from 'node:timers/promises';
import type { Child } from '@tapio/testkit';
import type { ComposeProject } from './project.ts';
import { isProjectRunning } from './project.ts';

/** Before the log is followed again that ended while containers run: an engine may restart them all. */
const AGAIN_MS = 1_000;

/** Writes what the services of a project log to a file, for as long as any of them runs. */
export class LogFollower implements AsyncDisposable {
  /** The end of the log, once no container runs any more; never after disposal. */
  readonly ended: Promise<string>;
  readonly #project: ComposeProject;
  readonly #logPath: string;
  readonly #abort = new AbortController();
  #child: Child;

  private constructor(project: ComposeProject, logPath: string, child: Child) {
    this.#project = project;
    this.#logPath = logPath;
    this.#child = child;
    this.ended = this.#follow();
  }

  static async start(project: ComposeProject, logPath: string): Promise<LogFollower> {
    return new LogFollower(project, logPath, await project.followLogs(logPath));
  }

  async #follow(): Promise<string> {
    const { signal } = this.#abort;
    for (;;) {
      await this.#child.ended;
      const tail = this.#child.logTail(20);
      await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return new Promise(() => undefined);
      if (!(await isProjectRunning(this.#project.name))) return tail;
      this.#child = await this.#project.followLogs(this.#logPath);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#child.stop(2_000);
  }
}
