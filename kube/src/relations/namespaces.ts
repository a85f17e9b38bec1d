import { oncePerSnapshot } from './once.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

const namespaces = oncePerSnapshot(
  (snapshot) =>
    new Set(
      snapshot.objects().map((object) => (object.kind === 'Namespace' ? object.name : object.namespace)),
    ),
);

/** Whether something in the snapshot says that the namespace is there. */
export function knowsNamespace(snapshot: Snapshot, namespace: string): boolean {
  return namespaces(snapshot).has(namespace);
}

/** From so many on a dump is of the whole cluster, not of what somebody picked out. */
const SEVERAL = 3;

/** Nothing is in the namespace, and the dump is of so many others that it would be seen. */
export function likelyNoNamespace(snapshot: Snapshot, namespace: string): boolean {
  const known = namespaces(snapshot);
  return !known.has(namespace) && (snapshot.knowsAll('Namespace') || known.size > SEVERAL);
}
