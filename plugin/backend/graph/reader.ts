import type { CausalEdge, Entity, Incident, ObservationEvent } from '@tapio/domain';
import type { CypherResult, GraphParameter } from '@tapio/store';

export type { CypherResult };

/** Which incidents, as far as the graph itself can choose. */
export interface IncidentsCall {
  readonly cluster?: string;
  readonly namespaces?: readonly string[];
  readonly states?: readonly Incident['state'][];
  /** Last seen at or after this. */
  readonly sinceUs?: number;
  readonly limit: number;
}

/** What an incident stands on. */
export interface IncidentGraph {
  readonly events: readonly ObservationEvent[];
  readonly entities: readonly Entity[];
  readonly causes: readonly CausalEdge[];
  /** Which event is about which entity. */
  readonly observedOn: readonly { readonly eventId: string; readonly entityKey: string }[];
}

export interface CypherCall {
  readonly text: string;
  readonly parameters: Readonly<Record<string, GraphParameter>>;
  readonly rowLimit: number;
  readonly timeoutMs: number;
}

/**
 * All that this plugin reads of the graph. Calls end when their signal is aborted.
 * Every method throws BackendError, with what to do next, and nothing else.
 */
export interface GraphReader extends AsyncDisposable {
  /** Connects, and checks that the graph is one of this version. */
  verify(signal: AbortSignal): Promise<void>;
  /** Newest first; with namespaces, only those whose subject is in one of them. At most 1,000. */
  listIncidents(call: IncidentsCall, signal: AbortSignal): Promise<readonly Incident[]>;
  getIncident(id: string, signal: AbortSignal): Promise<Incident | undefined>;
  /** Incidents with a symptom in a pod of that name, or about what owns it, newest first. */
  incidentsOfPod(pod: string, signal: AbortSignal): Promise<readonly Incident[]>;
  incidentGraph(id: string, signal: AbortSignal): Promise<IncidentGraph>;
  /** Runs a query that only reads; any other is refused. */
  runCypher(call: CypherCall, signal: AbortSignal): Promise<CypherResult>;
}
