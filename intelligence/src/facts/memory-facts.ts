import type { BondQuery, Entity, EntityBond, EventQuery, FactStore, ObservationEvent } from '@tapio/domain';
import { observedEntities } from '@tapio/domain';
import { FILE_KINDS, byTime, fileKey, joinKey } from '../engine/joins.ts';

/** The most that one question returns, as `FactStore` says. */
const MAX_EVENTS = 1_000;

/** Facts in memory: for offline imports, rule tests and the engine's own tests. Holds what it was given, unbounded. */
export class InMemoryFacts implements FactStore {
  readonly #events = new Map<string, ObservationEvent>();
  readonly #byKey = new Map<string, ObservationEvent[]>();
  readonly #entities = new Map<string, Entity>();
  readonly #bonds = new Map<string, EntityBond>();

  /** Takes events and what they say about entities. An event that is known already changes nothing. */
  add(events: Iterable<ObservationEvent>): void {
    for (const event of events) {
      if (this.#events.has(event.id)) continue;
      this.#events.set(event.id, event);
      for (const key of keysOf(event)) {
        const list = this.#byKey.get(key);
        if (list === undefined) this.#byKey.set(key, [event]);
        else list.push(event);
      }
      this.#addEntities(event);
    }
  }

  #addEntities(event: ObservationEvent): void {
    const { entities, bonds } = observedEntities(event);
    for (const entity of entities) {
      const known = this.#entities.get(entity.key);
      const firstSeenUs = Math.min(known?.firstSeenUs ?? entity.firstSeenUs, entity.firstSeenUs);
      this.#entities.set(entity.key, { ...known, ...entity, firstSeenUs });
    }
    for (const bond of bonds) {
      const key = `${bond.type}\n${bond.fromKey}\n${bond.toKey}`;
      const known = this.#bonds.get(key);
      const sinceUs = Math.min(known?.sinceUs ?? bond.sinceUs, bond.sinceUs);
      this.#bonds.set(key, { ...known, ...bond, sinceUs });
    }
  }

  events(query: EventQuery): Promise<readonly ObservationEvent[]> {
    const { cluster, types, fromUs, toUs } = query;
    const found = (this.#byKey.get(joinKey(query.join, cluster)) ?? [])
      .filter(
        (e) =>
          e.cluster === cluster && types.includes(e.type) && e.timestamp >= fromUs && e.timestamp <= toUs,
      )
      .sort(byTime)
      .reverse();
    return Promise.resolve(found.slice(0, Math.min(query.limit, MAX_EVENTS)));
  }

  entity(key: string): Promise<Entity | undefined> {
    return Promise.resolve(this.#entities.get(key));
  }

  bonds(query: BondQuery): Promise<readonly EntityBond[]> {
    const found = [...this.#bonds.values()].filter(
      (bond) =>
        bond.type === query.type &&
        (query.direction === 'from' ? bond.fromKey : bond.toKey) === query.key &&
        bond.sinceUs <= query.toUs &&
        (bond.untilUs ?? Number.POSITIVE_INFINITY) >= query.fromUs,
    );
    return Promise.resolve(found);
  }
}

/** A fact store is never asked for a process. */
const FILES = FILE_KINDS.filter((kind) => kind !== 'process');

function keysOf(event: ObservationEvent): string[] {
  return FILES.flatMap((kind) => fileKey(event, kind) ?? []);
}
