import { Assembler, FlightRecorder } from '@tapio/agent';
import type { NewBatch } from '@tapio/agent';
import { decodeAll, recordCapture } from '../capture/recorded-capture.ts';
import type { RecordedCapture } from '../capture/recorded-capture.ts';
import type { Bench, BenchContext, Row } from '../bench.ts';
import { FIGURES } from '../figures.ts';
import { kernelMissing, workloadMissing } from '../requirements.ts';
import { rowOf } from '../statistics.ts';
import { rateOf } from '../stopwatch.ts';
import { describeRecording } from './decode.ts';

/** Events after which the agent's pipeline seals what it has. */
const SEAL_EVENTS = 1_000;

/** All that the agent does with a record before it reaches the spool. */
export const ingest: Bench = {
  name: 'ingest',
  summary: 'decode, enrich, flight recorder, encode to batches, on one core',
  units: ['events/s', 'bytes'],
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
  let payloadBytes = 0;
  let batched = 0;
  const pass = (): number => {
    const before = batched;
    assembleAll(recording, (batches) => {
      for (const { count, payload } of batches) {
        batched += count;
        payloadBytes += payload.byteLength;
      }
    });
    return batched - before;
  };
  const seconds = quick ? 0.1 : 1;
  rateOf(pass, 2 * seconds);
  const rates = Array.from({ length: quick ? 3 : 9 }, () => rateOf(pass, seconds));
  return [
    rowOf(
      { name: 'records to encoded batches', unit: 'events/s', note, figure: FIGURES.ingest },
      rates.map(({ perSecond }) => perSecond),
    ),
    rowOf(
      { name: 'records to encoded batches, per second of CPU', unit: 'events/s', figure: FIGURES.ingest },
      rates.map(({ perCpuSecond }) => perCpuSecond),
    ),
    { name: 'size of an event in a batch', unit: 'bytes', value: payloadBytes / batched },
  ];
}

/** Makes batches of a whole recording as the agent's pipeline does; `take` gets those of each frame. */
export function assembleAll(recording: RecordedCapture, take: (batches: readonly NewBatch[]) => void): void {
  const assembler = new Assembler({
    recorder: new FlightRecorder(),
    onIncompleteRecording: () => undefined,
    shedBulk: () => false,
    onShed: () => undefined,
  });
  decodeAll(recording, (events) => {
    for (const event of events) assembler.add(event);
    if (assembler.count >= SEAL_EVENTS) take(assembler.seal({}, {}, false));
  });
  take(assembler.seal({}, {}, false));
}
