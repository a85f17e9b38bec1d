import type { ObjectName } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { oncePerSnapshot } from './once.ts';

/** Fewer may be what somebody picked out; so many are what `kubectl describe` prints of a whole namespace. */
const SEVERAL = 3;

/**
 * Whether most objects of a kind in a namespace were likely read: listed, or several of them described. That one is
 * missing is then worth saying only where something else shows what is meant.
 */
export function knowsMost(snapshot: Snapshot, kind: string, namespace: string): boolean {
  return snapshot.knowsAll(kind, namespace) || snapshot.all(kind, namespace).length >= SEVERAL;
}

const namespacesSeen = oncePerSnapshot(
  (snapshot) =>
    new Set([
      ...snapshot.all('Namespace').map(({ name }) => name),
      ...snapshot
        .objects()
        .flatMap(({ kind, namespace }) => (kind === 'Event' || namespace === '' ? [] : [namespace])),
    ]),
);

/** Whether all objects of a kind were read: in one list, or in one for each namespace that there is. */
export function knowsEverywhere(snapshot: Snapshot, kind: string): boolean {
  if (snapshot.knowsAll(kind)) return true;
  const namespaces = namespacesSeen(snapshot);
  const used = [...namespaces].filter((namespace) => !EMPTY.has(namespace));
  return used.length > 1 && used.every((namespace) => snapshot.knowsAll(kind, namespace));
}

/** Namespaces of every cluster in which nothing runs: dumps leave their empty lists out. */
const EMPTY: ReadonlySet<string> = new Set(['default', 'kube-public', 'kube-node-lease']);

/** Whether the object is there; undefined where nobody can tell. */
export function existsIn(snapshot: Snapshot, { kind, namespace, name }: ObjectName): boolean | undefined {
  if (snapshot.get(kind, namespace, name) !== undefined) return true;
  return snapshot.knowsAll(kind, namespace) ? false : undefined;
}
