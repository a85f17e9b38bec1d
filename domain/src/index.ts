export type {
  BatchHeader,
  BatchOrigin,
  CompleteThrough,
  DecodedBatch,
  HeaderLookup,
  Producer,
  RejectedRecord,
} from './batch.ts';
export {
  BATCH_LIMITS,
  CONTENT_TYPE,
  HEADER,
  SCHEMA_VERSION,
  decodeBatch,
  decodeBatchHeader,
  encodeBatch,
  encodeBatchHeader,
  encodeBatchJson,
  producerKey,
} from './batch.ts';
export { EVENT_LIMITS, checkEvent } from './check.ts';
export type { Entity, EntityBond, EntityLabel } from './entities.ts';
export { ENTITY_LABELS, entityKey } from './entities.ts';
export type { Lane, ObservationEvent } from './event.ts';
export { LANES } from './event.ts';
export type { BondQuery, EventJoin, EventQuery, FactStore } from './facts.ts';
export type { CausalEdge, CausalEdgeKey, Decision, EdgeType, PropertyValue } from './graph.ts';
export {
  CAUSES_PER_EVENT,
  EDGE_TYPES,
  EVENT_INDEXES,
  EVENT_PROPERTIES,
  LABELS,
  eventProperties,
} from './graph.ts';
export type { ApiEventIdentity, ContainerRunIdentity, KernelEventIdentity } from './ids.ts';
export {
  apiEventId,
  containerRunEventId,
  derivedEventId,
  eventIdParts,
  kernelEventId,
  podEventId,
} from './ids.ts';
export type {
  ChainStep,
  Incident,
  IncidentKind,
  IncidentPod,
  NextStep,
  ObjectRef,
  OriginatingChange,
  RuledOut,
  Verdict,
  VerdictWord,
} from './incident.ts';
export { INCIDENT_KINDS, INCIDENT_LIMITS, VERDICT_WORDS, evidenceWords, unlistedWords } from './incident.ts';
export { NO_NODE, objectOf, objectWords, parseObject } from './objects.ts';
export type { ObservedEntities } from './observed.ts';
export { observedEntities } from './observed.ts';
export type { Fault, Result } from './result.ts';
export { fault, ok } from './result.ts';
export { MASK, scrubCommandLine, scrubText } from './scrub.ts';
export type { Source } from './sources.ts';
export { SOURCES, isSource } from './sources.ts';
export type { StreamDefinition } from './streams.ts';
export { STREAMS } from './streams.ts';
export type { ObservationSubject } from './subjects.ts';
export {
  DEAD_LETTERS,
  OBSERVATIONS,
  deadLetterSubject,
  escapeToken,
  observationSubject,
  parseObservationSubject,
  signalFilter,
  unescapeToken,
} from './subjects.ts';
export { formatBytes, formatDuration, parseQuantity } from './units.ts';
export { CHANGE_CATEGORIES } from './vocabulary/kubelet.ts';
export { signalName } from './vocabulary/kernel.ts';
export type { DataKey, EventTypeRow, Severity } from './vocabulary/row.ts';
export type { GapReason } from './vocabulary/tapio.ts';
export { GAP_REASONS } from './vocabulary/tapio.ts';
export type { EventType, PromotedKey } from './vocabulary/vocabulary.ts';
export {
  PROMOTED_KEYS,
  VOCABULARY,
  eventTypeRow,
  isEventType,
  laneOf,
  severityOf,
  summarize,
} from './vocabulary/vocabulary.ts';
