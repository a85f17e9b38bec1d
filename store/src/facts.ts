import type {
  BondQuery,
  Entity,
  EntityBond,
  EntityLabel,
  EventJoin,
  EventQuery,
  FactStore,
  ObservationEvent,
} from '@tapio/domain';
import { VOCABULARY, parseObject } from '@tapio/domain';
import { labelOfKey } from './entity-writes.ts';
import { toStoreError } from './errors.ts';
import { EVENT_FIELDS, eventFromRow } from './event-node.ts';
import type { Graph } from './graph.ts';
import { toGraphValue } from './values.ts';
import type { GraphMap, GraphValue } from './values.ts';

/** The most that one question returns, as `FactStore` says. */
const MAX_EVENTS = 1_000;
const TIMEOUT_MS = 10_000;

/**
 * Each join reads through an index: the hint makes the server say so where the index is gone, rather than scan
 * every event. Text and parameters of one question.
 */
export function eventQuery(query: EventQuery): {
  readonly text: string;
  readonly parameters: Record<string, unknown>;
} {
  const { condition, index, parameters } = joinCondition(query.join);
  return {
    text: `
      MATCH (e:Event)
      USING INDEX SEEK e:Event(${index})
      WHERE ${condition} AND e.ts >= toInteger($fromUs) AND e.ts <= toInteger($toUs)
        AND e.type IN $types AND e.cluster = $cluster
      WITH e ORDER BY e.ts DESC, e.id DESC LIMIT toInteger($limit)
      RETURN ${EVENT_FIELDS}`,
    parameters: {
      ...parameters,
      fromUs: query.fromUs,
      toUs: query.toUs,
      types: query.types,
      cluster: query.cluster,
      limit: Math.max(0, Math.min(query.limit, MAX_EVENTS)),
    },
  };
}

interface JoinCondition {
  readonly condition: string;
  readonly index: string;
  readonly parameters: Record<string, unknown>;
}

function joinCondition(join: EventJoin): JoinCondition {
  switch (join.on) {
    case 'container':
      return {
        condition: 'e.container_id = $containerId',
        index: 'container_id, ts',
        parameters: { containerId: join.containerId },
      };
    case 'pod':
      return { condition: 'e.pod_uid = $podUid', index: 'pod_uid, ts', parameters: { podUid: join.podUid } };
    case 'workload':
      return {
        condition: 'e.workload = $workload AND e.namespace = $namespace',
        index: 'type, ts',
        parameters: { workload: join.workload, namespace: join.namespace },
      };
    case 'node':
      return { condition: 'e.node = $node', index: 'type, ts', parameters: { node: join.node } };
    case 'namespace':
      return {
        condition: 'e.namespace = $namespace',
        index: 'type, ts',
        parameters: { namespace: join.namespace },
      };
    case 'cluster':
      return { condition: 'true', index: 'type, ts', parameters: {} };
    case 'object':
      return objectCondition(join.object);
    case 'refers':
      return { condition: 'e.refers = $refers', index: 'type, ts', parameters: { refers: join.refers } };
  }
}

/** Events that name no object of their own are about the workload or bare pod that they name (`objectOf`). */
function objectCondition(object: string): JoinCondition {
  const { kind = '', namespace = '', name = '' } = parseObject(object) ?? {};
  const condition =
    kind === 'Pod'
      ? 'e.workload IS NULL AND e.pod_name = $podName AND e.namespace = $namespace'
      : 'e.workload = $workload AND e.namespace = $namespace';
  return {
    condition: `(e.object = $object OR (e.object IS NULL AND ${condition}))`,
    index: 'type, ts',
    parameters: {
      object,
      namespace,
      ...(kind === 'Pod' ? { podName: name } : { workload: `${kind}/${name}` }),
    },
  };
}

/** The graph as the engine's memory of what is older than its own. */
export class GraphFacts implements FactStore {
  readonly #graph: Graph;
  /** Events that a question would have returned if they could be read back. */
  unreadableEvents = 0;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  /** @throws StoreError */
  async events(query: EventQuery, signal?: AbortSignal): Promise<readonly ObservationEvent[]> {
    if (query.types.length === 0 || query.limit <= 0) return [];
    const { text, parameters } = eventQuery(query);
    const events: ObservationEvent[] = [];
    for (const row of await this.#read(text, parameters, signal)) {
      const event = eventFromRow(row);
      if (event.ok) events.push(event.value);
      else this.unreadableEvents += 1;
    }
    return events;
  }

