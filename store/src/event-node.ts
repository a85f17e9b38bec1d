import type { EntityLabel, ObservationEvent, Result } from '@tapio/domain';
import { checkEvent, entityKey, fault } from '@tapio/domain';

interface Row {
  get(key: string): unknown;
}

/** The entities that an event's node is about, by its properties. */
export function entityKeysOf(row: Row): { readonly label: EntityLabel; readonly key: string }[] {
  const text = (name: string): string | undefined => {
    const value = row.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const cluster = text('cluster') ?? '';
  const node = text('node');
  const namespace = text('namespace');
  const podUid = text('podUid');
  const containerId = text('containerId');
  const workload = text('workload');
  const keys: { label: EntityLabel; key: string }[] = [];
  if (node !== undefined) keys.push({ label: 'Node', key: entityKey.node(cluster, node) });
  if (podUid !== undefined) keys.push({ label: 'Pod', key: entityKey.pod(cluster, podUid) });
  if (containerId !== undefined)
    keys.push({ label: 'Container', key: entityKey.container(cluster, containerId) });
  if (workload !== undefined && namespace !== undefined) {
    keys.push({ label: 'Workload', key: entityKey.workload(cluster, namespace, workload) });
  }
  return keys;
}

/** Properties that make an event again: the promoted keys are also in `data`. */
export const EVENT_FIELDS = `
  e.id AS id, toFloat(e.ts) AS ts, e.source AS source, e.type AS type, e.cluster AS cluster, e.node AS node,
  toFloat(e.pid) AS pid, e.container_id AS containerId, e.pod_uid AS podUid, e.pod_name AS podName,
  e.namespace AS namespace, e.workload AS workload, e.service_name AS serviceName, e.data AS data`;

const OPTIONAL = ['pid', 'containerId', 'podUid', 'podName', 'namespace', 'workload', 'serviceName'] as const;

/** Reads an event back from a row with `EVENT_FIELDS`. */
export function eventFromRow(row: Row): Result<ObservationEvent> {
  const id = String(row.get('id'));
  const data: unknown = row.get('data');
  let details: unknown;
  try {
    details = JSON.parse(String(data));
  } catch {
    return fault('malformed', `event ${id}.data`, 'data is no JSON');
  }
  const event: Record<string, unknown> = {
    id,
    timestamp: row.get('ts'),
    source: row.get('source'),
    type: row.get('type'),
    cluster: row.get('cluster'),
    node: row.get('node'),
    data: details,
  };
  for (const name of OPTIONAL) {
    const value: unknown = row.get(name);
    if (value !== null && value !== undefined) event[name] = value;
  }
  return checkEvent(event, `event ${id}`);
}
