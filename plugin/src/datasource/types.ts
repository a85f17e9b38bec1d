import type { DataQuery } from '@grafana/schema';
import type { DataSourceJsonData } from '@grafana/data';
import type { Incident, IncidentKind, VerdictWord } from '@tapio/domain';

/** As in the backend's `query/model.ts`, which checks it. */
export type QueryType = 'rootCause' | 'incidents' | 'timeline' | 'graph' | 'table' | 'timeSeries';
export type IncidentFormat = 'table' | 'alert' | 'annotations';
export type RootCauseShow = 'graph' | 'chain';
export type IncidentState = Incident['state'];

/** A query as dashboards, alert rules and Explore keep it. */
export interface TapioQuery extends DataQuery {
  queryType?: QueryType;
  /** Root cause and timeline: an incident, or a pod in its namespace. */
  incident?: string;
  namespace?: string;
  pod?: string;
  /** Root cause: the graph with the chain, or the chain alone. */
  show?: RootCauseShow;
  /** Root cause: the objects that events were seen on are nodes too. */
  showEntities?: boolean;
  /** Incidents. Lists may hold variables. */
  format?: IncidentFormat;
  clusters?: string[];
  namespaces?: string[];
  kinds?: IncidentKind[];
  states?: IncidentState[];
  verdicts?: VerdictWord[];
  search?: string;
  /** Graph, table and time series. */
  cypher?: string;
  /** Values of the variables that the Cypher names; set when the query is sent. */
  parameters?: Record<string, string | string[]>;
  limit?: number;
}

export type TlsMode = 'url' | 'system' | 'ca' | 'skipVerify';

export interface TapioOptions extends DataSourceJsonData {
  database?: string;
  tlsMode?: TlsMode;
  /** A text with commas where a provisioning file gives it. */
  viewerNamespaces?: string[] | string;
  cypherInAlerts?: boolean;
  rowLimit?: number;
  timeoutSeconds?: number;
}

export interface TapioSecrets {
  password?: string;
  tlsCACert?: string;
}

/** A query that fills a dashboard variable. */
export interface TapioVariableQuery extends Pick<
  TapioQuery,
  'refId' | 'queryType' | 'namespace' | 'cypher' | 'datasource'
> {
  /** `cypher`: the first column gives the value, a second one the text. */
  kind?: 'namespaces' | 'pods' | 'incidents' | 'cypher';
}

/** A pod to choose, as the backend's `/pods` answers. */
export interface PodChoice {
  readonly namespace: string;
  readonly name: string;
  readonly isGone: boolean;
}

/** Where pickers get their choices from. */
export interface PodSource {
  namespaces(): Promise<readonly string[]>;
  pods(namespace: string): Promise<readonly PodChoice[]>;
}

interface Named {
  readonly name: string;
  readonly meaning: string;
}

/** Names that Cypher may use, as the backend's `/schema` answers. */
export interface GraphSchema {
  readonly labels: readonly string[];
  readonly relationshipTypes: ReadonlyArray<Named & { readonly from: string; readonly to: string }>;
  readonly eventProperties: readonly Named[];
  readonly eventTypes: ReadonlyArray<Named & { readonly source: string }>;
}

/** Where the Cypher editor gets its names from. */
export interface SchemaSource {
  schema(): Promise<GraphSchema>;
}
