import { ENTITY_LABELS } from './entities.ts';
import type { Incident } from './incident.ts';
import type { ObservationEvent } from './event.ts';
import type { DataKey } from './vocabulary/row.ts';
import { PROMOTED_KEYS, severityOf, summarize } from './vocabulary/vocabulary.ts';

/** Labels of the graph. */
export const LABELS = ['Event', 'Incident', ...ENTITY_LABELS, 'Pattern'] as const;

/** Edge types of the graph, with from, to and meaning. */
export const EDGE_TYPES = {
  CAUSED_BY: { from: 'Event', to: 'Event', meaning: 'effect to cause, from a mechanism rule or a person' },
  RELATED_TO: {
    from: 'Pattern',
    to: 'Pattern',
    meaning: 'learned: occur together more than chance; no cause',
  },
  DEPENDS_ON: { from: 'entity', to: 'entity', meaning: 'needs it to work; since and until' },
  OWNS: {
    from: 'entity',
    to: 'entity',
    meaning: 'workload to pod, pod to container, node to pod; since and until',
  },
  OBSERVED_ON: {
    from: 'Event',
    to: 'entity',
    meaning: 'what the event is about; only for events an incident uses',
  },
  SYMPTOM: { from: 'Incident', to: 'Event', meaning: 'a symptom of the incident' },
  ROOT_CAUSE: { from: 'Incident', to: 'Event', meaning: 'the event that the incident goes back to' },
} as const;

export type EdgeType = keyof typeof EDGE_TYPES;

/** At most this many causes an event: paths stay cheap however large the graph grows. */
export const CAUSES_PER_EVENT = 4;

/** Indexes beside the unique keys (`Event.id`, `Incident.id`, `key` of entities). */
export const EVENT_INDEXES = [
  ['pod_uid', 'ts'],
  ['type', 'pod_name'],
  ['type', 'ts'],
  ['expires_at'],
] as const;

/** Properties of every `Event` node before the promoted keys, in the snake case of the original's queries. */
export const EVENT_PROPERTIES = {
  id: 'unique id',
  ts: 'microseconds since the Unix epoch',
  type: 'a row of the vocabulary',
  source: 'who reported it',
  severity: 'info, warning or error',
  cluster: 'cluster name',
  node: 'node name',
  namespace: 'namespace of the pod',
  pod_name: 'pod name',
  pod_uid: 'pod uid',
  container_id: 'container id without the runtime’s prefix',
  workload: 'Kind/name of the workload',
  service_name: 'Service name',
  pid: 'process id in the node’s pid namespace',
  summary: 'one line for people',
  data: 'all details, as JSON',
} as const;

export type PropertyValue = string | number | boolean;

const PROMOTED: ReadonlyMap<string, DataKey> = new Map(PROMOTED_KEYS.map((spec) => [spec.key, spec]));

/** The properties of an event's node, promoted keys included. Absent values are left out. */
export function eventProperties(event: ObservationEvent): Record<string, PropertyValue> {
  const properties: Record<string, PropertyValue> = {
    id: event.id,
    ts: event.timestamp,
    type: event.type,
    source: event.source,
    severity: severityOf(event),
    cluster: event.cluster,
    node: event.node,
    summary: summarize(event),
    data: JSON.stringify(event.data),
  };
  const { namespace, podName, podUid, containerId, workload, serviceName, pid, data } = event;
  if (namespace !== undefined) properties['namespace'] = namespace;
  if (podName !== undefined) properties['pod_name'] = podName;
  if (podUid !== undefined) properties['pod_uid'] = podUid;
  if (containerId !== undefined) properties['container_id'] = containerId;
  if (workload !== undefined) properties['workload'] = workload;
  if (serviceName !== undefined) properties['service_name'] = serviceName;
  if (pid !== undefined) properties['pid'] = pid;
  // Over the event's own keys: they are few, the promoted ones of all types are many.
  for (const key in data) {
    const spec = PROMOTED.get(key);
    const value = spec === undefined ? undefined : promotedValue(data[key], spec);
    if (value !== undefined) properties[key] = value;
  }
  return properties;
}

function promotedValue(value: string | undefined, spec: DataKey): PropertyValue | undefined {
  if (value === undefined) return undefined;
  if (spec.kind === 'boolean') return value === 'true';
  if (spec.kind === 'integer') {
    const parsed = Number(value);
    return Number.isSafeInteger(parsed) ? parsed : undefined;
  }
  return value;
}

/** `CAUSED_BY`, from an effect to its cause. */
export interface CausalEdge {
  readonly effectId: string;
  readonly causeId: string;
  readonly rule: string;
  /** How the cause brings the effect about, in words. */
  readonly mechanism: string;
  /** 0 to 1. */
  readonly score: number;
}

export type CausalEdgeKey = Pick<CausalEdge, 'effectId' | 'causeId' | 'rule'>;

/** What the engine decided over the events of one step: transaction B writes it whole or not at all. */
export interface Decision {
  readonly edgesAdded: readonly CausalEdge[];
  readonly edgesWithdrawn: readonly CausalEdgeKey[];
  /** New revisions, absolute. */
  readonly incidents: readonly Incident[];
}
