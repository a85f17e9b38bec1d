import { CoreApp } from '@grafana/data';
import type { QueryType, TapioQuery } from './types.ts';

export interface QueryTypeChoice {
  readonly value: QueryType;
  readonly label: string;
  readonly description: string;
}

export const QUERY_TYPES: readonly QueryTypeChoice[] = [
  { value: 'incidents', label: 'Incidents', description: 'What failed, with its cause: one row each' },
  {
    value: 'rootCause',
    label: 'Root cause',
    description: 'Cause and effect of an incident or a pod, as node graph and chain',
  },
  {
    value: 'timeline',
    label: 'Timeline',
    description: 'Events of an incident, a pod or a namespace, as logs',
  },
  {
    value: 'graph',
    label: 'Cypher: node graph',
    description: 'Nodes, relationships and paths that a query returns (Editors)',
  },
  { value: 'table', label: 'Cypher: table', description: 'Rows that a query returns (Editors)' },
  {
    value: 'timeSeries',
    label: 'Cypher: time series',
    description: 'A time, numbers and labels that a query returns (Editors)',
  },
];

export function isCypherType(type: QueryType | undefined): boolean {
  return type === 'graph' || type === 'table' || type === 'timeSeries';
}

const STARTERS: Partial<Record<QueryType, string>> = {
  graph:
    'MATCH path = (effect:Event)-[:CAUSED_BY*1..5]->(cause:Event)\nWHERE $__timeFilter(effect.ts)\nRETURN path LIMIT $__limit',
  table:
    'MATCH (e:Event)\nWHERE $__timeFilter(e.ts)\nRETURN e.ts AS time, e.type AS type, e.namespace AS namespace, e.pod_name AS pod, e.summary AS summary\nORDER BY time DESC LIMIT $__limit',
  timeSeries:
    'MATCH (e:Event)\nWHERE $__timeFilter(e.ts)\nRETURN e.ts - e.ts % ($__interval_ms * 1000) AS time, e.type AS type, count(*) AS events\nORDER BY time',
};

/** A query to begin with: alert rules get the shape that alerting can evaluate. */
export function defaultQuery(app: CoreApp | undefined): Partial<TapioQuery> {
  if (app === CoreApp.UnifiedAlerting || app === CoreApp.CloudAlerting) {
    return {
      queryType: 'incidents',
      format: 'alert',
      kinds: ['crash_loop'],
      verdicts: ['Likely', 'Possible'],
    };
  }
  return { queryType: 'incidents', format: 'table' };
}

/** The query with another type: what both have in common is kept, Cypher gets something to start from. */
export function withType(query: TapioQuery, queryType: QueryType): TapioQuery {
  const starter = STARTERS[queryType];
  if (starter === undefined) return { ...query, queryType };
  const isStarter =
    query.cypher === undefined ||
    query.cypher.trim() === '' ||
    Object.values(STARTERS).includes(query.cypher);
  return { ...query, queryType, ...(isStarter ? { cypher: starter } : {}) };
}

/** False for a query that is not finished, so that it is not sent. */
export function isComplete(query: TapioQuery): boolean {
  if (query.hide === true) return false;
  const isSet = (text: string | undefined): boolean => text !== undefined && text.trim() !== '';
  if (isCypherType(query.queryType)) return isSet(query.cypher);
  if (query.queryType === 'rootCause') return isSet(query.incident) || isSet(query.pod);
  if (query.queryType === 'timeline')
    return isSet(query.incident) || isSet(query.pod) || isSet(query.namespace);
  return true;
}

/** One line that tells queries apart, in the history and in collapsed rows. */
export function queryText(query: TapioQuery): string {
  const label = QUERY_TYPES.find(({ value }) => value === query.queryType)?.label ?? 'Incidents';
  const pod = [query.namespace, query.pod].filter((part) => part !== undefined && part !== '').join('/');
  const about = isCypherType(query.queryType)
    ? (query.cypher ?? '').replaceAll(/\s+/g, ' ').trim()
    : query.queryType === 'rootCause' || query.queryType === 'timeline'
      ? query.incident !== undefined && query.incident !== ''
        ? query.incident
        : pod
      : [...(query.namespaces ?? []), ...(query.kinds ?? []), ...(query.states ?? []), query.search ?? '']
          .filter((part) => part !== '')
          .join(', ');
  return about === '' ? label : `${label}: ${about}`;
}
