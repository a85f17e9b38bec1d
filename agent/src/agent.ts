import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeConnectionOptions } from '@nats-io/transport-node';
import type { ObservationEvent } from '@tapio/domain';
import type { ConservationState, Logger, ServiceContext } from '@tapio/runtime';
import { HealthServer, createMetrics, exportStages, waitMs } from '@tapio/runtime';
import { PodsCollector } from './collectors/pods/collector.ts';
import { podListSource } from './collectors/pods/source.ts';
import type { AgentConfig } from './config.ts';
import { PodIndex } from './enrich/pod-index.ts';
import { idPart } from './gaps/gap-events.ts';
import { startGaps } from './gaps/start-gaps.ts';
import { RINGS_AT_START, readCheckpoint } from './ingest/checkpoint.ts';
import type { AgentCheckpoint } from './ingest/checkpoint.ts';
import { KernelFeed } from './ingest/kernel-feed.ts';
import { Pipeline } from './ingest/pipeline.ts';
import type { KernelCapture } from './kernel-capture.ts';
import { openKernelCapture } from './kernel-capture.ts';
import { exportAgentMetrics } from './metrics.ts';
import { Publisher } from './publisher/publisher.ts';
import { FlightRecorder } from './recorder/flight-recorder.ts';
import { Spool } from './spool/spool.ts';

export const AGENT_VERSION = '0.1.0';

/** How long records of an unknown pod wait for a poll before they are spooled without its name. */
const POD_WAIT_MS = 300;

/** Runs an agent until the context's signal is aborted; then stores what was taken and closes everything. */
export async function runAgent(
  config: AgentConfig,
  log: Logger,
  { signal, stack }: ServiceContext,
): Promise<void> {
  await mkdir(config.stateDir, { recursive: true, mode: 0o700 });
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const {
    spool,
    checkpoint: stored,
    damage,
    newIncarnation,
  } = await Spool.open({
    directory: join(config.stateDir, 'spool'),
    maxBytes: config.spoolBytes,
    sync: config.spoolSync,
    bootId,
  });
  stack.use(spool);
  for (const { kind, detail } of damage) log.warn({ kind, detail }, 'the spool was damaged');

  const pods = new PodIndex();
  const outcome = await openKernelCapture({ config, bootId, pods, log });
  const kernel = outcome.kernel === undefined ? undefined : stack.use(outcome.kernel);
  const checkpoint = readCheckpoint(stored);
  const nowUs = Date.now() * 1000;
  const from = startPoint(checkpoint, kernel);
  const recorder = new FlightRecorder();
  const podsWanted = config.collectors.includes('pods');
  const unavailable = outcome.unavailable.map(({ collector: name, reason }) => `${name} (${reason})`);
  const kernelReason = unavailable.join('; ');
  if (podsWanted && config.podsSource === '') unavailable.push('pods (no --pods-source)');

  const pipeline = new Pipeline({
    origin: { cluster: config.cluster, node: config.node, incarnation: spool.incarnation },
    spool,
    recorder,
    from,
    findPods: async (podUids, cut) => {
      const before = pods.revision;
      await collector?.refresh(podUids, POD_WAIT_MS, cut);
      return pods.revision !== before;
    },
  });
  const collector =
    podsWanted && config.podsSource !== ''
      ? await PodsCollector.open({
          cluster: config.cluster,
          node: config.node,
          source: podListSource({
            from: config.podsSource,
            ...(config.podsTokenFile === '' ? {} : { tokenFile: config.podsTokenFile }),
            ...(config.podsCaFile === '' ? {} : { caFile: config.podsCaFile }),
          }),
          index: pods,
          intervalMs: config.podsIntervalMs,
          seenThroughUs: from.completeThrough.kubelet,
          snapshotPath: join(config.stateDir, 'pods.json'),
          deliver: (observation) => pipeline.deliver(observation),
          log,
        })
      : undefined;

  const running = [...(kernel?.collectors ?? []), ...(collector === undefined ? [] : ['pods'])];
  pipeline.add(
    captureStarted(config, {
      nowUs,
      collectors: running,
      unavailable,
      resumed: kernel?.capture.resumed === true,
      incarnation: spool.incarnation,
    }),
  );
  const gaps = startGaps({
    checkpoint,
    capture: kernel?.capture,
    damage,
    sameBoot: stored?.['bootId'] === bootId,
    nowUs,
  });
  for (const gap of gaps) pipeline.addGap(gap);
  if (unavailable.length > 0) log.warn({ unavailable }, 'collectors can’t run');
  log.info(
    {
      collectors: running,
      resumed: kernel?.capture.resumed === true,
      captureEpoch: kernel?.capture.captureEpoch,
      newIncarnation,
    },
    'capturing',
  );

  const publisher = new Publisher({
    spool,
    cluster: config.cluster,
    node: config.node,
    connection: connectionOptions(config),
    log,
  });
  const feed = kernel === undefined ? undefined : openFeed(kernel, from, pipeline);
  if (feed !== undefined) {
    stack.use(feed);
    pipeline.attach(feed);
  }

  const registry = createMetrics();
  const stages: (() => ConservationState)[] = [pipeline.stage, publisher.stage].map(
    (stage) => () => stage.state(),
  );
  if (kernel !== undefined) stages.unshift(() => kernel.decoder.stage.state());
  if (collector !== undefined) stages.push(() => collector.stage.state());
  exportStages(registry, stages);
  exportAgentMetrics(registry, { spool, publisher, recorder, pipeline, pods, kernel });
  const health = await HealthServer.listen({
    port: config.httpPort,
    host: config.httpHost,
    registry,
    ready: {
      nats: () => publisher.health,
      spool: () => {
        const { fault } = spool.state;
        return fault === undefined
          ? { ok: true }
          : { ok: false, reason: `the spool can't be written (${fault})` };
      },
      ...(outcome.unavailable.length === 0 ? {} : { kernel: () => ({ ok: false, reason: kernelReason }) }),
      ...(collector === undefined ? {} : { pods: () => collector.health }),
    },
  });
  stack.use(health);
  log.info({ port: health.port }, 'listening');

  await runAll(signal, { pipeline, publisher, collector });
}

