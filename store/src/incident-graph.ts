import type { CausalEdge, Entity, EntityBond, Incident, ObservationEvent } from '@tapio/domain';
import { eventIdsOf } from './decision-writer.ts';
import { labelOfKey } from './entity-writes.ts';
import { toStoreError } from './errors.ts';
import { EVENT_FIELDS, eventFromRow } from './event-node.ts';
import { entityOf } from './facts.ts';
import type { Graph } from './graph.ts';
import { causalEdgeOf, getIncident } from './incidents.ts';
import type { GraphMap } from './values.ts';
import { toGraphValue } from './values.ts';

/** What an incident stands on, as a graph. */
export interface IncidentGraph {
  readonly incident: Incident;
  /** In the order of time. */
  readonly events: readonly ObservationEvent[];
  readonly entities: readonly Entity[];
  /** Between those events. */
  readonly causes: readonly CausalEdge[];
  /** Which event is about which entity. */
  readonly observedOn: readonly { readonly eventId: string; readonly entityKey: string }[];
  /** Between those entities. */
  readonly bonds: readonly EntityBond[];
}

const TIMEOUT_MS = 15_000;
const EVENTS = 300;

/** Undefined when there is no such incident. @throws StoreError */
export async function incidentGraph(
  graph: Graph,
  id: string,
  signal?: AbortSignal,
): Promise<IncidentGraph | undefined> {
  const incident = await getIncident(graph, id, signal);
  if (incident === undefined) return undefined;
  const ids = eventIdsOf(incident).slice(0, EVENTS);
  try {
    return await graph.connection.transaction(
      { mode: 'read', timeoutMs: TIMEOUT_MS, ...(signal && { signal }) },
      async (tx) => {
        const events: ObservationEvent[] = [];
        const eventRows = await tx.run(
          `UNWIND $ids AS id MATCH (e:Event {id: id}) WITH e ORDER BY e.ts, e.id RETURN ${EVENT_FIELDS}`,
          { ids },
        );
        for (const row of eventRows) {
          const event = eventFromRow(row);
          if (event.ok) events.push(event.value);
        }
        const causes = await tx.run(
          `UNWIND $ids AS id
           MATCH (e:Event {id: id})-[c:CAUSED_BY]->(x:Event) WHERE x.id IN $ids
           RETURN e.id AS effectId, x.id AS causeId, c.rule AS rule, c.mechanism AS mechanism, c.score AS score`,
          { ids },
        );
        const observed = await tx.run(
          `UNWIND $ids AS id
           MATCH (e:Event {id: id})-[:OBSERVED_ON]->(n)
           RETURN e.id AS eventId, n.key AS key, properties(n) AS properties`,
          { ids },
        );
        const entities = new Map<string, Entity>();
        const observedOn = observed.map((row) => {
          const entityKey = String(row.get('key'));
          const label = labelOfKey(entityKey);
          if (label !== undefined)
            entities.set(entityKey, entityOf(label, toGraphValue(row.get('properties')) as GraphMap));
          return { eventId: String(row.get('eventId')), entityKey };
        });
        const bonds: EntityBond[] = [];
        for (const key of entities.keys()) {
          const label = labelOfKey(key);
          if (label === undefined) continue;
          const rows = await tx.run(
            `MATCH (a:${label} {key: $key})-[o:OWNS|DEPENDS_ON]->(b) WHERE b.key IN $keys
             RETURN type(o) AS type, b.key AS toKey, toFloat(o.since) AS sinceUs, toFloat(o.until) AS untilUs`,
            { key, keys: [...entities.keys()] },
          );
          for (const row of rows) bonds.push(bondOf(key, row));
        }
        return {
          incident,
          events,
          entities: [...entities.values()],
          causes: causes.map(causalEdgeOf),
          observedOn,
          bonds,
        };
      },
    );
  } catch (error) {
    throw toStoreError(error, signal);
  }
}

function bondOf(fromKey: string, row: { get(key: string): unknown }): EntityBond {
  const untilUs: unknown = row.get('untilUs');
  return {
    type: row.get('type') === 'DEPENDS_ON' ? 'DEPENDS_ON' : 'OWNS',
    fromKey,
    toKey: String(row.get('toKey')),
    sinceUs: Number(row.get('sinceUs')),
    ...(typeof untilUs === 'number' ? { untilUs } : {}),
  };
}
