import type { Bench, BenchContext, Row } from '../bench.ts';
import { countProcessEvents } from '../kernel/process-events.ts';
import type { ProcessCounts } from '../kernel/process-events.ts';
import { SYSTEM_CALL_FILES, countSystemCalls } from '../kernel/system-calls.ts';
import type { SystemCallCounts } from '../kernel/system-calls.ts';
import { FIGURES } from '../figures.ts';
import { fileMissing, kernelMissing, workloadMissing } from '../requirements.ts';
import { rowOf } from '../statistics.ts';

/** A little more than is to be reached: pacing and records that the program gives up take some off. */
const CALLS_PER_SECOND = 102_000;
const EXECS_PER_SECOND = 1_000;

/**
 * Two kinds of events at once. No two cores can exec a hundred thousand times a second, so the many are system
 * calls, one ring record each; the execs and exits beside them go through the agent's own programs and decoder.
 */
export const kernel: Bench = {
  name: 'kernel',
  summary: '100,000 kernel events a second to JavaScript, with exact counts of what was lost',
  units: ['events/s', 'events'],
  needs: ['root'],
  missing: () =>
    kernelMissing() ??
    workloadMissing() ??
    SYSTEM_CALL_FILES.map(fileMissing).find((reason) => reason !== undefined),
  run,
};

async function run({ quick, progress }: BenchContext): Promise<readonly Row[]> {
  const seconds = quick ? 1 : 10;
  const calls: SystemCallCounts[] = [];
  const processes: ProcessCounts[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    progress(
      `${CALLS_PER_SECOND} system calls/s and ${EXECS_PER_SECOND} execs/s for ${seconds} s, run ${round + 1}`,
    );
    const [call, process] = await Promise.all([
      countSystemCalls({ calls: CALLS_PER_SECOND * seconds, perSecond: CALLS_PER_SECOND }),
      countProcessEvents({
        processes: EXECS_PER_SECOND * seconds,
        perSecond: EXECS_PER_SECOND,
        starters: 1,
      }),
    ]);
    calls.push(call);
    processes.push(process);
  }
  const fastest: ProcessCounts[] = [];
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    progress(`execs as fast as two programs can, run ${round + 1}`);
    fastest.push(await countProcessEvents({ processes: quick ? 2_000 : 20_000, perSecond: 0, starters: 2 }));
  }
  return [
    rowOf(
      {
        name: 'system calls to JavaScript',
        unit: 'events/s',
        note: 'getppid, 128 bytes a record',
        figure: FIGURES.kernelEvents,
      },
      calls.map((run) => run.received / run.seconds),
    ),
    lostRow(
      'system calls lost',
      calls.map((run) => run.dropped + run.missing),
    ),
    rowOf(
      { name: 'execs and exits beside them', unit: 'events/s', note: 'all processes of the machine' },
      processes.map((run) => run.events / run.seconds),
    ),
    lostRow('execs and exits lost', processes.map(lost)),
    rowOf(
      { name: 'execs and exits, as fast as they come', unit: 'events/s' },
      fastest.map((run) => run.events / run.seconds),
    ),
    lostRow('of those lost', fastest.map(lost)),
  ];
}

/** Refused by the ring, or taken by it and never made an event. */
function lost({ accepted, dropped, events }: ProcessCounts): number {
  return dropped + Math.max(0, accepted - events);
}

function lostRow(name: string, values: readonly number[]): Row {
  const total = values.reduce((sum, value) => sum + value, 0);
  return {
    ...rowOf({ name, unit: 'events', figure: FIGURES.lostEvents }, values),
    value: total,
    note: 'sum of all runs',
  };
}
