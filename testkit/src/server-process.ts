import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child, ChildEnd } from './child.ts';
import { waitFor } from './wait-for.ts';

/** The folder of a server: the caller's, which is kept, or a temporary one, which goes with the server. */
export interface ServerDir {
  readonly path: string;
  readonly temporary: boolean;
}

/** Makes the caller's folder, or a temporary one when none is given. */
export function serverDir(name: string, dataDir: string | undefined): ServerDir {
  if (dataDir === undefined) {
    return { path: mkdtempSync(join(tmpdir(), `tapio-${name}-`)), temporary: true };
  }
  mkdirSync(dataDir, { recursive: true });
  return { path: dataDir, temporary: false };
}

/** A probe's answer that waiting cannot change. */
export class HopelessProbeError extends Error {
  readonly code = 'HOPELESS_PROBE';
  override readonly name = 'HopelessProbeError';
}

/** How to start one kind of server, and how to know that it answers. */
export interface ServerRecipe {
  readonly name: string;
  readonly dir: ServerDir;
  readonly spawn: () => Promise<Child>;
  /** Truthy once the server answers; throws while it does not, a HopelessProbeError ends the wait. */
  readonly probe: (child: Child) => Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** Ends the wait for the first answer; the server is killed then. */
  readonly signal?: AbortSignal | undefined;
}

/** A launched server: ports and data stay the same over kill and restart. */
export class ServerProcess implements AsyncDisposable {
  readonly #recipe: ServerRecipe;
  #child: Child;

  private constructor(recipe: ServerRecipe, child: Child) {
    this.#recipe = recipe;
    this.#child = child;
  }

  /** Starts it and waits until it answers; a server that does not come up is killed, its log's tail in the error. */
  static async launch(recipe: ServerRecipe): Promise<ServerProcess> {
    try {
      return new ServerProcess(recipe, await bringUp(recipe));
    } catch (error) {
      removeTemporary(recipe.dir);
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.running;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<ChildEnd> {
    return this.#child.kill(signal);
  }

  async restart(): Promise<void> {
    await this.#child.stop();
    this.#child = await bringUp(this.#recipe);
  }

  logTail(lines?: number): string {
    return this.#child.logTail(lines);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
    removeTemporary(this.#recipe.dir);
  }
}

function removeTemporary(dir: ServerDir): void {
  if (dir.temporary) rmSync(dir.path, { recursive: true, force: true });
}

async function bringUp(recipe: ServerRecipe): Promise<Child> {
  const child = await recipe.spawn();
  const abort = new AbortController();
  void child.ended.then(({ code, signal }) => {
    abort.abort(
      new Error(`${recipe.name} ended before it was ready (code ${String(code)}, signal ${String(signal)})`),
    );
  });
  try {
    const probe = (): Promise<boolean> =>
      recipe.probe(child).catch((error: unknown) => {
        if (error instanceof HopelessProbeError) abort.abort(error);
        throw error;
      });
    await waitFor(probe, {
      timeoutMs: recipe.readyTimeoutMs,
      everyMs: 50,
      describe: `${recipe.name} to answer`,
      signal: recipe.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, recipe.signal]),
    });
    return child;
  } catch (error) {
    await child.kill('SIGKILL');
    if (recipe.signal?.aborted === true) throw error;
    const reason = error instanceof Error ? error.message : 'unknown reason';
    throw new Error(`${recipe.name} did not come up: ${reason}\nThe end of its log:\n${child.logTail()}`, {
      cause: error,
    });
  }
}
