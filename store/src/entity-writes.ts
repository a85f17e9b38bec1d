import type { Entity, EntityBond, EntityLabel, ObservationEvent } from '@tapio/domain';
import { ENTITY_LABELS, observedEntities } from '@tapio/domain';
import type { GraphTransaction } from './connection.ts';
import type { EntityCache, KnownEntity } from './entity-cache.ts';
import { isNamed } from './entity-cache.ts';

/** What is to be merged before some events are written. */
export interface EntityWrites {
  readonly entities: readonly Entity[];
  readonly bonds: readonly EntityBond[];
  /** Events that say something of entities that the cache does not know to be in the graph. */
  readonly subjects: readonly ObservationEvent[];
}

/** Entities and bonds of the events that the cache does not know, each once, merged over the events. */
export function missingEntities(events: readonly ObservationEvent[], cache: EntityCache): EntityWrites {
  const entities = new Map<string, Entity>();
  const bonds = new Map<string, EntityBond>();
  const subjects: ObservationEvent[] = [];
  for (const event of events) {
    if (cache.coversSubject(event)) continue;
    subjects.push(event);
    cache.learnWorkload(event);
    const observed = observedEntities(event);
    for (const entity of observed.entities) {
      if (!cache.covers(entity)) entities.set(entity.key, merged(entities.get(entity.key), entity));
    }
    for (const bond of observed.bonds) {
      if (cache.coversBond(bond)) continue;
      const key = `${bond.type} ${bond.fromKey} ${bond.toKey}`;
      const seen = bonds.get(key);
      if (seen === undefined || seen.sinceUs > bond.sinceUs) bonds.set(key, bond);
    }
  }
  return {
    entities: [...entities.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
    bonds: [...bonds.values()],
    subjects,
  };
}

function merged(a: Entity | undefined, b: Entity): Entity {
  if (a === undefined) return b;
  const deletedUs = a.deletedUs ?? b.deletedUs;
  const namespace = a.namespace ?? b.namespace;
  return {
    ...(isNamed(a) ? a : b),
    firstSeenUs: Math.min(a.firstSeenUs, b.firstSeenUs),
    ...(namespace === undefined ? {} : { namespace }),
    ...(deletedUs === undefined ? {} : { deletedUs }),
    properties: { ...a.properties, ...b.properties },
  };
}

function upsert(label: string): string {
  return `
  UNWIND $rows AS r
  MERGE (n:${label} {key: r[0]})
  ON CREATE SET n.cluster = r[1], n.name = r[3], n.uid = r[4], n.first_seen = toInteger(r[5])
  ON MATCH SET n.name = CASE WHEN r[8] THEN r[3] ELSE n.name END,
    n.first_seen = CASE WHEN n.first_seen > toInteger(r[5]) THEN toInteger(r[5]) ELSE n.first_seen END
  SET n.namespace = coalesce(n.namespace, r[2]), n.deleted_ts = coalesce(n.deleted_ts, toInteger(r[6])), n += r[7]
  RETURN n.key AS key, n.name AS name, n.uid AS uid, n.namespace AS namespace, n.deleted_ts IS NOT NULL AS deleted`;
}

function mergeBonds(type: string, fromLabel: string, toLabel: string): string {
  return `
  UNWIND $rows AS r
  MATCH (a:${fromLabel} {key: r[0]}) MATCH (b:${toLabel} {key: r[1]})
  MERGE (a)-[o:${type}]->(b)
  ON CREATE SET o.since = toInteger(r[2]), o.until = coalesce(toInteger(r[3]), b.deleted_ts, a.deleted_ts)
  ON MATCH SET o.since = CASE WHEN o.since > toInteger(r[2]) THEN toInteger(r[2]) ELSE o.since END,
    o.until = coalesce(o.until, toInteger(r[3]))`;
}

/** A pod that is gone ends its bonds and its containers. */
const END_OF_PODS = `
  UNWIND $rows AS r
  MATCH (p:Pod {key: r[0]})
  CALL (p, r) { MATCH (p)-[o:OWNS]-() WHERE o.until IS NULL SET o.until = toInteger(r[1]) }
  CALL (p, r) { MATCH (p)-[:OWNS]->(c:Container) WHERE c.deleted_ts IS NULL SET c.deleted_ts = toInteger(r[1]) }`;

/** Merges them. What the graph then knows goes to the cache by `learned` once the transaction is committed. */
export async function writeEntities(
  tx: GraphTransaction,
  writes: EntityWrites,
): Promise<ReadonlyMap<string, KnownEntity>> {
  const known = new Map<string, KnownEntity>();
  for (const label of ENTITY_LABELS) {
    const rows = writes.entities.filter((entity) => entity.label === label).map(entityRow);
    if (rows.length === 0) continue;
    for (const record of await tx.run(upsert(label), { rows })) {
      const name = String(record.get('name'));
      const uid: unknown = record.get('uid');
      const namespace: unknown = record.get('namespace');
      known.set(String(record.get('key')), {
        name,
        named: typeof uid !== 'string' || !uid.startsWith(name),
        deleted: record.get('deleted') === true,
        ...(typeof namespace === 'string' ? { namespace } : {}),
      });
    }
  }
  for (const [text, rows] of bondRows(writes.bonds)) await tx.run(text, { rows });
  const ended = writes.entities.filter((entity) => entity.label === 'Pod' && entity.deletedUs !== undefined);
  if (ended.length > 0) {
    await tx.run(END_OF_PODS, { rows: ended.map((entity) => [entity.key, entity.deletedUs ?? null]) });
  }
  return known;
}

function entityRow(entity: Entity): unknown[] {
  return [
    entity.key,
    entity.cluster,
    entity.namespace ?? null,
    entity.name,
    entity.uid ?? null,
    entity.firstSeenUs,
    entity.deletedUs ?? null,
    entity.properties ?? {},
    isNamed(entity),
  ];
}

function bondRows(bonds: readonly EntityBond[]): Map<string, unknown[][]> {
  const groups = new Map<string, unknown[][]>();
  for (const bond of bonds) {
    const fromLabel = labelOfKey(bond.fromKey);
    const toLabel = labelOfKey(bond.toKey);
    if (fromLabel === undefined || toLabel === undefined) continue;
    const text = mergeBonds(bond.type, fromLabel, toLabel);
    const rows = groups.get(text) ?? [];
    groups.set(text, rows);
    rows.push([bond.fromKey, bond.toKey, bond.sinceUs, bond.untilUs ?? null]);
  }
  return groups;
}

/** A key is `<cluster>/<label>/...` (see `entityKey`); only known labels may become part of a query's text. */
export function labelOfKey(key: string): EntityLabel | undefined {
  const label = key.split('/')[1];
  return ENTITY_LABELS.find((known) => known === label);
}
