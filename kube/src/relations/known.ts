import type { Snapshot } from '../snapshot/snapshot.ts';

/** Fewer may be what somebody picked out; so many are what `kubectl describe` prints of a whole namespace. */
const SEVERAL = 3;

/**
 * Whether most objects of a kind in a namespace were likely read: listed, or several of them described. That one is
 * missing is then worth saying only where something else shows what is meant.
 */
export function knowsMost(snapshot: Snapshot, kind: string, namespace: string): boolean {
  return snapshot.knowsAll(kind, namespace) || snapshot.all(kind, namespace).length >= SEVERAL;
}
