import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodIndex, memoryViews } from '@tapio/agent';
import type { ObservationEvent } from '@tapio/domain';
import { Child, triggerPath, waitFor } from '@tapio/testkit';
import { openCapture } from '../capture/recorded-capture.ts';

export interface ProcessCounts {
  /** What BPF counted over the whole machine: records that the ring took and refused. */
  readonly accepted: number;
  readonly dropped: number;
  /** Complete events that JavaScript made. */
  readonly events: number;
  readonly seconds: number;
}

export interface ProcessOptions {
  readonly processes: number;
  /** 0 as fast as it goes. */
  readonly perSecond: number;
  /** Programs that start processes side by side; they share the two figures above. */
  readonly starters: number;
}

/** Lets processes begin and end while the agent's own capture runs and decodes each record. */
export async function countProcessEvents(options: ProcessOptions): Promise<ProcessCounts> {
  const folder = mkdtempSync(join(tmpdir(), 'tapio-bench-'));
  try {
    await using kernel = await openCapture({ stateDir: folder, pods: new PodIndex() });
    let events = 0;
    const reader = kernel.capture.read((batch) => {
      const slot: ObservationEvent[] = [];
      kernel.decoder.decode(views, batch, slot);
      events += slot.length;
      reader.freeSlot(batch.slot);
      reader.release(0, batch.endPosition);
    });
    const views = memoryViews(reader.memory);
    const startedMs = performance.now();
    await startProcesses(options, folder);
    const seconds = (performance.now() - startedMs) / 1000;
    await waitFor(() => reader.counters().rings.every((ring) => ring.readPosition >= ring.producerPosition), {
      timeoutMs: 10_000,
      describe: 'the ring to be read to its end',
    });
    const { accepted, dropped } = kernel.capture.drops('crit');
    return { accepted, dropped, events, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startProcesses(
  { processes, perSecond, starters }: ProcessOptions,
  folder: string,
): Promise<void> {
  const children = await Promise.all(
    Array.from({ length: starters }, (_, index) =>
      Child.start({
        name: 'exits',
        command: triggerPath('exits'),
        args: [
          ...['--count', String(Math.round(processes / starters))],
          ...['--rate', String(Math.round(perSecond / starters))],
          ...['--nonce', `bench-${index}`],
        ],
        logPath: join(folder, `exits-${index}`),
      }),
    ),
  );
  await Promise.all(children.map(({ ended }) => ended));
}
