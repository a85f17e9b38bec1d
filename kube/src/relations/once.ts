import type { Snapshot } from '../snapshot/snapshot.ts';

/** Computes something of a snapshot once; snapshots don't change, so it holds as long as the snapshot lives. */
export function oncePerSnapshot<T>(compute: (snapshot: Snapshot) => T): (snapshot: Snapshot) => T {
  const known = new WeakMap<Snapshot, { readonly value: T }>();
  return (snapshot) => {
    const found = known.get(snapshot);
    if (found !== undefined) return found.value;
    const value = compute(snapshot);
    known.set(snapshot, { value });
    return value;
  };
}
