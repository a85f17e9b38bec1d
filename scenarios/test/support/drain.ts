import { spawnSync } from 'node:child_process';
import type { ExitRecord } from '@tapio/testkit';
import { waitFor } from '@tapio/testkit';
import type { CrashStack } from './crash-stack.ts';
import { CLUSTER } from './crash-stack.ts';
import type { Ask } from './graph-events.ts';
import type { StoredBatch } from './streams.ts';
import { brokenNumbers, lastBatch, readStream } from './streams.ts';

export interface DrainOptions {
  readonly stack: CrashStack;
  readonly ask: Ask;
  /** Everything of interest was done before, Unix microseconds. */
  readonly doneUs: number;
  /** What was done last. */
  readonly last: readonly ExitRecord[];
}

/** Seconds are enough where nothing else runs. */
const DRAIN_MS = 300_000;

/**
 * Waits until the agent says that it has told all up to `doneUs`, the loader stands behind that in the stream without
 * a hole, and the last deeds are in the graph.
 *
 * @returns all that the bulk stream holds
 */
export async function drained({ stack, ask, doneUs, last }: DrainOptions): Promise<readonly StoredBatch[]> {
  let seen = 'nothing yet';
  const state = (): string => `${seen}\nagent: ${stack.agent.logTail(5)}\nloader: ${stack.loader.logTail(5)}`;
  const waiting = { timeoutMs: DRAIN_MS, everyMs: 300, state };
  const { url } = stack.nats;
  await waitFor(
    async () => {
      // Completeness of the bulk lane travels with bulk events: let there be one.
      spawnSync('true');
      const [signal, bulk] = await Promise.all([lastBatch(url, 'SIGNALS'), lastBatch(url, 'BULK')]);
      const position = await loaderPosition(ask);
      const sentinels = await countDeaths(ask, last);
      const { kernel = 0, kubelet = 0 } = signal?.header.completeThrough ?? {};
      const { kernel: bulkKernel = 0 } = bulk?.header.completeThrough ?? {};
      seen = JSON.stringify({
        doneUs,
        kernel,
        kubelet,
        bulkKernel,
        last: signal?.sequence,
        ...position,
        sentinels,
      });
      return (
        Math.min(kernel, kubelet, bulkKernel) > doneUs &&
        position.decided >= (signal?.sequence ?? Infinity) &&
        position.holes === 0 &&
        sentinels === last.length
      );
    },
    { ...waiting, describe: 'all that was done to be in the graph' },
  );
  return waitFor(
    async () => {
      const batches = await readStream(url, 'BULK');
      const broken = brokenNumbers(batches);
      seen = broken.join('; ');
      return broken.length === 0 && batches;
    },
    { ...waiting, describe: 'the bulk stream to have every batch once' },
  );
}

/** How far the loader is, and whether batches before that are missing. */
async function loaderPosition(ask: Ask): Promise<{ readonly decided: number; readonly holes: number }> {
  const [row] = await ask(
    `MATCH (p:_Position {cluster: $cluster})
     OPTIONAL MATCH (m:_Producer {cluster: $cluster, lane: 'signal'})
     RETURN p.decided AS decided, sum(size(m.later)) AS holes`,
    { cluster: CLUSTER },
  );
  return { decided: Number(row?.get('decided') ?? 0), holes: Number(row?.get('holes') ?? 0) };
}

async function countDeaths(ask: Ask, deaths: readonly ExitRecord[]): Promise<number> {
  const [row] = await ask(
    `UNWIND $deaths AS d
     MATCH (e:Event {type: 'process_exit', pid: d.pid, signal: d.signal})
     WHERE d.from <= e.ts <= d.to
     RETURN count(DISTINCT d.pid) AS found`,
    {
      // Times of kernel events are as exact as the two clocks could be read together.
      deaths: deaths.map(({ pid, signal, startedUs, endedUs }) => {
        return { pid, signal, from: startedUs - 5_000, to: endedUs + 5_000 };
      }),
    },
  );
  return Number(row?.get('found') ?? 0);
}
