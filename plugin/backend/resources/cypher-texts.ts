/**
 * The Cypher behind each panel of the incident page, for people to run and change. Ids of incidents hold nothing
 * that a text literal would need escaped; anything else is refused.
 */
export interface IncidentCypher {
  readonly cause: string;
  readonly timeline: string;
  readonly incident: string;
}

const INCIDENT_ID = /^[A-Za-z0-9_-]{1,64}$/;

export function isIncidentId(id: string): boolean {
  return INCIDENT_ID.test(id);
}

export function incidentCypher(id: string): IncidentCypher {
  const literal = isIncidentId(id) ? `'${id}'` : "''";
  return {
    cause: `MATCH (i:Incident {id: ${literal}})-[:SYMPTOM]->(symptom:Event)\nMATCH path = (symptom)-[:CAUSED_BY*0..5]->(cause:Event)\nRETURN path`,
    timeline: `MATCH (i:Incident {id: ${literal}})-[:SYMPTOM|ROOT_CAUSE]->(used:Event)\nMATCH (used)-[:CAUSED_BY*0..5]->(e:Event)\nRETURN DISTINCT e.ts AS time, e.type AS type, e.source AS seen_by, e.summary AS summary, e.id AS id\nORDER BY time`,
    incident: `MATCH (i:Incident {id: ${literal}}) RETURN i`,
  };
}
