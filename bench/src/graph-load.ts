import type { ObservationEvent } from '@tapio/domain';
import type { Graph, SignalBatch } from '@tapio/store';
import { SignalWriter, acquireLease, eventStatements, openGraph, openPosition } from '@tapio/store';
import type { Neo4jServer } from '@tapio/testkit';
import { launchNeo4j } from '@tapio/testkit';
import neo4j from 'neo4j-driver';
import type { Driver } from 'neo4j-driver';
import type { Row } from './bench.ts';
import { FIGURES } from './figures.ts';
import { cpuSeconds } from './process-usage.ts';
import { median, quantile, rowOf } from './statistics.ts';

export interface GraphLoadOptions {
  /** Measured pairs, of a run of the bare loop and one of the loader's writer; who is first changes by turns. */
  readonly pairs?: number;
  /** Pairs before them that are not measured: the server compiles itself and fills its caches. */
  readonly warmUpPairs?: number;
  readonly eventsARun?: number;
  readonly rowsATransaction?: number;
}

const MESSAGE_EVENTS = 500;
const SESSIONS = 2;
const RETENTION_MS = 7 * 86_400_000;
const START_US = Date.UTC(2026, 0, 2) * 1000;
const PODS = 200;

/** A mix as crash loops make it: kernel and kubelet in equal parts, all known pods, full rows. */
function makeEvent(cluster: string, index: number): ObservationEvent {
  const pod = index % PODS;
  const podUid = `9f3c1f80-0000-4000-8000-${String(pod).padStart(12, '0')}`;
  const containerId = String(pod).padStart(64, 'c');
  const base = {
    id: `${cluster}/node-${index % 5}/e1/critical/${index}`,
    timestamp: START_US + index * 500,
    cluster,
    node: `node-${index % 5}`,
    podUid,
    podName: `checkout-7d9c6b5f4-${pod}`,
    namespace: 'shop',
    workload: 'Deployment/checkout',
  };
  const process = {
    boot_id: '0b1f6a0e-8f1c-4d2e-9a7b-1c2d3e4f5a6b',
    mono_us: String(index),
    comm: 'java',
    started_mono_us: String(index),
    cgroup: `/kubepods/burstable/pod${podUid}/${containerId}`,
  };
  const container = {
    container: 'report',
    restart_count: String(index % 10),
    image: 'registry.local/shop/checkout:1.2.3',
  };
  const pid = 1000 + (index % 30_000);
  switch (index % 4) {
    case 0:
      return {
        ...base,
        source: 'kernel',
        type: 'process_exit',
        pid,
        containerId,
        data: {
          ...process,
          container_init: 'true',
          exit_code: '0',
          signal: '9',
          max_rss_bytes: '33554432',
          oom_killed: 'true',
          sender_pid: '0',
          sender_comm: 'java',
        },
      };
    case 1:
      return {
        ...base,
        source: 'kernel',
        type: 'oom_kill',
        pid,
        containerId,
        data: {
          ...process,
          limited_by: 'container',
          limit_bytes: '33554432',
          usage_bytes: '33554432',
          container_limit_bytes: '33554432',
          anon_rss_bytes: '33000000',
        },
      };
    case 2:
      return {
        ...base,
        source: 'kubelet',
        type: 'container_died',
        containerId,
        data: { ...container, exit_code: '137', reason: 'OOMKilled', resolution_us: '1000000' },
      };
    default:
      return {
        ...base,
        source: 'kubelet',
        type: 'container_waiting',
        data: {
          ...container,
          reason: 'CrashLoopBackOff',
          message: 'back-off 40s restarting failed container',
        },
      };
  }
}

