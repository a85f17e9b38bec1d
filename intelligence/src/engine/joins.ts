import type { EventJoin, ObservationEvent } from '@tapio/domain';
import type { JoinKind } from '../rules/schema.ts';

/** What an event has to share with another to be joined to it; undefined when it does not say. */
export function joinValue(event: ObservationEvent, join: JoinKind): string | undefined {
  switch (join) {
    case 'container':
      return event.containerId;
    case 'pod':
      return event.podUid;
    case 'workload':
      return event.workload === undefined || event.namespace === undefined
        ? undefined
        : `${event.namespace}/${event.workload}`;
    case 'node':
      return event.node;
    case 'process': {
      const started = event.data['started_mono_us'];
      return event.pid === undefined || started === undefined
        ? undefined
        : `${event.node}/${event.data['boot_id'] ?? ''}/${event.pid}/${started}`;
    }
  }
}

/** The same question in the terms of a fact store, which knows no processes: it is asked for the container. */
export function factJoin(event: ObservationEvent, join: JoinKind): EventJoin | undefined {
  if (join === 'container' || (join === 'process' && event.containerId !== undefined)) {
    return event.containerId === undefined ? undefined : { on: 'container', containerId: event.containerId };
  }
  if (join === 'pod') return event.podUid === undefined ? undefined : { on: 'pod', podUid: event.podUid };
  if (join === 'workload') {
    return event.workload === undefined || event.namespace === undefined
      ? undefined
      : { on: 'workload', namespace: event.namespace, workload: event.workload };
  }
  return { on: 'node', node: event.node };
}

/** How far the true time may lie after the event's own. */
export function resolutionUs(event: ObservationEvent): number {
  const us = Number(event.data['resolution_us'] ?? 0);
  return Number.isSafeInteger(us) && us > 0 ? us : 0;
}

/** Order of events everywhere: by time, then by id, never by arrival. */
export function byTime(a: ObservationEvent, b: ObservationEvent): number {
  return a.timestamp - b.timestamp || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
