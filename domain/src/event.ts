import type { Source } from './sources.ts';

/**
 * One thing that a kernel, a runtime, the API server or Tapio itself reported, in the flat form that
 * every part of Tapio exchanges. It is immutable once it has an id.
 */
export interface ObservationEvent {
  /** The same for every redelivery and after every restart; see `ids.ts`. */
  readonly id: string;
  /** Microseconds since the Unix epoch, an integer, fixed before the event is spooled. */
  readonly timestamp: number;
  /** Who reported it. */
  readonly source: Source;
  /** A row of the vocabulary; a string here because a newer minor version may know more types. */
  readonly type: string;
  readonly cluster: string;
  readonly node: string;
  /** Thread group id in the node's own pid namespace. */
  readonly pid?: number;
  /** Bare id without the runtime's prefix, as in cgroup paths. */
  readonly containerId?: string;
  readonly podUid?: string;
  readonly podName?: string;
  readonly namespace?: string;
  /** `Kind/name` of the object that a user owns, e.g. `Deployment/checkout`. */
  readonly workload?: string;
  readonly serviceName?: string;
  /** Flat details; the vocabulary lists the keys of each type with their units. */
  readonly data: Readonly<Record<string, string>>;
}

/** `signal` events reach the graph and the engine; `bulk` events stay in the stream for a while. */
export type Lane = 'signal' | 'bulk';

export const LANES: readonly Lane[] = ['signal', 'bulk'];
