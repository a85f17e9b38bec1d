import type { Registry } from 'prom-client';

import type { Call } from './call.ts';
import type { FrameLimits } from './frame/encode.ts';
import type { Frame } from './frame/frame.ts';
import type { InstanceFactory } from './instance-manager.ts';
import type { ResourceHandler } from './resource.ts';

/** One query of a panel, an alert rule or Explore. */
export interface DataQuery {
  readonly refId: string;
  readonly queryType: string;
  /** How many points the panel can show; 0 when the host does not say. */
  readonly maxDataPoints: number;
  /** Suggested distance of two points. */
  readonly intervalMs: number;
  readonly timeRange: { readonly fromMs: number; readonly toMs: number };
  /** The query as its editor saved it. Its shape is the plugin's own matter: check it. */
  readonly model: Readonly<Record<string, unknown>>;
}

/**
 * Answers one query. Throwing (a `BackendError` on purpose, anything else as a bug) fails this query alone; the
 * other queries of the request are answered. No frames mean "no data".
 */
export type QueryHandler<Instance> = (
  query: DataQuery,
  call: Call<Instance>,
) => Promise<readonly Frame[]> | readonly Frame[];

export interface HealthReport {
  readonly status: 'ok' | 'error' | 'unknown';
  /** Shown under the "Save & test" button. */
  readonly message: string;
  /** More for the same place; `verboseMessage` is what Grafana unfolds. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Checks what "Save & test" wants to know. Throwing reports the error's message with status `error`. */
export type HealthHandler<Instance> = (call: Call<Instance>) => Promise<HealthReport> | HealthReport;

/** A Grafana plugin backend: what it keeps per datasource or app, and how it answers. */
export interface PluginDefinition<Instance> {
  /** Makes the instance of a datasource (or app). Disposed through `Symbol.asyncDispose` or `Symbol.dispose`. */
  readonly instance: InstanceFactory<Instance>;
  readonly health?: HealthHandler<Instance>;
  readonly query?: QueryHandler<Instance>;
  readonly resource?: ResourceHandler<Instance>;
  /** The registry shown under `/metrics/plugins/<id>`; the SDK adds its own and the process's metrics to it. */
  readonly registry?: Registry;
}

export interface PluginLimits {
  /** Size of one answer to one query; 100,000 rows and 32 MiB a frame unless given. */
  readonly frame?: FrameLimits;
  /** Queries of one request that run at once, the others wait; 8 unless given. */
  readonly concurrentQueries?: number;
  /** See {@link InstanceManagerOptions}: 256 and 60 s unless given. */
  readonly maxInstances?: number;
  readonly instanceGracePeriodMs?: number;
}
