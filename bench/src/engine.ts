import type { ObservationEvent } from '@tapio/domain';
import type { Engine, StepInput } from '@tapio/intelligence';
import { InMemoryFacts, createEngine, loadRules } from '@tapio/intelligence';
import { readBuiltInRules } from '@tapio/intelligence/files';
import type { Row } from './bench.ts';
import { FIGURES } from './figures.ts';
import { rowOf } from './statistics.ts';

export interface EngineBenchOptions {
  /** Measured rounds, after one to warm up. */
  readonly rounds?: number;
  /** Signals of the steady cluster. */
  readonly signals?: number;
  /** Containers that are killed within a second. */
  readonly crashes?: number;
}

type Sample = Pick<Row, 'name' | 'unit' | 'value' | 'note' | 'figure'>;

export const START_US = Date.UTC(2026, 0, 2, 20) * 1000;
const STEP_EVENTS = 2_000;

const { rules } = loadRules(readBuiltInRules());

/** One container of one pod, once around. */
interface Run {
  readonly pod: number;
  readonly run: number;
  readonly startUs: number;
}

type Draft = Pick<ObservationEvent, 'type' | 'source' | 'data'> & {
  readonly atUs: number;
  readonly pid?: number;
};

function complete({ pod, run }: Run, { type, source, data, atUs, pid }: Draft): ObservationEvent {
  return {
    id: `bench/${pod}/${run}/${type}`,
    timestamp: atUs,
    source,
    type,
    cluster: 'bench',
    node: `n${pod % 50}`,
    ...(pid !== undefined && { pid }),
    containerId: `container-${pod}-${run}`,
    podUid: `pod-${pod}`,
    podName: `app-${pod}`,
    namespace: `ns-${pod % 20}`,
    workload: `Deployment/app-${pod % 200}`,
    data,
  };
}

function processData(run: Run, more: Readonly<Record<string, string>>): Record<string, string> {
  const started = String(run.startUs - START_US + 1);
  return {
    boot_id: 'b',
    mono_us: started,
    comm: 'app',
    started_mono_us: started,
    container_init: 'true',
    ...more,
  };
}

/** A container that starts, runs a second and ends: well, or killed at its memory limit. */
export function runEvents(run: Run, isOom: boolean): ObservationEvent[] {
  const endUs = run.startUs + 1_000_000;
  const pid = run.pod * 100 + run.run;
  const container = { container: 'app', restart_count: String(run.run) };
  const drafts: Draft[] = [
    { type: 'container_started', source: 'kubelet', atUs: run.startUs, data: container },
    {
      type: 'process_exec',
      source: 'kernel',
      atUs: run.startUs,
      pid,
      data: processData(run, { exe: '/app' }),
    },
    ...(isOom
      ? [
          {
            type: 'oom_kill',
            source: 'kernel',
            atUs: endUs,
            pid,
            data: processData(run, {
              limited_by: 'container',
              limit_bytes: '33554432',
              usage_bytes: '33554432',
            }),
          } as const,
        ]
      : []),
    {
      type: 'process_exit',
      source: 'kernel',
      atUs: endUs,
      pid,
      data: processData(
        run,
        isOom ? { exit_code: '0', signal: '9', oom_killed: 'true' } : { exit_code: '0', signal: '0' },
      ),
    },
    {
      type: 'container_died',
      source: 'kubelet',
      atUs: endUs,
      data: {
        ...container,
        exit_code: isOom ? '137' : '0',
        reason: isOom ? 'OOMKilled' : 'Completed',
        resolution_us: '1000000',
      },
    },
  ];
  return drafts.map((draft) => complete(run, draft));
}

function stepsOf(events: readonly ObservationEvent[]): StepInput[] {
  const nodes = [...new Set(events.map((e) => e.node))];
  const steps: StepInput[] = [];
  for (let i = 0; i < events.length; i += STEP_EVENTS) {
    const part = events.slice(i, i + STEP_EVENTS);
    const lastUs = part.at(-1)?.timestamp ?? START_US;
    const completeThrough = { kernel: lastUs - 1_000_000, kubelet: lastUs - 1_000_000 };
    steps.push({
      events: part,
      nowUs: lastUs,
      completeThrough: nodes.map((node) => ({ node, completeThrough })),
    });
  }
  return steps;
}

function engineOver(events: readonly ObservationEvent[]): Engine {
  const facts = new InMemoryFacts();
  facts.add(events);
  return createEngine({ cluster: 'bench', rules, facts, completeFromUs: 0 });
}

/** Signals of a busy cluster, one death in a hundred an OOM kill, in batches as the stream brings them. */
async function steadySignals(signals: number): Promise<Sample[]> {
  const events: ObservationEvent[] = [];
  for (let n = 0; events.length < signals; n += 1) {
    const run = { pod: n % 2_000, run: Math.floor(n / 2_000), startUs: START_US + n * 5_000 };
    events.push(...runEvents(run, n % 100 === 0));
  }
  events.sort((a, b) => a.timestamp - b.timestamp);
  const engine = engineOver(events);
  const steps = stepsOf(events);
  const before = process.cpuUsage();
  for (const step of steps) await engine.step(step);
  const used = process.cpuUsage(before);
  const cpuSeconds = (used.user + used.system) / 1e6;
  return [
    {
      name: 'engine: signals, all rules, per second of one core',
      value: events.length / cpuSeconds,
      unit: 'events/s',
      figure: FIGURES.engine,
    },
  ];
}

/** A container of each of so many pods killed within the same second. */
async function crashStorm(crashes: number): Promise<Sample[]> {
  const events = Array.from({ length: crashes }, (_, pod) =>
    runEvents({ pod, run: 0, startUs: START_US + (pod * 1_000_000) / crashes }, true),
  ).flat();
  events.sort((a, b) => a.timestamp - b.timestamp);
  const engine = engineOver(events);
  const lastUs = (events.at(-1)?.timestamp ?? 0) + 8_000_000;
  const marks = Array.from({ length: 50 }, (_, n) => ({
    node: `n${n}`,
    completeThrough: { kernel: lastUs, kubelet: lastUs },
  }));
  const beganMs = performance.now();
  const decision = await engine.step({ events, completeThrough: marks, nowUs: lastUs });
  const tookMs = performance.now() - beganMs;
  const likely = decision.incidents.filter(
    (i) => i.verdict.word === 'Likely' && i.verdict.status === 'settled',
  );
  const symptoms = likely.reduce((sum, incident) => sum + incident.count, 0);
  return [
    {
      name: 'engine: simultaneous crashes, to settled verdicts',
      value: tookMs,
      unit: 'ms',
      note: `${crashes} crashes`,
    },
    { name: 'engine: of those, symptoms with the right cause', value: symptoms, unit: 'crashes' },
  ];
}

/** What the engine does in a second, and how long a storm takes it. */
export async function run(options: EngineBenchOptions = {}): Promise<readonly Row[]> {
  const { rounds = 5, signals = 200_000, crashes = 1_000 } = options;
  const rows: Row[] = [];
  for (const round of [() => steadySignals(signals), () => crashStorm(crashes)]) {
    await round();
    const samples: Sample[][] = [];
    while (samples.length < rounds) samples.push(await round());
    for (const [index, first] of (samples[0] ?? []).entries()) {
      const values = samples.flatMap((sample) => sample[index]?.value ?? []);
      rows.push(rowOf(first, values));
    }
  }
  return rows;
}