interface Parts {
  readonly pipeline: Pipeline;
  readonly publisher: Publisher;
  readonly collector: PodsCollector | undefined;
}

/** Sources stop first, then what they gave is stored, then what can still be sent is sent. */
async function runAll(signal: AbortSignal, { pipeline, publisher, collector }: Parts): Promise<void> {
  const publishing = new AbortController();
  const collecting = new AbortController();
  const stop = (): void => {
    collecting.abort();
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const published = publisher.run(publishing.signal);
  const polled = collector?.run(collecting.signal) ?? Promise.resolve();
  try {
    await pipeline.run(collecting.signal);
  } finally {
    stop();
    await polled;
    await drained(publisher);
    publishing.abort();
    await published;
  }
}

/** A short time for the last batches to be acknowledged; what is not is sent by the next agent. */
async function drained(publisher: Publisher): Promise<void> {
  const untilMs = Date.now() + 2_000;
  if (!publisher.health.ok) return;
  do await waitMs(50);
  while (publisher.counts.inFlight > 0 && Date.now() < untilMs);
}

function openFeed(kernel: KernelCapture, from: AgentCheckpoint, pipeline: Pipeline): KernelFeed {
  return new KernelFeed({
    capture: kernel.capture,
    clock: kernel.clock,
    decoder: kernel.decoder,
    cgroups: kernel.cgroups,
    from: from.rings,
    completeThroughUs: from.completeThrough.kernel,
    wake: () => {
      pipeline.wake();
    },
  });
}

/** Ring figures go on only within one capture epoch: in another one they count other records. */
function startPoint(
  checkpoint: AgentCheckpoint | undefined,
  kernel: KernelCapture | undefined,
): AgentCheckpoint {
  const captureEpoch = kernel?.capture.captureEpoch;
  const same = checkpoint !== undefined && checkpoint.captureEpoch === captureEpoch && kernel !== undefined;
  return {
    captureEpoch,
    rings: same ? checkpoint.rings : RINGS_AT_START,
    gapNumber: checkpoint?.gapNumber ?? 0,
    completeThrough: checkpoint?.completeThrough ?? {},
  };
}

interface Started {
  readonly nowUs: number;
  readonly collectors: readonly string[];
  readonly unavailable: readonly string[];
  readonly resumed: boolean;
  readonly incarnation: string;
}

function captureStarted(config: AgentConfig, started: Started): ObservationEvent {
  const { cluster, node } = config;
  return {
    id: `${[cluster, node, started.incarnation].map(idPart).join('/')}/started/${started.nowUs}`,
    timestamp: started.nowUs,
    source: 'tapio',
    type: 'capture_started',
    cluster,
    node,
    data: {
      agent_version: AGENT_VERSION,
      collectors: started.collectors.join(','),
      ...(started.unavailable.length === 0
        ? {}
        : { unavailable: started.unavailable.join('; ').slice(0, 4000) }),
      ...(started.resumed ? { resumed: 'true' } : {}),
    },
  };
}

function connectionOptions(config: AgentConfig): NodeConnectionOptions {
  return {
    servers: config.natsUrl.split(',').map((url) => url.trim()),
    name: `tapio-agent ${config.cluster}/${config.node}`,
    ...(config.natsUser === '' ? {} : { user: config.natsUser, pass: config.natsPassword }),
    ...(config.natsToken === '' ? {} : { token: config.natsToken }),
    ...(config.natsCaFile === '' ? {} : { tls: { caFile: config.natsCaFile } }),
  };
}
