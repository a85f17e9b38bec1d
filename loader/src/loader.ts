import type { RuleSet } from '@tapio/intelligence';
import type { Logger, ServiceContext } from '@tapio/runtime';
import { Backoff, HealthServer, createMetrics, waitMs } from '@tapio/runtime';
import type { Graph, Lease, Stream, StoreErrorCode } from '@tapio/store';
import { acquireLease, openGraph, openStream, toStoreError } from '@tapio/store';
import type { LoaderConfig } from './config.ts';
import { exportLoaderMetrics } from './metrics.ts';
import { runPipeline } from './pipeline.ts';
import { readRules } from './rules.ts';
import { LoaderStatus } from './status.ts';

/** What no waiting mends: the process ends, and its last log line says what to do. */
const FATAL: ReadonlySet<StoreErrorCode> = new Set([
  'newer_schema',
  'unauthorized',
  'stream_unfit',
  'marks_full',
]);

/** A pipeline that ran this long had no trouble from its start. */
const STEADY_MS = 60_000;

/** Runs a loader until the context's signal is aborted: owner of the cluster, or standing by for it. */
export async function runLoader(
  config: LoaderConfig,
  log: Logger,
  { signal, stack }: ServiceContext,
): Promise<void> {
  const status = new LoaderStatus();
  const registry = createMetrics();
  exportLoaderMetrics(registry, status);
  const connections: { stream?: Stream } = {};
  const health = stack.use(
    await HealthServer.listen({
      port: config.httpPort,
      host: config.httpHost,
      registry,
      ready: {
        loader: () => ({
          ok: status.trouble === '' && status.phase !== 'starting',
          reason: status.trouble === '' ? describe(status) : status.trouble,
        }),
        nats: () =>
          connections.stream?.connected === true ? { ok: true } : { ok: false, reason: 'not connected yet' },
      },
    }),
  );
  log.info({ port: health.port }, 'listening');
  const rules = RuleSource.open(config.rulesDir, log);
  stack.defer(() => {
    rules.close();
  });
  const graph = stack.use(
    openGraph({
      url: config.neo4jUrl,
      user: config.neo4jUser,
      password: config.neo4jPassword,
      database: config.neo4jDatabase,
      ...(config.neo4jCaFile === '' ? {} : { encrypted: true, trustedCertificates: [config.neo4jCaFile] }),
    }),
  );
  const service: Service = { config, log, status, graph, rules, connections };
  stack.defer(async () => connections.stream?.[Symbol.asyncDispose]());
  const backoff = new Backoff({ firstMs: 200, maxMs: 10_000 });
  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    const startedMs = performance.now();
    try {
      await own(service, signal);
      status.trouble = '';
    } catch (error) {
      const failure = toStoreError(error, signal);
      if (failure.code === 'aborted' && stopped()) break;
      status.trouble = failure.message;
      status.phase = 'starting';
      status.restarts += 1;
      if (FATAL.has(failure.code)) throw failure;
      log.warn({ code: failure.code, error: failure }, 'the pipeline ended in trouble and begins again');
      if (performance.now() - startedMs > STEADY_MS) backoff.reset();
      await waitMs(backoff.nextMs(), signal);
    }
  }
  status.phase = 'stopped';
}

interface Service {
  readonly config: LoaderConfig;
  readonly log: Logger;
  readonly status: LoaderStatus;
  readonly graph: Graph;
  readonly rules: RuleSource;
  readonly connections: { stream?: Stream };
}

function describe(status: LoaderStatus): string {
  return status.phase === 'standby' ? `standby: ${status.holder} owns the cluster` : status.phase;
}

