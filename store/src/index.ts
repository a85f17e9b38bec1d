export type { GraphOptions } from './connection.ts';
export type { CypherQuery, CypherResult } from './cypher.ts';
export { FLAGSHIP_QUERY, runCypher } from './cypher.ts';
export type { DeadLetterContext } from './dead-letter.ts';
export { DEAD_LETTER_HEADER, deadLetter, deadLetterRecord } from './dead-letter.ts';
export type { DecisionOutcome, DecisionRequest } from './decision-writer.ts';
export { commitDecision } from './decision-writer.ts';
export type { StoreErrorCode } from './errors.ts';
export { StoreError, toStoreError } from './errors.ts';
export { eventStatements } from './event-rows.ts';
export type { EventsSinceQuery } from './facts.ts';
export { GraphFacts, readEventsSince } from './facts.ts';
export { Graph, openGraph } from './graph.ts';
export { decodeIncident } from './incident-decode.ts';
export type { IncidentGraph } from './incident-graph.ts';
export { incidentGraph } from './incident-graph.ts';
export { INCIDENT_PROPERTIES } from './incident-node.ts';
export type { IncidentQuery, KnownDecisions, PodQuery } from './incidents.ts';
export { findIncidentsOfPod, getIncident, listIncidents, readKnownDecisions } from './incidents.ts';
export type { LeaseHolder, LeaseOptions, LeaseOutcome } from './lease.ts';
export { Lease, acquireLease } from './lease.ts';
export type { MigrationOutcome } from './migrate.ts';
export type { ClusterPosition, OpenedPosition } from './position.ts';
export { openPosition } from './position.ts';
export type { RetentionOutcome, RetentionRequest } from './retention.ts';
export { deleteExpired, forgetProducers } from './retention.ts';
export type { ReadLimits, SignalMessage, SignalReaderOptions } from './signal-reader.ts';
export { SignalReader, recordCount } from './signal-reader.ts';
export type { CommitOutcome, CommitRequest, SignalBatch, SignalWriterOptions } from './signal-writer.ts';
export { SignalWriter } from './signal-writer.ts';
export type { SignalState, StreamOptions } from './stream.ts';
export { Stream, openStream } from './stream.ts';
export type {
  GraphMap,
  GraphNode,
  GraphParameter,
  GraphPath,
  GraphRelationship,
  GraphValue,
} from './values.ts';
