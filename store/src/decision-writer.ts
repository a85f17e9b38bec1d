import type { Decision, Incident } from '@tapio/domain';
import { CAUSES_PER_EVENT } from '@tapio/domain';
import neo4j from 'neo4j-driver';
import type { GraphTransaction } from './connection.ts';
import { StoreError } from './errors.ts';
import { entityKeysOf } from './event-node.ts';
import { incidentProperties } from './incident-node.ts';
import type { Lease } from './lease.ts';

export interface DecisionRequest {
  readonly decision: Decision;
  /** Identity of the stream that the sequences count. */
  readonly stream: string;
  /** Last message whose events the engine has seen. */
  readonly correlatorPosition: number;
  /** First message that an engine must read again after a restart. */
  readonly replayFrom: number;
  /** Every event from this time on, Unix microseconds, is in that message or a later one. */
  readonly replayFromUs: number;
  readonly nowUs: number;
  /** How long incidents, and the events that they stand on, stay after their last revision. */
  readonly incidentRetentionMs: number;
  readonly signal?: AbortSignal;
}

export interface DecisionOutcome {
  /** Ids of incidents whose revision was newer than the graph's. */
  readonly incidentsWritten: readonly string[];
  readonly edgesAdded: number;
  readonly edgesWithdrawn: number;
}

/**
 * Transaction B: what the engine decided over events that transaction A committed, and how far it has read.
 *
 * @throws StoreError `rows_missing` when an edge's event is not in the graph: nothing is written then; `fenced`;
 *   `position_moved` when the graph stands on another stream
 */
export async function commitDecision(lease: Lease, request: DecisionRequest): Promise<DecisionOutcome> {
  const { decision } = request;
  return lease.write(async (tx) => {
    const edgesWithdrawn = await withdrawEdges(tx, decision);
    const edgesAdded = await addEdges(tx, decision);
    const incidentsWritten = await writeIncidents(tx, request);
    await advanceDecided(tx, lease.cluster, request);
    return { incidentsWritten, edgesAdded, edgesWithdrawn };
  }, request.signal);
}

async function advanceDecided(
  tx: GraphTransaction,
  cluster: string,
  request: DecisionRequest,
): Promise<void> {
  const records = await tx.run(
    `MATCH (p:_Position {cluster: $cluster})
     WHERE p.stream = $stream AND p.sequence >= toInteger($decided)
     SET p.decided = toInteger($decided), p.decided_ts = toInteger($nowUs),
       p.replay_from = toInteger($replayFrom), p.replay_from_ts = toInteger($replayFromUs)
     RETURN p.decided`,
    {
      cluster,
      stream: request.stream,
      decided: request.correlatorPosition,
      replayFrom: request.replayFrom,
      replayFromUs: request.replayFromUs,
      nowUs: request.nowUs,
    },
  );
  if (records.length === 1) return;
  throw new StoreError(
    'position_moved',
    `the graph does not hold ${request.stream} up to ${request.correlatorPosition}: nothing can be decided over it`,
  );
}

async function withdrawEdges(tx: GraphTransaction, decision: Decision): Promise<number> {
  if (decision.edgesWithdrawn.length === 0) return 0;
  const records = await tx.run(
    `UNWIND $rows AS r
     MATCH (effect:Event {id: r[0]})-[c:CAUSED_BY {rule: r[2]}]->(cause:Event {id: r[1]})
     DELETE c
     RETURN count(*) AS n`,
    { rows: decision.edgesWithdrawn.map((edge) => [edge.effectId, edge.causeId, edge.rule]) },
  );
  return Number(records[0]?.get('n') ?? 0);
}

async function addEdges(tx: GraphTransaction, decision: Decision): Promise<number> {
  const edges = decision.edgesAdded;
  if (edges.length === 0) return 0;
  const [record] = await tx.run(
    `UNWIND $rows AS r
     MATCH (effect:Event {id: r[0]}) MATCH (cause:Event {id: r[1]})
     MERGE (effect)-[c:CAUSED_BY {rule: r[2]}]->(cause)
     SET c.mechanism = r[3], c.score = toFloat(r[4])
     RETURN toFloat(count(*)) AS n`,
    { rows: edges.map((edge) => [edge.effectId, edge.causeId, edge.rule, edge.mechanism, edge.score]) },
  );
  const matched = Number(record?.get('n') ?? 0);
  if (matched < edges.length) {
    throw new StoreError(
      'rows_missing',
      `${edges.length - matched} of ${edges.length} edges name an event that is not in the graph: nothing was written`,
    );
  }
  await tx.run(
    `UNWIND $ids AS id
     MATCH (effect:Event {id: id})-[c:CAUSED_BY]->(cause:Event)
     WITH effect, c, cause ORDER BY c.score DESC, c.rule, cause.id
     WITH effect, collect(c) AS causes WHERE size(causes) > ${CAUSES_PER_EVENT}
     UNWIND causes[${CAUSES_PER_EVENT}..] AS weaker
     DELETE weaker`,
    { ids: [...new Set(edges.map((edge) => edge.effectId))] },
  );
  return edges.length;
}

