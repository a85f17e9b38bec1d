import { decodeAll, recordCapture } from '../capture/recorded-capture.ts';
import type { RecordedCapture } from '../capture/recorded-capture.ts';
import type { Bench, BenchContext, Row } from '../bench.ts';
import { FIGURES } from '../figures.ts';
import { kernelMissing, workloadMissing } from '../requirements.ts';
import { rowOf } from '../statistics.ts';
import { rateOf } from '../stopwatch.ts';

/** From records as the kernel wrote them to complete events: identity, pod, lane, scrubbed arguments. */
export const decode: Bench = {
  name: 'decode',
  summary: 'ring records of a mixed real capture to complete events, on one core',
  units: ['events/s'],
  needs: ['root'],
  missing: () => kernelMissing() ?? workloadMissing(),
  run,
};

async function run({ quick, progress }: BenchContext): Promise<readonly Row[]> {
  progress('recording a mixed workload');
  const recording = await recordCapture(
    quick ? { processes: 1_000, oomKills: 2 } : { processes: 20_000, oomKills: 40 },
  );
  const note = describeRecording(recording);
  progress(note);
  const runs = quick ? 3 : 9;
  const seconds = quick ? 0.1 : 1;
  const pass = (): number => {
    let events = 0;
    decodeAll(recording, (slot) => {
      events += slot.length;
    });
    return events;
  };
  rateOf(pass, 2 * seconds);
  const rates = Array.from({ length: runs }, () => rateOf(pass, seconds));
  return [
    rowOf(
      { name: 'records to complete events', unit: 'events/s', note, figure: FIGURES.decode },
      rates.map(({ perSecond }) => perSecond),
    ),
    rowOf(
      {
        name: 'records to complete events, per second of CPU',
        unit: 'events/s',
        figure: FIGURES.decode,
        note: 'CPU of all threads, so that other processes on the machine weigh less',
      },
      rates.map(({ perCpuSecond }) => perCpuSecond),
    ),
  ];
}

/** What a recording holds, in words. */
export function describeRecording(recording: RecordedCapture): string {
  const types = new Map<string, number>();
  const commandLines = new Set<string>();
  let named = 0;
  let events = 0;
  decodeAll(recording, (slot) => {
    for (const { type, podName, data } of slot) {
      events += 1;
      types.set(type, (types.get(type) ?? 0) + 1);
      if (podName !== undefined) named += 1;
      if (data['args'] !== undefined) commandLines.add(data['args']);
    }
  });
  const mix = [...types].map(([type, count]) => `${count} ${type}`).join(', ');
  return (
    `${mix}; ${Math.round((100 * named) / events)} % in pods, ${commandLines.size} different command lines, ` +
    `${Math.round(recording.sizeBytes / recording.records)} bytes a record, ${recording.dropped} dropped`
  );
}