function makeEvents(cluster: string, from: number, count: number): ObservationEvent[] {
  return Array.from({ length: count }, (_, index) => makeEvent(cluster, from + index));
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

/** The least that writes the same nodes: rows made beforehand, no marks, no position, no lease, no entities. */
function bareLoop(driver: Driver, events: readonly ObservationEvent[], rows: number): () => Promise<void> {
  const expiresAtUs = START_US + RETENTION_MS * 1000;
  const transactions = chunks(events, rows).map((part) => eventStatements(part, expiresAtUs));
  const next = transactions.values();
  return async () => {
    await Promise.all(
      Array.from({ length: SESSIONS }, async () => {
        const session = driver.session({ database: 'neo4j' });
        for (const statements of next) {
          const transaction = await session.beginTransaction();
          await Promise.all(
            statements.map(({ text, rows: lists }) => transaction.run(text, { rows: lists })),
          );
          await transaction.commit();
        }
        await session.close();
      }),
    );
  };
}

/** The loader's transaction A over batches as they come from the stream, `SESSIONS` on the way. */
class WriterLoop {
  readonly #writer: SignalWriter;
  readonly #cluster: string;
  #sequence = 0;

  private constructor(writer: SignalWriter, cluster: string) {
    this.#writer = writer;
    this.#cluster = cluster;
  }

  static async open(graph: Graph, cluster: string): Promise<WriterLoop> {
    const outcome = await acquireLease(graph, { cluster, owner: 'bench', ttlMs: 3_600_000 });
    if (!outcome.held) throw new Error('the lease is held by another');
    await openPosition(outcome.lease, 'SIGNALS@bench');
    return new WriterLoop(
      await SignalWriter.open(outcome.lease, { eventRetentionMs: RETENTION_MS }),
      cluster,
    );
  }

  loop(events: readonly ObservationEvent[], rows: number): () => Promise<void> {
    const batches = chunks(events, MESSAGE_EVENTS).map((part): SignalBatch => {
      this.#sequence += 1;
      const producer = {
        cluster: this.#cluster,
        node: 'node-1',
        lane: 'signal',
        incarnation: 'bench',
      } as const;
      return {
        header: { producer, batch: this.#sequence, count: part.length, completeThrough: {} },
        events: part,
      };
    });
    let position = this.#sequence - batches.length;
    const requests = chunks(batches, Math.max(1, Math.floor(rows / MESSAGE_EVENTS)));
    return async () => {
      const onTheWay: Promise<unknown>[] = [];
      for (const request of requests) {
        position += request.length;
        if (onTheWay.length >= SESSIONS) await onTheWay.shift();
        onTheWay.push(
          this.#writer.commitBatches({ batches: request, streamPosition: position, nowUs: START_US }),
        );
      }
      await Promise.all(onTheWay);
    };
  }
}

/** What a run took. */
interface Cost {
  readonly seconds: number;
  /** CPU time of this process and the server's. */
  readonly cpuSeconds: number;
}

type Run = () => Promise<Cost>;

interface Pair {
  readonly bare: Cost;
  readonly ours: Cost;
}

/** One right after the other, so that both have the same machine. */
async function pairOf(runs: { readonly bare: Run; readonly ours: Run }, bareFirst: boolean): Promise<Pair> {
  if (bareFirst) {
    const bare = await runs.bare();
    return { bare, ours: await runs.ours() };
  }
  const ours = await runs.ours();
  return { bare: await runs.bare(), ours };
}

/**
 * Events a second into a Neo4j of its own: the loader's transaction A beside a bare UNWIND loop. Both create the same
 * nodes, by the same statements, in transactions of the same size, as many of them at once.
 */
export async function run(options: GraphLoadOptions = {}): Promise<readonly Row[]> {
  const { pairs: count = 20, warmUpPairs = 3, eventsARun = 40_000, rowsATransaction = 5_000 } = options;
  await using server = await launchNeo4j({ heapMb: 1024, pageCacheMb: 512 });
  await using graph = openGraph({ url: server.boltUrl, user: server.user, password: server.password });
  await graph.migrate();
  await using driver = openDriver(server);
  const writer = await WriterLoop.open(graph, 'ours');
  const timed = async (work: () => Promise<void>): Promise<Cost> => {
    const cpu = process.cpuUsage();
    const serverCpu = cpuSeconds(server.pid);
    const startedMs = performance.now();
    await work();
    const { user, system } = process.cpuUsage(cpu);
    return {
      seconds: (performance.now() - startedMs) / 1000,
      cpuSeconds: cpuSeconds(server.pid) - serverCpu + (user + system) / 1e6,
    };
  };
  const pairs: Pair[] = [];
  for (let index = -warmUpPairs; index < count; index += 1) {
    const from = (index + warmUpPairs) * eventsARun;
    const pair = await pairOf(
      {
        bare: () => timed(bareLoop(driver, makeEvents('bare', from, eventsARun), rowsATransaction)),
        ours: () => timed(writer.loop(makeEvents('ours', from, eventsARun), rowsATransaction)),
      },
      index % 2 === 0,
    );
    if (index >= 0) pairs.push(pair);
  }
  return rowsOf(pairs, eventsARun);
}

function rowsOf(pairs: readonly Pair[], events: number): readonly Row[] {
  const ratios = pairs.map(({ bare, ours }) => bare.seconds / ours.seconds);
  const cpuRatio = median(pairs.map(({ bare, ours }) => ours.cpuSeconds / bare.cpuSeconds));
  const text = (ratio: number): string => `${Math.round(ratio * 100)} %`;
  const note = [
    `median of ${pairs.length} pairs of ${events} events`,
    `half of them ${text(quantile(ratios, 0.25))} to ${text(quantile(ratios, 0.75))}`,
    `all ${text(Math.min(...ratios))} to ${text(Math.max(...ratios))}`,
    `CPU time of client and server ${text(cpuRatio)} of the bare loop's`,
  ].join('; ');
  return [
    rowOf(
      { name: 'graph load, bare UNWIND loop', unit: 'events/s' },
      pairs.map(({ bare }) => events / bare.seconds),
    ),
    {
      ...rowOf(
        { name: 'graph load, transaction A', unit: 'events/s', note, figure: FIGURES.graphLoad },
        pairs.map(({ ours }) => events / ours.seconds),
      ),
      ratio: median(ratios),
    },
  ];
}

function openDriver(server: Neo4jServer): Driver {
  return neo4j.driver(server.boltUrl, neo4j.auth.basic(server.user, server.password));
}
