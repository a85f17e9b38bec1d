import type { Entity, EntityBond } from './entities.ts';
import { entityKey } from './entities.ts';
import type { ObservationEvent } from './event.ts';
import { NO_NODE } from './objects.ts';

/** Entities that an event is about, and the bonds between them that it proves. */
export interface ObservedEntities {
  readonly entities: readonly Entity[];
  readonly bonds: readonly EntityBond[];
}

/** What an event says about the things it names. Nothing is guessed: a pod without a name has only its uid. */
export function observedEntities(event: ObservationEvent): ObservedEntities {
  const { cluster, node, timestamp, namespace, podUid, podName, containerId, workload } = event;
  const entities: Entity[] = [];
  const bonds: EntityBond[] = [];
  const nodeKey = node === NO_NODE ? undefined : entityKey.node(cluster, node);
  if (nodeKey !== undefined)
    entities.push({ key: nodeKey, label: 'Node', cluster, name: node, firstSeenUs: timestamp });
  const podKey = podUid === undefined ? undefined : entityKey.pod(cluster, podUid);
  if (podKey !== undefined && podUid !== undefined) {
    entities.push({
      key: podKey,
      label: 'Pod',
      cluster,
      name: podName ?? podUid,
      uid: podUid,
      firstSeenUs: timestamp,
      ...(namespace === undefined ? {} : { namespace }),
      ...(event.type === 'pod_deleted' && event.data['stage'] === 'gone' ? { deletedUs: timestamp } : {}),
    });
    if (nodeKey !== undefined)
      bonds.push({ type: 'OWNS', fromKey: nodeKey, toKey: podKey, sinceUs: timestamp });
  }
  if (workload !== undefined && namespace !== undefined) {
    const key = entityKey.workload(cluster, namespace, workload);
    entities.push({ key, label: 'Workload', cluster, namespace, name: workload, firstSeenUs: timestamp });
    if (podKey !== undefined) bonds.push({ type: 'OWNS', fromKey: key, toKey: podKey, sinceUs: timestamp });
  }
  if (containerId !== undefined) {
    const key = entityKey.container(cluster, containerId);
    const container = event.data['container'];
    entities.push({
      key,
      label: 'Container',
      cluster,
      name: container ?? containerId.slice(0, 12),
      uid: containerId,
      firstSeenUs: timestamp,
      ...(namespace === undefined ? {} : { namespace }),
    });
    if (podKey !== undefined) bonds.push({ type: 'OWNS', fromKey: podKey, toKey: key, sinceUs: timestamp });
  }
  return { entities, bonds };
}
