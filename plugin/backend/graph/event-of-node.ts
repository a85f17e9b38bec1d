import { checkEvent, type ObservationEvent } from '@tapio/domain';
import type { GraphValue } from '@tapio/store';
import { isNode } from './value-kind.ts';

function parsed(json: unknown): unknown {
  if (typeof json !== 'string') return {};
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

/** The event that an `Event` node holds; undefined for any other value, or for a node that is no event any more. */
export function eventOfNode(value: GraphValue | undefined): ObservationEvent | undefined {
  if (!isNode(value)) return undefined;
  const { properties } = value;
  const optional = {
    pid: properties['pid'],
    containerId: properties['container_id'],
    podUid: properties['pod_uid'],
    podName: properties['pod_name'],
    namespace: properties['namespace'],
    workload: properties['workload'],
    serviceName: properties['service_name'],
  };
  const checked = checkEvent({
    id: properties['id'],
    timestamp: properties['ts'],
    source: properties['source'],
    type: properties['type'],
    cluster: properties['cluster'],
    node: properties['node'],
    ...Object.fromEntries(Object.entries(optional).filter(([, item]) => item !== undefined && item !== null)),
    data: parsed(properties['data']),
  });
  return checked.ok ? checked.value : undefined;
}
