import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildAgent } from '@tapio/agent/build';
import { Child, launchNats, waitFor } from '@tapio/testkit';
import type { Bench, BenchContext, Row } from '../bench.ts';
import { podList } from '../idle/pod-list.ts';
import type { ResidentSet } from '../process-usage.ts';
import { cpuSeconds, residentSet } from '../process-usage.ts';
import { FIGURES } from '../figures.ts';
import { kernelMissing, serversMissing } from '../requirements.ts';
import { median, rowOf } from '../statistics.ts';

const PODS = 30;
const ACCEPTED = 'tapio_agent_crit_ring_accepted_records_total';

/** A real agent with all its collectors, on a machine that does whatever it does meanwhile. */
export const idle: Bench = {
  name: 'idle',
  summary: 'CPU and memory of an agent process that waits',
  units: ['% of a core', 'MB'],
  needs: ['root', 'servers'],
  missing: () => kernelMissing() ?? serversMissing(),
  run,
};

async function run({ quick, progress }: BenchContext): Promise<readonly Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tapio-bench-'));
  try {
    await using nats = await launchNats();
    await using agent = await startAgent(folder, nats.url);
    const port = await listeningPort(agent);
    progress('letting the agent settle');
    await delay(quick ? 1_000 : 15_000);
    const windowMs = quick ? 2_000 : 30_000;
    const cpu: number[] = [];
    const memory: ResidentSet[] = [];
    const captured: number[] = [];
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      progress(`watching it for ${windowMs / 1000} s, run ${round + 1}`);
      const startedMs = performance.now();
      const before = { cpu: cpuSeconds(agent.pid), records: await figure(port, ACCEPTED) };
      await delay(windowMs);
      const seconds = (performance.now() - startedMs) / 1000;
      cpu.push((100 * (cpuSeconds(agent.pid) - before.cpu)) / seconds);
      memory.push(residentSet(agent.pid));
      captured.push(((await figure(port, ACCEPTED)) - before.records) / seconds);
    }
    const note = `${Math.round(Math.min(...captured))}-${Math.round(Math.max(...captured))} records/s came from other processes of the machine`;
    return [
      rowOf({ name: 'CPU of an idle agent', unit: '% of a core', note, figure: FIGURES.idleCpu }, cpu),
      rowOf(
        {
          name: 'memory of an idle agent',
          unit: 'MB',
          note: describeMemory(memory),
          figure: FIGURES.idleMemory,
        },
        memory.map(({ totalMb }) => totalMb),
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function describeMemory(memory: readonly ResidentSet[]): string {
  const of = (part: (set: ResidentSet) => number): string => median(memory.map(part)).toFixed(0);
  return (
    `resident set, 10^6 bytes: ${of((set) => set.privateMb)} its own, ${of((set) => set.bpfMapsMb)} the rings, ` +
    `the rest files, most of all the node executable`
  );
}

async function startAgent(folder: string, natsUrl: string): Promise<Child> {
  const podsFile = join(folder, 'pods.json');
  writeFileSync(podsFile, JSON.stringify(podList(PODS)));
  return await Child.start({
    name: 'agent',
    command: process.execPath,
    args: [
      await buildAgent(),
      ...['--cluster', 'bench', '--node', 'bench', '--nats-url', natsUrl, '--http-port', '0'],
      ...['--state-dir', join(folder, 'state'), '--pods-source', podsFile],
    ],
    logPath: join(folder, 'agent.log'),
  });
}

function listeningPort(agent: Child): Promise<number> {
  return waitFor(
    () => {
      if (!agent.running) throw new Error('the agent ended');
      const line = agent
        .output()
        .split('\n')
        .find((text) => text.includes('"msg":"listening"'));
      return line === undefined ? undefined : (JSON.parse(line) as { port: number }).port;
    },
    { timeoutMs: 30_000, describe: 'the agent to listen', state: () => agent.logTail() },
  );
}

/** A figure of the agent's /metrics. */
async function figure(port: number, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text.split('\n').find((entry) => entry.startsWith(`${name} `));
  if (line === undefined) throw new Error(`the agent exports no ${name}: does its kernel capture run?`);
  return Number(line.slice(name.length));
}
