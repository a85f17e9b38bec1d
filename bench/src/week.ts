import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import type { FactStore, ObservationEvent } from '@tapio/domain';
import { createEngine, loadRules } from '@tapio/intelligence';
import { readBuiltInRules } from '@tapio/intelligence/files';
import type { Row } from './bench.ts';
import { FIGURES } from './figures.ts';
import { START_US, runEvents } from './engine.ts';

export interface WeekOptions {
  readonly days?: number;
  /** Containers that start and end in each simulated minute. */
  readonly runsPerMinute?: number;
}

const MINUTE_US = 60_000_000;
const MINUTES_A_DAY = 1_440;
const NODES = Array.from({ length: 50 }, (_, n) => `n${n}`);

/** The graph is not what is measured: nothing is remembered but what the engine itself holds. */
const NOTHING: FactStore = {
  events: () => Promise.resolve([]),
  entity: () => Promise.resolve(undefined),
  bonds: () => Promise.resolve([]),
};

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

function heapMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1e6;
}

/** A minute of a cluster: containers come and go, one end in fifty is an OOM kill. */
function minute(index: number, runs: number): ObservationEvent[] {
  const events: ObservationEvent[] = [];
  for (let n = 0; n < runs; n += 1) {
    const serial = index * runs + n;
    const startUs = START_US + index * MINUTE_US + Math.floor((n * MINUTE_US) / runs / 2);
    events.push(
      ...runEvents({ pod: serial % 2_000, run: Math.floor(serial / 2_000), startUs }, serial % 50 === 0),
    );
  }
  return events.sort((a, b) => a.timestamp - b.timestamp);
}

/** A simulated week through the engine, a step a minute: what it holds after the first day and after the last. */
export async function run({ days = 7, runsPerMinute = 20 }: WeekOptions = {}): Promise<readonly Row[]> {
  const { rules } = loadRules(readBuiltInRules());
  const engine = createEngine({ cluster: 'bench', rules, facts: NOTHING, completeFromUs: 0 });
  let signals = 0;
  let firstDayMegabytes = 0;
  for (let index = 0; index < days * MINUTES_A_DAY; index += 1) {
    const events = minute(index, runsPerMinute);
    signals += events.length;
    const nowUs = START_US + (index + 1) * MINUTE_US;
    const completeThrough = { kernel: nowUs, kubelet: nowUs };
    await engine.step({ events, nowUs, completeThrough: NODES.map((node) => ({ node, completeThrough })) });
    if (index === MINUTES_A_DAY - 1) firstDayMegabytes = heapMegabytes();
  }
  const lastDayMegabytes = heapMegabytes();
  const one = { min: 0, max: 0 };
  const row = (name: string, unit: Row['unit'], value: number): Row => ({
    ...one,
    name,
    unit,
    value,
    min: value,
    max: value,
  });
  return [
    { ...row('engine: heap after a simulated week', 'MB', lastDayMegabytes), note: `${signals} signals` },
    row('engine: heap after its first day', 'MB', firstDayMegabytes),
    {
      ...row(
        'engine: growth from the first day to the last',
        '%',
        (lastDayMegabytes / firstDayMegabytes - 1) * 100,
      ),
      figure: FIGURES.weekGrowth,
    },
  ];
}