  /** @throws StoreError */
  async entity(key: string, signal?: AbortSignal): Promise<Entity | undefined> {
    const label = labelOfKey(key);
    if (label === undefined) return undefined;
    const [row] = await this.#read(
      `MATCH (n:${label} {key: $key}) RETURN properties(n) AS p`,
      { key },
      signal,
    );
    return row === undefined ? undefined : entityOf(label, toGraphValue(row.get('p')) as GraphMap);
  }

  /** @throws StoreError */
  async bonds(query: BondQuery, signal?: AbortSignal): Promise<readonly EntityBond[]> {
    const label = labelOfKey(query.key);
    if (label === undefined) return [];
    const arrow = query.direction === 'from' ? `-[o:${query.type}]->` : `<-[o:${query.type}]-`;
    const rows = await this.#read(
      `MATCH (n:${label} {key: $key})${arrow}(other)
       WHERE o.since <= toInteger($toUs) AND (o.until IS NULL OR o.until >= toInteger($fromUs))
       RETURN other.key AS other, toFloat(o.since) AS sinceUs, toFloat(o.until) AS untilUs
       ORDER BY o.since, other.key LIMIT ${MAX_EVENTS}`,
      { key: query.key, fromUs: query.fromUs, toUs: query.toUs },
      signal,
    );
    return rows.map((row) => {
      const other = String(row.get('other'));
      const untilUs: unknown = row.get('untilUs');
      return {
        type: query.type,
        fromKey: query.direction === 'from' ? query.key : other,
        toKey: query.direction === 'from' ? other : query.key,
        sinceUs: Number(row.get('sinceUs')),
        ...(typeof untilUs === 'number' ? { untilUs } : {}),
      };
    });
  }

  async #read(
    text: string,
    parameters: Readonly<Record<string, unknown>>,
    signal: AbortSignal | undefined,
  ): Promise<readonly { get(key: string): unknown }[]> {
    try {
      return await this.#graph.connection.transaction(
        { mode: 'read', timeoutMs: TIMEOUT_MS, ...(signal && { signal }) },
        (tx) => tx.run(text, parameters),
      );
    } catch (error) {
      throw toStoreError(error, signal);
    }
  }
}

export interface EventsSinceQuery {
  readonly cluster: string;
  readonly sinceUs: number;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/**
 * The newest events of a cluster since a time, in the order of time: for an engine whose stream is gone and with it
 * what it would read again. @throws StoreError
 */
export async function readEventsSince(
  graph: Graph,
  query: EventsSinceQuery,
): Promise<readonly ObservationEvent[]> {
  const { cluster, sinceUs, limit, signal } = query;
  try {
    const rows = await graph.connection.transaction({ mode: 'read', ...(signal && { signal }) }, (tx) =>
      tx.run(
        `UNWIND $types AS type
         MATCH (e:Event {type: type})
         USING INDEX SEEK e:Event(type, ts)
         WHERE e.ts >= toInteger($sinceUs) AND e.cluster = $cluster
         WITH e ORDER BY e.ts DESC, e.id DESC LIMIT toInteger($limit)
         RETURN ${EVENT_FIELDS}`,
        { types: Object.keys(VOCABULARY), cluster, sinceUs, limit },
      ),
    );
    const events = rows.map(eventFromRow).flatMap((event) => (event.ok ? [event.value] : []));
    return events.reverse();
  } catch (error) {
    throw toStoreError(error, signal);
  }
}

const ENTITY_FIELDS: ReadonlySet<string> = new Set([
  'key',
  'cluster',
  'namespace',
  'name',
  'uid',
  'first_seen',
  'deleted_ts',
]);

/** An entity from the properties of its node. */
export function entityOf(label: EntityLabel, properties: GraphMap): Entity {
  const { namespace, uid, first_seen: firstSeen, deleted_ts: deleted } = properties;
  const others = Object.entries(properties).filter(
    ([name, value]) => !ENTITY_FIELDS.has(name) && isPlain(value),
  );
  return {
    key: textOf(properties['key']),
    label,
    cluster: textOf(properties['cluster']),
    name: textOf(properties['name']),
    firstSeenUs: Number(firstSeen),
    ...(typeof namespace === 'string' ? { namespace } : {}),
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof deleted === 'number' ? { deletedUs: deleted } : {}),
    ...(others.length === 0
      ? {}
      : { properties: Object.fromEntries(others) as Readonly<Record<string, string | number | boolean>> }),
  };
}

function textOf(value: GraphValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isPlain(value: GraphValue): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