/** Opens what is not open, waits for the lease and runs the pipeline until it ends. */
async function own(service: Service, signal: AbortSignal): Promise<void> {
  const { config, log, status, graph, rules, connections } = service;
  const migrated = await graph.migrate(signal);
  if (migrated.applied.length > 0) log.info({ ...migrated }, 'the graph’s schema was brought up to date');
  connections.stream ??= await openStream({
    url: config.natsUrl,
    user: config.natsUser,
    password: config.natsPassword,
    token: config.natsToken,
    caFile: config.natsCaFile,
    name: `tapio-loader ${config.owner}`,
  });
  const lease = await waitForLease(service, signal);
  if (lease === undefined) return;
  status.epoch = lease.epoch;
  status.takeovers += 1;
  status.trouble = '';
  log.info({ cluster: lease.cluster, epoch: lease.epoch }, 'the cluster is ours');
  const lost = new AbortController();
  const released = new AbortController();
  const renewing = renew(lease, { log, lost, signal: AbortSignal.any([released.signal, lost.signal]) });
  try {
    await runPipeline({
      config,
      graph,
      stream: connections.stream,
      lease,
      rules: rules.current,
      status,
      log,
      stop: AbortSignal.any([signal, rules.changed]),
      cut: lost.signal,
    });
  } finally {
    released.abort();
    await renewing;
    await lease.release().catch((error: unknown) => {
      log.warn({ error }, 'the lease could not be released: it runs out by itself');
    });
  }
}

async function waitForLease(service: Service, signal: AbortSignal): Promise<Lease | undefined> {
  const { config, graph, status, log } = service;
  const { cluster, owner, leaseTtlMs: ttlMs } = config;
  while (!signal.aborted) {
    const outcome = await acquireLease(graph, { cluster, owner, ttlMs }, signal);
    if (outcome.held) return outcome.lease;
    if (status.phase !== 'standby') log.info({ holder: outcome.holder }, 'another loader owns the cluster');
    status.phase = 'standby';
    status.trouble = '';
    status.holder = outcome.holder.owner;
    await waitMs(Math.min(ttlMs / 3, Math.max(200, outcome.holder.expiresInMs)), signal);
  }
  return undefined;
}

interface Renewal {
  readonly log: Logger;
  readonly lost: AbortController;
  readonly signal: AbortSignal;
}

/** Renews the lease in thirds of its time. Only being told that another has it ends the work that it covers. */
async function renew(lease: Lease, { log, lost, signal }: Renewal): Promise<void> {
  while (await waitMs(lease.ttlMs / 3, signal)) {
    try {
      await lease.renew(signal);
    } catch (error) {
      const failure = toStoreError(error, signal);
      if (failure.code === 'aborted') return;
      log.warn({ code: failure.code }, 'the lease could not be renewed');
      if (failure.code === 'fenced') lost.abort(failure);
    }
  }
}

/** The rules, read again on SIGHUP: a pipeline that runs ends then, and the next one has them. */
class RuleSource {
  readonly #directory: string;
  readonly #log: Logger;
  #rules: RuleSet;
  #changed = new AbortController();
  readonly #onHangup = (): void => {
    this.#reload();
  };

  private constructor(directory: string, log: Logger, rules: RuleSet) {
    this.#directory = directory;
    this.#log = log;
    this.#rules = rules;
    process.on('SIGHUP', this.#onHangup);
  }

  static open(directory: string, log: Logger): RuleSource {
    return new RuleSource(directory, log, readRules(directory, log));
  }

  /** The rules to begin with. From here on `changed` tells of newer ones. */
  get current(): RuleSet {
    return this.#rules;
  }

  /** Aborted when there are other rules than `current` has given. */
  get changed(): AbortSignal {
    return this.#changed.signal;
  }

  close(): void {
    process.off('SIGHUP', this.#onHangup);
  }

  #reload(): void {
    try {
      this.#rules = readRules(this.#directory, this.#log);
    } catch (error) {
      this.#log.warn({ error }, 'the rules could not be read again: the old ones stay');
      return;
    }
    const before = this.#changed;
    this.#changed = new AbortController();
    before.abort();
  }
}
