import {
  NO_NODE,
  formatDuration,
  objectWords,
  severityOf,
  summarize,
  type Entity,
  type ObservationEvent,
} from '@tapio/domain';
import type { GraphNode } from '../sdk/index.ts';
import { repeatsWords, shortWords, typeWords } from './event-words.ts';
import type { Repeats } from './incident-story.ts';
import { labelColor, labelIcon, sourceWords, type EventRole } from './style.ts';

function isoTime(us: number): string {
  return new Date(us / 1000).toISOString();
}

/** `+23 s`: how long after the story began. The panel can't write clock times in the reader's time zone. */
function after(lagUs: number): string {
  return lagUs === 0 ? '0 s' : `${lagUs < 0 ? '-' : '+'}${formatDuration(lagUs)}`;
}

function eventDetails(event: ObservationEvent, role: EventRole): Record<string, string> {
  const { pid, containerId, node } = event;
  const { object, refers } = event.data;
  return {
    summary: summarize(event),
    time: isoTime(event.timestamp),
    'seen by': sourceWords(event.source),
    role,
    severity: severityOf(event),
    ...(object === undefined ? {} : { object: objectWords(object) }),
    ...(refers === undefined ? {} : { 'refers to': objectWords(refers) }),
    ...(node === NO_NODE ? {} : { node }),
    ...(event.namespace === undefined || event.podName === undefined
      ? {}
      : { pod: `${event.namespace}/${event.podName}` }),
    ...(event.workload === undefined ? {} : { workload: event.workload }),
    ...(containerId === undefined ? {} : { container: containerId.slice(0, 12) }),
    ...(pid === undefined ? {} : { pid: String(pid) }),
    'event id': event.id,
  };
}

/** An event in the part it plays, at the time it is to show. */
export function eventNode(event: ObservationEvent, role: EventRole, lagUs: number): GraphNode {
  return {
    id: event.id,
    title: typeWords(event.type),
    subtitle: shortWords(event),
    mainStat: after(lagUs),
    secondaryStat: event.source,
    arcs: { [role]: 1 },
    details: eventDetails(event, role),
  };
}

export function repeatsId({ relation }: Repeats): string {
  return `earlier, ${relation}`;
}

/**
 * Earlier symptoms as one node, with their count and their first and last time. A chain may be told of a symptom
 * that is not the last one: then they are the others.
 */
export function repeatsNode(repeats: Repeats, startUs: number, toldUs: number | undefined): GraphNode {
  const { symptoms, count, relation, firstUs, lastUs } = repeats;
  const role = toldUs !== undefined && lastUs > toldUs ? 'other' : 'earlier';
  const words = repeatsWords(symptoms[0]?.type ?? '', count, role);
  return {
    id: repeatsId(repeats),
    title: words,
    subtitle: count === 1 ? relation : `${relation}, to ${after(lastUs - startUs)}`,
    mainStat: `${count === 1 ? '' : 'from '}${after(firstUs - startUs)}`,
    secondaryStat: [...new Set(symptoms.map(({ source }) => source))].join(', '),
    arcs: { [role]: 1 },
    details: {
      summary: `${words}: ${relation}`,
      first: isoTime(firstUs),
      last: isoTime(lastUs),
      role,
    },
  };
}

export function entityNode(entity: Entity): GraphNode {
  return {
    id: entity.key,
    title: entity.name,
    subtitle: entity.label,
    color: labelColor(entity.label),
    ...labelIcon(entity.label),
    details: {
      kind: entity.label,
      cluster: entity.cluster,
      ...(entity.namespace === undefined ? {} : { namespace: entity.namespace }),
    },
  };
}
