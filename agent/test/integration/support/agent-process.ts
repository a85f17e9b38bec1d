import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child, repositoryRoot, waitFor } from '@tapio/testkit';

export interface AgentOptions {
  readonly natsUrl: string;
  /** Folder of this agent's state and log. */
  readonly folder: string;
  readonly flags?: readonly string[];
  /** Command that runs the agent, e.g. setpriv with its flags. */
  readonly under?: readonly [string, ...string[]];
}

/** Cluster and node of every agent that tests start. */
export const CLUSTER = 'test';
export const NODE = 'n1';

/** A running agent. */
export interface AgentProcess extends AsyncDisposable {
  readonly child: Child;
  readonly port: number;
  log(): string;
  /** A figure of /metrics, 0 when there is none. */
  metric(name: string): Promise<number>;
  readiness(): Promise<{
    readonly ok: boolean;
    readonly checks: Record<string, { ok: boolean; reason?: string }>;
  }>;
}

/** Starts the agent and waits until it listens. */
export async function startAgent(options: AgentOptions): Promise<AgentProcess> {
  const logPath = join(options.folder, 'agent.log');
  const [command, ...before]: readonly [string, ...string[]] =
    options.under === undefined ? [process.execPath] : [...options.under, process.execPath];
  const child = await Child.start({
    name: 'agent',
    command,
    args: [
      ...before,
      join(repositoryRoot, 'agent', 'src', 'main.ts'),
      ...['--cluster', CLUSTER, '--node', NODE, '--nats-url', options.natsUrl],
      ...['--state-dir', join(options.folder, 'state'), '--http-port', '0'],
      ...(options.flags ?? []),
    ],
    logPath,
    env: { PATH: process.env['PATH'] },
  });
  const log = (): string => child.output();
  const port = await waitFor(
    () => {
      if (!child.running) throw new Error('the agent ended');
      return lineOf(log(), 'listening')?.['port'] as number | undefined;
    },
    {
      timeoutMs: 30_000,
      describe: 'the agent to listen',
      state: () => readFileSync(logPath, 'utf8').slice(-2000),
    },
  );
  return {
    child,
    port,
    log,
    metric: async (name) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const line = text.split('\n').find((l) => l.startsWith(`${name} `));
      return Number(line?.split(' ')[1] ?? 0);
    },
    readiness: async () =>
      (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as Awaited<
        ReturnType<AgentProcess['readiness']>
      >,
    [Symbol.asyncDispose]: async () => {
      if (child.running) await child.stop();
    },
  };
}

/** The first log line with this message, parsed. */
function lineOf(log: string, message: string): Record<string, unknown> | undefined {
  for (const line of log.split('\n')) {
    if (!line.includes(message)) continue;
    const parsed = JSON.parse(line) as Record<string, unknown>;
    if (parsed['msg'] === message) return parsed;
  }
  return undefined;
}
