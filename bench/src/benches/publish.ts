import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { NewBatch } from '@tapio/agent';
import { Publisher, Spool } from '@tapio/agent';
import { createLogger } from '@tapio/runtime';
import { launchNats } from '@tapio/testkit';
import type { NatsConfig } from '@tapio/testkit';
import type { Bench, BenchContext, Row } from '../bench.ts';
import { recordCapture } from '../capture/recorded-capture.ts';
import { FIGURES } from '../figures.ts';
import { kernelMissing, serversMissing, workloadMissing } from '../requirements.ts';
import { cpuSeconds } from '../process-usage.ts';
import { median, rowOf } from '../statistics.ts';
import { assembleAll } from './ingest.ts';

type Frame = readonly NewBatch[];

/** Syncing each message to the disk before it is acknowledged: what survives a loss of power. */
const MODES: readonly { readonly name: string; readonly config: NatsConfig }[] = [
  { name: 'spool to acknowledged in the stream', config: {} },
  {
    name: 'spool to acknowledged, sync_interval: always',
    config: { jetstream: { sync_interval: 'always' } },
  },
];

export const publish: Bench = {
  name: 'publish',
  summary: 'a full spool to acknowledged messages of a real nats-server',
  units: ['events/s'],
  needs: ['root', 'servers'],
  missing: () => kernelMissing() ?? workloadMissing() ?? serversMissing(),
  run,
};

async function run({ quick, progress }: BenchContext): Promise<readonly Row[]> {
  progress('recording a mixed workload');
  const recording = await recordCapture(
    quick ? { processes: 1_000, oomKills: 2 } : { processes: 20_000, oomKills: 40 },
  );
  const frames: Frame[] = [];
  assembleAll(recording, (batches) => frames.push(batches));
  const rows: Row[] = [];
  for (const { name, config } of MODES) {
    progress(name);
    rows.push(await measure(name, config, { frames, quick }));
  }
  return rows;
}

interface Load {
  readonly frames: readonly Frame[];
  readonly quick: boolean;
}

async function measure(name: string, config: NatsConfig, { frames, quick }: Load): Promise<Row> {
  await using nats = await launchNats({ config });
  const rates: number[] = [];
  const clientCosts: number[] = [];
  const serverCosts: number[] = [];
  let load = '';
  // The first run warms up server and client.
  for (let round = -1; round < (quick ? 1 : 5); round += 1) {
    const directory = await mkdtemp(join(tmpdir(), 'tapio-bench-spool-'));
    try {
      await using full = await fillSpool(directory, frames, quick ? 10_000 : 500_000);
      const server = cpuSeconds(nats.pid);
      const client = process.cpuUsage();
      const seconds = await drain(full.spool, nats.url);
      const { user, system } = process.cpuUsage(client);
      if (round >= 0) {
        rates.push(full.events / seconds);
        clientCosts.push((user + system) / full.events);
        serverCosts.push((1e6 * (cpuSeconds(nats.pid) - server)) / full.events);
      }
      load = `${full.events} events in ${full.batches} messages of ${Math.round(full.bytes / full.batches)} bytes`;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  const cost = `CPU an event: publisher ${median(clientCosts).toFixed(2)} us, server ${median(serverCosts).toFixed(2)} us`;
  const note = `${load}; ${cost}; nats-server ${nats.version}`;
  return rowOf({ name, unit: 'events/s', note, figure: FIGURES.publish }, rates);
}

interface FullSpool extends AsyncDisposable {
  readonly spool: Spool;
  readonly events: number;
  readonly batches: number;
  readonly bytes: number;
}

/** A new spool with the recording in it, as often as it takes; batches get numbers of their own. */
async function fillSpool(directory: string, frames: readonly Frame[], events: number): Promise<FullSpool> {
  const { spool } = await Spool.open({ directory, maxBytes: 2 ** 33, bootId: 'bench' });
  const filled = { events: 0, batches: 0, bytes: 0 };
  while (filled.events < events) {
    for (const frame of frames) {
      if (filled.events >= events) break;
      await spool.ready(AbortSignal.timeout(60_000));
      const stored = spool.append(frame, {});
      for (const { count, payload } of frame) {
        filled.events += count;
        filled.batches += 1;
        filled.bytes += payload.byteLength;
      }
      await stored;
    }
  }
  return { spool, ...filled, [Symbol.asyncDispose]: () => spool[Symbol.asyncDispose]() };
}

/** Seconds from starting the publisher, its connection included, to the last acknowledgement. */
async function drain(spool: Spool, url: string): Promise<number> {
  const publisher = new Publisher({
    spool,
    cluster: 'bench',
    node: 'bench',
    connection: { servers: url },
    log: createLogger('bench', 'error'),
  });
  const stop = new AbortController();
  const startedMs = performance.now();
  const running = publisher.run(stop.signal);
  while (spool.state.unacknowledged > 0) await delay(1);
  const seconds = (performance.now() - startedMs) / 1000;
  stop.abort();
  await running;
  const { resent, duplicates } = publisher.counts;
  if (resent > 0 || duplicates > 0)
    throw new Error(`${resent} batches were sent again, ${duplicates} were duplicates: nothing to compare`);
  return seconds;
}
