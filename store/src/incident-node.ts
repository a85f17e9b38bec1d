import type { Incident } from '@tapio/domain';
import neo4j from 'neo4j-driver';

/** Plain properties of an `Incident` node, for queries, tables and alert rules; `detail` holds all of it. */
export const INCIDENT_PROPERTIES = {
  id: 'unique id',
  revision: 'a newer one replaces the node whole',
  kind: 'kind of symptom',
  cluster: 'cluster name',
  namespace: 'namespace of the subject',
  name: 'name of the subject',
  workload: 'Kind/name of the subject, where it is a workload',
  state: 'open, closed or muted',
  cause_code: 'code of the cause; absent when no cause is clear',
  word: 'Likely, Possible or No clear cause',
  score: '0 to 1',
  status: 'provisional or settled',
  headline: 'the sentence for a pager',
  count: 'symptoms in all',
  first_seen: 'microseconds since the Unix epoch',
  last_seen: 'microseconds since the Unix epoch',
  change: 'the originating change, in words',
  actor: 'who made it, or how',
  superseded_by: 'the incident that took its symptoms over',
  pod_names: 'names of the newest pods',
  expires_at: 'when it may be deleted, microseconds since the Unix epoch',
  detail: 'the whole incident, as JSON',
} as const;

/** Properties as the driver takes them: whole numbers as integers, `score` as a float. Absent ones are null. */
export function incidentProperties(
  incident: Incident,
  expiresAtUs: number,
): Record<keyof typeof INCIDENT_PROPERTIES, unknown> {
  const { subject, verdict, change } = incident;
  return {
    id: incident.id,
    revision: neo4j.int(incident.revision),
    kind: incident.kind,
    cluster: incident.cluster,
    namespace: subject.namespace ?? null,
    name: subject.name,
    workload: subject.label === 'Workload' ? workloadName(subject.kind, subject.name) : null,
    state: incident.state,
    cause_code: verdict.causeCode ?? null,
    word: verdict.word,
    score: verdict.score,
    status: verdict.status,
    headline: incident.headline,
    count: neo4j.int(incident.count),
    first_seen: neo4j.int(incident.firstSeenUs),
    last_seen: neo4j.int(incident.lastSeenUs),
    change: change?.words ?? null,
    actor: change?.actor ?? null,
    superseded_by: incident.supersededBy ?? null,
    pod_names: [...new Set(incident.pods.map((pod) => pod.name))],
    expires_at: neo4j.int(expiresAtUs),
    detail: JSON.stringify(incident),
  };
}

function workloadName(kind: string, name: string): string {
  return name.includes('/') ? name : `${kind}/${name}`;
}
