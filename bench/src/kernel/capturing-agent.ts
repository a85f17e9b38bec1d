import { join } from 'node:path';
import { buildAgent } from '@tapio/agent/build';
import { Child, waitFor } from '@tapio/testkit';
import { cpuSeconds } from '../process-usage.ts';

/** What an agent has counted since it started. */
export interface AgentCounts {
  /** Records that the kernel programs put into the ring of lives and deaths, and could not. */
  readonly crit: RingCounts;
  /** The same of the ring of failed opens. */
  readonly bulk: RingCounts;
  /** Records that were read, and what became of them: an event, or one of the reasons why not. */
  readonly decode: StageCounts;
  /** Events that were read, and how many went into the spool. */
  readonly assemble: StageCounts;
  /** CPU time of all its threads. */
  readonly cpuSeconds: number;
}

export interface RingCounts {
  readonly accepted: number;
  readonly dropped: number;
}

export interface StageCounts {
  readonly received: number;
  readonly sent: number;
  /** By reason; those that are 0 too. */
  readonly dropped: ReadonlyMap<string, number>;
}

const STAGE = /^tapio_stage_records_total\{stage="(\w+)",outcome="(\w+)"\} (\d+)$/gm;

/** A real agent process that runs collectors of kernel records. */
export class CapturingAgent implements AsyncDisposable {
  readonly #child: Child;
  readonly #port: number;

  private constructor(child: Child, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(
    folder: string,
    options: { readonly natsUrl: string; readonly collectors: readonly string[] },
  ): Promise<CapturingAgent> {
    const child = await Child.start({
      name: 'agent',
      command: process.execPath,
      args: [
        await buildAgent(),
        ...['--cluster', 'bench', '--node', 'bench', '--nats-url', options.natsUrl, '--http-port', '0'],
        ...['--state-dir', join(folder, 'state'), '--collectors', options.collectors.join(',')],
      ],
      logPath: join(folder, 'agent.log'),
    });
    const port = await waitFor(
      () => {
        if (!child.running) throw new Error(`the agent ended: ${child.logTail()}`);
        const line = child
          .output()
          .split('\n')
          .find((text) => text.includes('"msg":"listening"'));
        return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port;
      },
      { timeoutMs: 30_000, describe: 'the agent to listen', state: () => child.logTail() },
    );
    return new CapturingAgent(child, port);
  }

  async counts(): Promise<AgentCounts> {
    const text = await (await fetch(`http://127.0.0.1:${this.#port}/metrics`)).text();
    return { ...countsOf(text), cpuSeconds: cpuSeconds(this.#child.pid) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.stop();
  }
}

/** Reads the counts from the text of /metrics. */
export function countsOf(metrics: string): Omit<AgentCounts, 'cpuSeconds'> {
  return {
    crit: ringOf(metrics, 'crit'),
    bulk: ringOf(metrics, 'bulk'),
    decode: stageOf(metrics, 'decode'),
    assemble: stageOf(metrics, 'assemble'),
  };
}

function ringOf(metrics: string, ring: string): RingCounts {
  const figure = (name: string): number => {
    const value = new RegExp(`^tapio_agent_${ring}_ring_${name}_records_total (\\d+)$`, 'm').exec(
      metrics,
    )?.[1];
    if (value === undefined) throw new Error(`the agent does not read the ring ${ring}: see its log`);
    return Number(value);
  };
  return { accepted: figure('accepted'), dropped: figure('dropped') };
}

function stageOf(metrics: string, stage: string): StageCounts {
  const outcomes = new Map<string, number>();
  for (const [, name, outcome, value] of metrics.matchAll(STAGE)) {
    if (name === stage && outcome !== undefined) outcomes.set(outcome, Number(value));
  }
  const dropped = [...outcomes]
    .filter(([outcome]) => outcome.startsWith('dropped_'))
    .map(([outcome, value]) => [outcome.slice('dropped_'.length), value] as const);
  return {
    received: outcomes.get('received') ?? 0,
    sent: outcomes.get('sent') ?? 0,
    dropped: new Map(dropped),
  };
}
