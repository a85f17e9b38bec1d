import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KernelCapture, MemoryViews, RecordReading, RingImage } from '@tapio/agent';
import { PodIndex, agentConfigSchema, memoryViews, openKernelCapture } from '@tapio/agent';
import type { ObservationEvent } from '@tapio/domain';
import { createLogger } from '@tapio/runtime';
import { waitFor } from '@tapio/testkit';
import { MixedWorkload } from './workload.ts';

export interface RecordingOptions {
  /** Processes to run while the kernel is recorded. */
  readonly processes: number;
  /** Kills by the OOM killer to have among them. */
  readonly oomKills: number;
}

/** What the kernel wrote into the rings while a workload ran, as it was, in memory. */
export interface RecordedCapture {
  readonly views: MemoryViews;
  readonly images: readonly RingImage[];
  readonly records: number;
  readonly sizeBytes: number;
  /** Records that the rings refused. */
  readonly dropped: number;
  /** A decoder that knows the pods and remembers no text. */
  newDecoder(): RecordReading;
}

interface Slice {
  readonly bytes: Uint8Array;
  readonly startPosition: number;
  readonly endPosition: number;
}

/** Loads the agent's programs, runs the mixed workload, and keeps every record that the rings gave. */
export async function recordCapture(options: RecordingOptions): Promise<RecordedCapture> {
  const folder = mkdtempSync(join(tmpdir(), 'tapio-bench-'));
  try {
    await using workload = await MixedWorkload.make({ ...options, folder });
    const pods = new PodIndex();
    pods.replace(
      workload.pods.map(({ cgroup, podName, workload: owner }) => ({
        podUid: cgroup.podUid,
        podName,
        namespace: 'shop',
        workload: owner,
        containers: new Map([[cgroup.containerId, undefined]]),
      })),
    );
    await using kernel = await openCapture({ stateDir: folder, pods });
    const slices: Slice[] = [];
    const reader = kernel.capture.read((batch) => {
      const { slot, startPosition, endPosition, offsetBytes, sizeBytes } = batch;
      const bytes = new Uint8Array(reader.memory, offsetBytes, sizeBytes).slice();
      slices.push({ bytes, startPosition, endPosition });
      reader.freeSlot(slot);
      reader.release(0, endPosition);
    });
    await workload.run();
    await waitFor(() => isReadUp(reader.counters().rings), {
      timeoutMs: 10_000,
      describe: 'the rings to be read to their end',
    });
    const { dropped } = kernel.capture.drops('crit');
    const { records } = reader.counters();
    return { ...join8(slices), records, dropped, newDecoder: () => kernel.newDecoder() };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Opens the agent's own capture of the ring `crit`, unpinned. */
export async function openCapture(options: {
  readonly stateDir: string;
  readonly pods: PodIndex;
}): Promise<KernelCapture> {
  const { kernel, unavailable } = await openKernelCapture({
    config: agentConfigSchema.parse({
      cluster: 'bench',
      node: 'bench',
      stateDir: options.stateDir,
      collectors: ['process', 'memory'],
    }),
    bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
    pods: options.pods,
    log: createLogger('bench', 'warn'),
  });
  if (kernel === undefined) throw new Error(unavailable[0]?.reason ?? 'no collector of records is wanted');
  return kernel;
}

/** Decodes the whole recording slot by slot, as the agent does; `take` gets the events of each. */
export function decodeAll(
  recording: RecordedCapture,
  take: (events: readonly ObservationEvent[]) => void,
): void {
  const { decoder } = recording.newDecoder();
  for (const image of recording.images) {
    const events: ObservationEvent[] = [];
    decoder.decode(recording.views, image, events);
    take(events);
  }
}

/** Makes one memory of all slices. They hold whole records, which lie at multiples of 8 bytes. */
function join8(slices: readonly Slice[]): Pick<RecordedCapture, 'views' | 'images' | 'sizeBytes'> {
  const sizeBytes = slices.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  const memory = new SharedArrayBuffer(sizeBytes);
  const target = new Uint8Array(memory);
  let offsetBytes = 0;
  const images = slices.map(({ bytes, startPosition, endPosition }): RingImage => {
    const image = { offsetBytes, sizeBytes: bytes.byteLength, startPosition, endPosition };
    target.set(bytes, offsetBytes);
    offsetBytes += bytes.byteLength;
    return image;
  });
  return { views: memoryViews(memory), images, sizeBytes };
}

function isReadUp(
  rings: readonly { readonly readPosition: number; readonly producerPosition: number }[],
): boolean {
  return rings.every(({ readPosition, producerPosition }) => readPosition >= producerPosition);
}
