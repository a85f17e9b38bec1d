import type { Entity, EntityBond, ObservationEvent } from '@tapio/domain';
import { entityKey } from '@tapio/domain';

/** What the graph is known to hold of an entity. */
export interface KnownEntity {
  readonly named: boolean;
  readonly name: string;
  readonly namespace?: string;
  readonly deleted: boolean;
}

/** A map that forgets what was not asked for longest. */
export class LruMap<K, V> {
  readonly #entries = new Map<K, V>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#capacity) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}

const CAPACITY = 100_000;

/**
 * Entities and bonds that are surely in the graph, so that an event about known things writes nothing to them.
 * Forgetting costs a MERGE, nothing else.
 */
export class EntityCache {
  readonly #entities: LruMap<string, KnownEntity>;
  readonly #bonds: LruMap<string, true>;
  readonly #workloads: LruMap<string, string>;
  readonly #subjects: LruMap<string, true>;

  constructor(capacity = CAPACITY) {
    this.#entities = new LruMap(capacity);
    this.#bonds = new LruMap(capacity);
    this.#workloads = new LruMap(capacity);
    this.#subjects = new LruMap(capacity);
  }

  get size(): number {
    return this.#entities.size + this.#bonds.size;
  }

  covers(entity: Entity): boolean {
    const known = this.#entities.get(entity.key);
    if (known === undefined) return false;
    return (
      (known.named || !isNamed(entity)) &&
      (known.namespace !== undefined || entity.namespace === undefined) &&
      (known.deleted || entity.deletedUs === undefined)
    );
  }

  coversBond(bond: EntityBond): boolean {
    return bond.untilUs === undefined && this.#bonds.get(bondKey(bond)) === true;
  }

  learn(key: string, known: KnownEntity): void {
    this.#entities.set(key, known);
  }

  learnBond(bond: EntityBond): void {
    this.#bonds.set(bondKey(bond), true);
  }

  /** Whether all that the event says of entities is in the graph: most events are about what others were about. */
  coversSubject(event: ObservationEvent): boolean {
    return event.type !== 'pod_deleted' && this.#subjects.get(subjectKey(event)) === true;
  }

  /** For events whose entities and bonds were committed. */
  learnSubject(event: ObservationEvent): void {
    this.#subjects.set(subjectKey(event), true);
  }

  /** Remembers the workload of a pod from an event that names both. */
  learnWorkload(event: ObservationEvent): void {
    if (event.podUid !== undefined && event.workload !== undefined) {
      this.#workloads.set(entityKey.pod(event.cluster, event.podUid), event.workload);
    }
  }

  /** The event with the names of its pod filled in, where it knows the pod only by its uid. */
  named(event: ObservationEvent): ObservationEvent {
    const { podUid, podName, namespace, workload } = event;
    if (podUid === undefined) return event;
    if (podName !== undefined && namespace !== undefined && workload !== undefined) return event;
    const key = entityKey.pod(event.cluster, podUid);
    const pod = this.#entities.get(key);
    if (pod?.named !== true) return event;
    const knownWorkload = this.#workloads.get(key);
    return {
      ...event,
      podName: podName ?? pod.name,
      ...(namespace === undefined && pod.namespace !== undefined ? { namespace: pod.namespace } : {}),
      ...(workload === undefined && knownWorkload !== undefined ? { workload: knownWorkload } : {}),
    };
  }
}

/** All that `observedEntities` reads of an event but its time. */
function subjectKey(event: ObservationEvent): string {
  const { cluster, node, namespace, podUid, podName, containerId, workload, data } = event;
  return [cluster, node, namespace, podUid, podName, containerId, workload, data['container']].join('\n');
}

function bondKey(bond: EntityBond): string {
  return `${bond.type} ${bond.fromKey} ${bond.toKey}`;
}

/** False for a pod or container whose name is only made from its id. */
export function isNamed(entity: Entity): boolean {
  return entity.uid === undefined || !entity.uid.startsWith(entity.name);
}
