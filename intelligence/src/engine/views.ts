import type { EventType, ObservationEvent } from '@tapio/domain';
import { eventTypeRow } from '@tapio/domain';

/** What a condition may read of any event, under the names that the graph's `Event` nodes use. */
export const EVENT_FIELDS = {
  id: 'string',
  ts: 'int',
  type: 'string',
  source: 'string',
  cluster: 'string',
  node: 'string',
  namespace: 'string',
  pod_name: 'string',
  pod_uid: 'string',
  container_id: 'string',
  workload: 'string',
  service_name: 'string',
  pid: 'int',
} as const;

export type FieldType = 'string' | 'int' | 'bool';

/** An event as conditions see it: fields and data keys side by side, typed by the vocabulary. */
export type EventView = Readonly<Record<string, string | bigint | boolean>>;

export const EMPTY_VIEW: EventView = {};

const KIND_TO_TYPE = { string: 'string', integer: 'int', boolean: 'bool' } as const;

/** Fields of a type with their CEL types. */
export function fieldTypes(type: EventType): Record<string, FieldType> {
  const fields: Record<string, FieldType> = { ...EVENT_FIELDS };
  for (const [key, spec] of Object.entries(eventTypeRow(type)?.data ?? {}))
    fields[key] = KIND_TO_TYPE[spec.kind];
  return fields;
}

/** Reads an event as a view. A data value that is not of its kind is left out, as if it were absent. */
export function viewOf(event: ObservationEvent): EventView {
  const view: Record<string, string | bigint | boolean> = {
    id: event.id,
    ts: BigInt(event.timestamp),
    type: event.type,
    source: event.source,
    cluster: event.cluster,
    node: event.node,
  };
  if (event.namespace !== undefined) view['namespace'] = event.namespace;
  if (event.podName !== undefined) view['pod_name'] = event.podName;
  if (event.podUid !== undefined) view['pod_uid'] = event.podUid;
  if (event.containerId !== undefined) view['container_id'] = event.containerId;
  if (event.workload !== undefined) view['workload'] = event.workload;
  if (event.serviceName !== undefined) view['service_name'] = event.serviceName;
  if (event.pid !== undefined) view['pid'] = BigInt(event.pid);
  for (const [key, spec] of Object.entries(eventTypeRow(event.type)?.data ?? {})) {
    const value = event.data[key];
    if (value === undefined) continue;
    if (spec.kind === 'string') view[key] = value;
    else if (spec.kind === 'boolean') {
      if (value === 'true' || value === 'false') view[key] = value === 'true';
    } else if (/^-?\d{1,19}$/.test(value)) view[key] = BigInt(value);
  }
  return view;
}
