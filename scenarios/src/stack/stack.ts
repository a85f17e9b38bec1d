import type { Connection, RunDir } from './run-dir.ts';
import type { Terminal } from './terminal.ts';

/** Name of the cluster that `npm start` makes up. */
export const CLUSTER = 'local';
/** How often the agent reads the pods file: a kubelet shows a short state no longer than a few hundred of these. */
export const PODS_INTERVAL_MS = 250;

export interface StackOptions {
  /** The data is kept: servers are given the time to close their stores. */
  readonly keep: boolean;
  readonly run: RunDir;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** NATS, Neo4j, agent, loader and, where there is one, Grafana: all ready, as processes or as containers. */
export interface Stack extends AsyncDisposable {
  readonly connection: Connection;
  readonly node: string;
  /** Where a pods file is read by the agent. */
  readonly podsPath: string;
  /** Why there is no Grafana. */
  readonly grafanaMissing?: string;
  /** Rejects when a service ends by itself. */
  readonly broken: Promise<never>;
  /** What kernel events of this run carry in their ids. */
  captureEpoch(): Promise<string>;
}
