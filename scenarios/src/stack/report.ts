import type { Incident } from '@tapio/domain';
import { explainIncident } from '@tapio/intelligence';
import type { Connection } from './run-dir.ts';
import type { Terminal } from './terminal.ts';

export interface AnswerReport {
  readonly incident: Incident;
  readonly podName: string;
  readonly namespace: string;
  /** Rows that the query below gave just now. */
  readonly paths: number;
  readonly connection: Connection;
  readonly grafanaMissing: string | undefined;
}

/** The query that the original promised, for one pod. */
export function flagshipQuery(podName: string): string {
  return [
    "MATCH path=(crash:Event {type:'container_died'})-[:CAUSED_BY*1..5]->(root:Event)",
    `WHERE crash.pod_name='${podName.replaceAll("'", "\\'")}' RETURN path`,
  ].join(' ');
}

/** The answer, and where to look further. */
export function printAnswer(report: AnswerReport, terminal: Terminal): void {
  const { incident, podName, namespace, paths, connection, grafanaMissing } = report;
  const { width } = terminal;
  const answer = explainIncident(incident, {
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    color: terminal.colour,
    ...(connection.grafanaUrl === undefined
      ? {}
      : { link: incidentLink(connection.grafanaUrl, incident.id) }),
    ...(width === undefined ? {} : { width }),
  });
  const heading = (text: string): string => terminal.paint('bold', text);
  const lines = [
    '',
    answer.trimEnd(),
    '',
    heading('See it yourself'),
    `  npx tapio why ${podName} -n ${namespace}`,
    `  npx tapio show ${incident.id}`,
    `  Cypher, in Grafana’s Explore or any Neo4j client (${paths} ${paths === 1 ? 'path' : 'paths'} now):`,
    `    ${flagshipQuery(podName)}`,
    `  Neo4j    ${connection.neo4jUrl}, user ${connection.neo4jUser}, password in .tapio/run/*/connection.json`,
    connection.grafanaUrl === undefined
      ? `  Grafana  ${grafanaMissing ?? 'not started'}`
      : `  Grafana  ${incidentLink(connection.grafanaUrl, incident.id)}`,
    '',
  ];
  terminal.text(lines.join('\n'));
}

function incidentLink(grafanaUrl: string, id: string): string {
  return `${grafanaUrl}/a/tapio-app/incidents/${id}`;
}
