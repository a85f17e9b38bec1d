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
