import type { CausalEdge, Incident } from '@tapio/domain';
import { toStoreError } from './errors.ts';
import type { Graph } from './graph.ts';
import { decodeIncident } from './incident-decode.ts';

export interface IncidentQuery {
  readonly cluster?: string;
  /** Only incidents whose subject is in one of these; those without a namespace are left out then. */
  readonly namespaces?: readonly string[];
  readonly states?: readonly Incident['state'][];
  /** Last seen at or after this. */
  readonly sinceUs?: number;
  /** Incidents that another one took over are left out unless this is set. */
  readonly withSuperseded?: boolean;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

const MAX_INCIDENTS = 1_000;
const TIMEOUT_MS = 15_000;

const VISIBLE = `
  ($cluster IS NULL OR i.cluster = $cluster) AND ($namespaces IS NULL OR i.namespace IN $namespaces)
  AND ($states IS NULL OR i.state IN $states) AND ($withSuperseded OR i.superseded_by IS NULL)`;

/**
 * Newest first. Incidents that can't be decoded are left out and counted in `graph.unreadableIncidents`.
 * @throws StoreError
 */
export async function listIncidents(graph: Graph, query: IncidentQuery): Promise<readonly Incident[]> {
  return readIncidents(graph, query, {
    text: `
      MATCH (i:Incident) WHERE i.last_seen >= toInteger($sinceUs) AND ${VISIBLE}
      RETURN i.detail AS detail ORDER BY i.last_seen DESC, i.id LIMIT toInteger($limit)`,
    parameters: {},
  });
}

/** @throws StoreError */
export async function getIncident(
  graph: Graph,
  id: string,
  signal?: AbortSignal,
): Promise<Incident | undefined> {
  const [incident] = await readIncidents(
    graph,
    { limit: 1, ...(signal && { signal }) },
    { text: 'MATCH (i:Incident {id: $id}) RETURN i.detail AS detail', parameters: { id } },
  );
  return incident;
}

export interface PodQuery extends Omit<IncidentQuery, 'limit'> {
  readonly namespace?: string;
  /** Name of a pod, or of what owns it: `checkout-7d9c6b5f4-x2lqv`, `checkout`, `Deployment/checkout`. */
  readonly pod: string;
  readonly limit?: number;
}

/** Incidents with a symptom in the pod, or about what has that name; newest first. @throws StoreError */
export async function findIncidentsOfPod(graph: Graph, query: PodQuery): Promise<readonly Incident[]> {
  const { namespace, pod } = query;
  return readIncidents(
    graph,
    { limit: 50, ...query },
    {
      text: `
      MATCH (i:Incident)
      WHERE ($pod IN i.pod_names OR i.name = $pod OR i.workload = $pod)
        AND ($namespace IS NULL OR i.namespace = $namespace) AND i.last_seen >= toInteger($sinceUs) AND ${VISIBLE}
      RETURN i.detail AS detail ORDER BY i.last_seen DESC, i.id LIMIT toInteger($limit)`,
      parameters: { pod, namespace: namespace ?? null },
    },
  );
}

async function readIncidents(
  graph: Graph,
  query: IncidentQuery,
  statement: { readonly text: string; readonly parameters: Readonly<Record<string, unknown>> },
): Promise<Incident[]> {
  const { cluster, namespaces, states, sinceUs, withSuperseded, limit, signal } = query;
  const parameters = {
    cluster: cluster ?? null,
    namespaces: namespaces ?? null,
    states: states ?? null,
    sinceUs: sinceUs ?? 0,
    withSuperseded: withSuperseded ?? false,
    limit: Math.max(0, Math.min(limit, MAX_INCIDENTS)),
    ...statement.parameters,
  };
  try {
    const records = await graph.connection.transaction(
      { mode: 'read', timeoutMs: TIMEOUT_MS, ...(signal && { signal }) },
      (tx) => tx.run(statement.text, parameters),
    );
    const incidents: Incident[] = [];
    for (const record of records) {
      const decoded = decodeIncident(record.get('detail'));
      if (decoded.ok) incidents.push(decoded.value);
      else graph.unreadableIncidents += 1;
    }
    return incidents;
  } catch (error) {
    throw toStoreError(error, signal);
  }
}

/** What an engine must know of the graph when it starts: see `EngineOptions.known` of the engine. */
export interface KnownDecisions {
  readonly incidents: readonly Incident[];
  /** Edges behind the symptoms of those incidents. */
  readonly edges: readonly CausalEdge[];
}

/** Incidents of a cluster last seen since a time or still open, and the edges behind their symptoms. @throws StoreError */
export async function readKnownDecisions(
  graph: Graph,
  cluster: string,
  sinceUs: number,
  signal?: AbortSignal,
): Promise<KnownDecisions> {
  const base = { cluster, withSuperseded: true, limit: MAX_INCIDENTS, ...(signal && { signal }) };
  const recent = await listIncidents(graph, { ...base, sinceUs });
  const open = await listIncidents(graph, { ...base, states: ['open'] });
  const incidents = [...new Map([...open, ...recent].map((incident) => [incident.id, incident])).values()];
  try {
    const records = await graph.connection.transaction(
      { mode: 'read', timeoutMs: TIMEOUT_MS, ...(signal && { signal }) },
      (tx) =>
        tx.run(
          `UNWIND $ids AS id
           MATCH (:Incident {id: id})-[:SYMPTOM]->(symptom:Event)-[causes:CAUSED_BY*1..5]->(:Event)
           UNWIND causes AS c
           WITH DISTINCT c
           RETURN startNode(c).id AS effectId, endNode(c).id AS causeId, c.rule AS rule, c.mechanism AS mechanism,
                  c.score AS score`,
          { ids: incidents.map((incident) => incident.id) },
        ),
    );
    return { incidents, edges: records.map(causalEdgeOf) };
  } catch (error) {
    throw toStoreError(error, signal);
  }
}

/** From a row with `effectId`, `causeId`, `rule`, `mechanism` and `score`. */
export function causalEdgeOf(row: { get(key: string): unknown }): CausalEdge {
  return {
    effectId: String(row.get('effectId')),
    causeId: String(row.get('causeId')),
    rule: String(row.get('rule')),
    mechanism: String(row.get('mechanism')),
    score: Number(row.get('score')),
  };
}
