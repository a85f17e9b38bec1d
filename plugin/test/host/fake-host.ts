import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

import { PluginClient } from './plugin-client.ts';

export interface HostOptions {
  readonly launcher: string;
  /** The whole environment of the plugin beside what go-plugin itself sets; Grafana passes nothing of its own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What go-plugin sets for every plugin. */
export const HANDSHAKE_ENVIRONMENT = {
  grafana_plugin_type: 'datasource',
  PLUGIN_MIN_PORT: '10000',
  PLUGIN_MAX_PORT: '25000',
  PLUGIN_PROTOCOL_VERSIONS: '2',
} as const;

/** Node.js by the way an administrator would name it, since PATH is not passed. */
export const NODE_ENVIRONMENT = { GF_PLUGIN_NODE_PATH: process.execPath } as const;

export interface ExitState {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Plays Grafana's part: starts a plugin, reads its handshake, keeps what it writes. */
export class FakeHost implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly exited: Promise<ExitState>;
  readonly client: PluginClient;
  readonly handshake: readonly string[];
  #stdout: string;
  #stderr: string;

  private constructor(
    child: ChildProcess,
    output: { stdout: string; stderr: string },
    exited: Promise<ExitState>,
  ) {
    this.#child = child;
    this.exited = exited;
    this.#stdout = output.stdout;
    this.#stderr = output.stderr;
    this.handshake = output.stdout.trimEnd().split('|');
    const [, , network, address = ''] = this.handshake;
    this.client = new PluginClient(network === 'unix' ? `unix:${address}` : address);
    child.stdout?.on('data', (chunk: Buffer) => (this.#stdout += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
  }

  static async start({ launcher, env = NODE_ENVIRONMENT }: HostOptions): Promise<FakeHost> {
    const child = spawn(launcher, [], {
      env: { ...HANDSHAKE_ENVIRONMENT, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const exited = new Promise<ExitState>((resolve) => {
      child.once('exit', (code, signal) => {
        resolve({ code, signal });
      });
    });
    const output = { stdout: '', stderr: '' };
    const collectError = (chunk: Buffer): void => {
      output.stderr += chunk.toString();
    };
    child.stderr.on('data', collectError);
    while (!output.stdout.includes('\n')) {
      const chunk = await Promise.race([
        once(child.stdout, 'data').then(([data]) => (data as Buffer).toString()),
        exited.then(() => null),
        sleep(20_000, null, { ref: false }),
      ]);
      if (chunk === null) {
        child.kill('SIGKILL');
        throw new Error(`the plugin gave no handshake: ${output.stderr}`);
      }
      output.stdout += chunk;
    }
    child.stderr.off('data', collectError);
    return new FakeHost(child, output, exited);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get logLines(): Readonly<Record<string, unknown>>[] {
    return this.#stderr
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for a log line with this message. */
  async logged(message: string, timeoutMs = 5000): Promise<Readonly<Record<string, unknown>>> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const line = this.logLines.find((candidate) => candidate['@message'] === message);
      if (line !== undefined) return line;
      if (Date.now() > deadline) throw new Error(`no log line "${message}" in:\n${this.#stderr}`);
      await sleep(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    this.#child.kill('SIGTERM');
    const left = await Promise.race([this.exited, sleep(5000, null, { ref: false })]);
    if (left === null) this.#child.kill('SIGKILL');
    await this.exited;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Resolves to whether the process was gone in time. */
export async function goneWithin(pid: number, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!isAlive(pid)) return true;
    await sleep(50);
  }
  return !isAlive(pid);
}
