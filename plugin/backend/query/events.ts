import { VOCABULARY, type ObservationEvent } from '@tapio/domain';
import type { GraphParameter } from '@tapio/store';
import type { DatasourceCall } from '../instance.ts';
import { eventOfNode } from '../graph/event-of-node.ts';

/** What a timeline is about; a namespace alone is a timeline of it all. */
export interface EventsWanted {
  readonly namespace: string;
  readonly pod: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly limit: number;
}

/** The types let the indexes (type, pod_name) and (type, ts) be used. */
const EVENTS_OF_POD = `MATCH (e:Event)
WHERE e.type IN $types AND e.pod_name = $pod AND ($namespace = '' OR e.namespace = $namespace)
  AND e.ts >= $from AND e.ts <= $to
RETURN e ORDER BY e.ts DESC LIMIT $limit`;

const EVENTS_OF_NAMESPACE = `MATCH (e:Event)
WHERE e.type IN $types AND e.ts >= $from AND e.ts <= $to AND e.namespace = $namespace
RETURN e ORDER BY e.ts DESC LIMIT $limit`;

/** The newest events of a pod or a namespace in a time range. */
export async function findEvents(
  wanted: EventsWanted,
  { instance, signal }: DatasourceCall,
): Promise<readonly ObservationEvent[]> {
  const { namespace, pod, fromMs, toMs, limit } = wanted;
  const parameters: Record<string, GraphParameter> = {
    types: Object.keys(VOCABULARY),
    namespace,
    from: fromMs * 1000,
    to: toMs * 1000,
    limit,
    ...(pod === '' ? {} : { pod }),
  };
  const { rows } = await instance.reader.runCypher(
    {
      text: pod === '' ? EVENTS_OF_NAMESPACE : EVENTS_OF_POD,
      parameters,
      rowLimit: limit,
      timeoutMs: instance.config.timeoutMs,
    },
    signal,
  );
  return rows.flatMap(([value]) => eventOfNode(value) ?? []);
}
