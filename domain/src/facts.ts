import type { Entity, EntityBond } from './entities.ts';
import type { ObservationEvent } from './event.ts';

/**
 * What the engine may ask of the past beyond the events in its memory. Live it is the graph, offline it is
 * memory: the same questions get the same answers, so the same inputs give the same verdict.
 */
export interface FactStore {
  /** Events of the given types about one thing, newest first, at most `limit` (and never over 1,000). */
  events(query: EventQuery, signal?: AbortSignal): Promise<readonly ObservationEvent[]>;
  entity(key: string, signal?: AbortSignal): Promise<Entity | undefined>;
  /** Bonds from or to an entity that held at some time in the window. */
  bonds(query: BondQuery, signal?: AbortSignal): Promise<readonly EntityBond[]>;
}

export interface EventQuery {
  readonly cluster: string;
  readonly types: readonly string[];
  readonly join: EventJoin;
  readonly fromUs: number;
  readonly toUs: number;
  readonly limit: number;
}

/** What an event must share with another to be joined to it: never time alone. */
export type EventJoin =
  | { readonly on: 'container'; readonly containerId: string }
  | { readonly on: 'pod'; readonly podUid: string }
  | { readonly on: 'workload'; readonly namespace: string; readonly workload: string }
  | { readonly on: 'node'; readonly node: string }
  | { readonly on: 'namespace'; readonly namespace: string }
  | { readonly on: 'cluster' }
  /** About the object: `Kind/namespace/name` (`objectOf`). */
  | { readonly on: 'object'; readonly object: string }
  /** Pointing to the object: `data.refers`. */
  | { readonly on: 'refers'; readonly refers: string };

export interface BondQuery {
  readonly key: string;
  readonly direction: 'from' | 'to';
  readonly type: EntityBond['type'];
  readonly fromUs: number;
  readonly toUs: number;
}