async function writeIncidents(tx: GraphTransaction, request: DecisionRequest): Promise<string[]> {
  const { incidents } = request.decision;
  if (incidents.length === 0) return [];
  const expiresAtUs = request.nowUs + request.incidentRetentionMs * 1000;
  const records = await tx.run(
    `UNWIND $rows AS r
     MERGE (i:Incident {id: r.id})
     WITH i, r WHERE i.revision IS NULL OR i.revision < r.revision
     SET i = r
     RETURN i.id AS id`,
    { rows: incidents.map((incident) => incidentProperties(incident, expiresAtUs)) },
  );
  const newer = new Set(records.map((record) => String(record.get('id'))));
  const written = incidents.filter((incident) => newer.has(incident.id));
  if (written.length === 0) return [];
  await linkIncidents(tx, written);
  await keepEvents(tx, written, expiresAtUs);
  return written.map((incident) => incident.id);
}

async function linkIncidents(tx: GraphTransaction, incidents: readonly Incident[]): Promise<void> {
  const symptoms = incidents.map((incident) => [incident.id, incident.symptomEventIds]);
  const roots = incidents.map((incident) => [
    incident.id,
    incident.rootCauseEventId === undefined ? [] : [incident.rootCauseEventId],
  ]);
  await linkEvents(tx, 'SYMPTOM', symptoms);
  await linkEvents(tx, 'ROOT_CAUSE', roots);
}

/** Absolute: edges to events that the new revision does not name go. */
async function linkEvents(
  tx: GraphTransaction,
  type: 'SYMPTOM' | 'ROOT_CAUSE',
  rows: readonly unknown[],
): Promise<void> {
  await tx.run(
    `UNWIND $rows AS r
     MATCH (i:Incident {id: r[0]})-[old:${type}]->(e:Event)
     WHERE NOT e.id IN r[1]
     DELETE old`,
    { rows },
  );
  await tx.run(
    `UNWIND $rows AS r
     MATCH (i:Incident {id: r[0]})
     UNWIND r[1] AS id
     MATCH (e:Event {id: id})
     MERGE (i)-[:${type}]->(e)`,
    { rows },
  );
}

const DAY_US = 86_400_000_000;

/** Events that an incident stands on live as long as it does, and show what they are about. */
async function keepEvents(
  tx: GraphTransaction,
  incidents: readonly Incident[],
  expiresAtUs: number,
): Promise<void> {
  const ids = [...new Set(incidents.flatMap(eventIdsOf))];
  if (ids.length === 0) return;
  // Most events of a new revision were kept by the one before: a day's slack spares writing them again.
  await tx.run(
    `UNWIND $ids AS id
     MATCH (e:Event {id: id})
     WHERE e.expires_at IS NULL OR e.expires_at < $until - ${DAY_US}
     SET e.expires_at = $until`,
    { ids, until: neo4j.int(expiresAtUs) },
  );
  const records = await tx.run(
    `UNWIND $ids AS id
     MATCH (e:Event {id: id})
     WHERE NOT (e)-[:OBSERVED_ON]->()
     RETURN e.id AS id, e.cluster AS cluster, e.node AS node, e.namespace AS namespace, e.pod_uid AS podUid,
            e.container_id AS containerId, e.workload AS workload`,
    { ids },
  );
  const byLabel = new Map<string, string[][]>();
  for (const record of records) {
    for (const { label, key } of entityKeysOf(record)) {
      const rows = byLabel.get(label) ?? [];
      byLabel.set(label, rows);
      rows.push([String(record.get('id')), key]);
    }
  }
  for (const [label, rows] of byLabel) {
    await tx.run(
      `UNWIND $rows AS r
       MATCH (e:Event {id: r[0]}) MATCH (n:${label} {key: r[1]})
       MERGE (e)-[:OBSERVED_ON]->(n)`,
      { rows },
    );
  }
}

/** Ids of the events that an incident names, each once. */
export function eventIdsOf(incident: Incident): string[] {
  const ids = new Set<string>([
    ...incident.symptomEventIds,
    ...incident.evidenceEventIds,
    ...incident.chain.map((step) => step.eventId),
  ]);
  if (incident.rootCauseEventId !== undefined) ids.add(incident.rootCauseEventId);
  if (incident.change !== undefined) ids.add(incident.change.eventId);
  return [...ids];
}
