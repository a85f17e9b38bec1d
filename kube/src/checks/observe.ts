import type { ObservationEvent } from '@tapio/domain';
import { EVENT_LIMITS, NO_NODE, apiEventId, eventTypeRow, scrubText } from '@tapio/domain';
import { asText, cut } from '../json.ts';
import { podUidOf } from '../parse-pod-list.ts';
import { objectText } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { isWorkloadKind } from '../workload.ts';
import type { Check, Observation } from './check.ts';

/** Runs checks over a snapshot. Each observation is one event; a repeated one is the same event. */
export function runChecks(snapshot: Snapshot, checks: readonly Check[]): ObservationEvent[] {
  const events = new Map<string, ObservationEvent>();
  for (const check of checks) {
    check.run(snapshot, (observation) => {
      const event = eventOf(snapshot, observation);
      if (!events.has(event.id)) events.set(event.id, event);
    });
  }
  return [...events.values()];
}

function eventOf(snapshot: Snapshot, observation: Observation): ObservationEvent {
  const { type, about, refers, atUs, container, discriminators = [], data = {} } = observation;
  const owner = snapshot.ownerOf(about);
  const isPod = about.kind === 'Pod';
  const podUid = isPod ? podUidOf(about.raw) : undefined;
  const values: Record<string, string> = { object: objectText(owner) };
  if (refers !== undefined) values['refers'] = objectText(refers);
  if (container !== undefined) values['container'] = container;
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined) continue;
    values[key] = cut(scrubText(String(value)), EVENT_LIMITS.dataValueLength);
  }
  const nodeName = isPod ? asText(about.spec['nodeName']) : about.kind === 'Node' ? about.name : undefined;
  return {
    id: apiEventId({
      cluster: snapshot.cluster,
      objectUid: about.uid ?? objectText(about),
      resourceVersion: about.resourceVersion ?? '0',
      type,
      discriminators: [...(container === undefined ? [] : [container]), ...discriminators],
    }),
    timestamp: atUs ?? snapshot.takenUs,
    source: eventTypeRow(type)?.source ?? 'kubeapi',
    type,
    cluster: snapshot.cluster,
    node: nodeName ?? NO_NODE,
    ...(about.namespace === '' ? {} : { namespace: about.namespace }),
    ...(isPod ? { podName: about.name } : {}),
    ...(podUid === undefined ? {} : { podUid }),
    ...(isWorkloadKind(owner.kind) ? { workload: `${owner.kind}/${owner.name}` } : {}),
    ...(about.kind === 'Service' ? { serviceName: about.name } : {}),
    data: values,
  };
}
