import type { EventJoin, ObservationEvent } from '@tapio/domain';
import { objectOf } from '@tapio/domain';
import type { JoinKind } from '../rules/schema.ts';

/** What events are filed under. */
export const FILE_KINDS = [
  'container',
  'pod',
  'workload',
  'node',
  'process',
  'object',
  'refers',
  'namespace',
  'cluster',
] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** Under what the event it is joined to, and the one that is looked for, must be filed alike. */
export function sidesOf(join: JoinKind): { readonly anchor: FileKind; readonly candidate: FileKind } {
  if (join === 'refers') return { anchor: 'refers', candidate: 'object' };
  if (join === 'referred') return { anchor: 'object', candidate: 'refers' };
  return { anchor: join, candidate: join };
}

/** What an event is filed under; undefined when it does not say. */
export function fileValue(event: ObservationEvent, kind: FileKind): string | undefined {
  switch (kind) {
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
    case 'object':
      return objectOf(event);
    case 'refers':
      return event.data['refers'];
    case 'namespace':
      return event.namespace;
    case 'cluster':
      return event.cluster;
  }
}

/** One key for what an event is filed under; undefined when it does not say. */
export function fileKey(event: ObservationEvent, kind: FileKind): string | undefined {
  const value = fileValue(event, kind);
  return value === undefined ? undefined : `${kind}\n${value}`;
}

/** The key, as `fileKey` makes it, of the events that a question to a fact store is about. */
export function joinKey(join: EventJoin, cluster: string): string {
  switch (join.on) {
    case 'container':
      return `container\n${join.containerId}`;
    case 'pod':
      return `pod\n${join.podUid}`;
    case 'workload':
      return `workload\n${join.namespace}/${join.workload}`;
    case 'node':
      return `node\n${join.node}`;
    case 'object':
      return `object\n${join.object}`;
    case 'refers':
      return `refers\n${join.refers}`;
    case 'namespace':
      return `namespace\n${join.namespace}`;
    case 'cluster':
      return `cluster\n${cluster}`;
  }
}

/**
 * The question in the terms of a fact store for events that are filed under a kind as the anchor says. It knows no
 * processes: they are asked for by the container.
 */
export function factJoin(anchor: ObservationEvent, join: JoinKind): EventJoin | undefined {
  const sides = sidesOf(join);
  const value = fileValue(anchor, sides.anchor);
  switch (sides.candidate) {
    case 'container':
    case 'process':
      if (anchor.containerId !== undefined) return { on: 'container', containerId: anchor.containerId };
      return join === 'process' ? { on: 'node', node: anchor.node } : undefined;
    case 'pod':
      return value === undefined ? undefined : { on: 'pod', podUid: value };
    case 'workload':
      return anchor.workload === undefined || anchor.namespace === undefined
        ? undefined
        : { on: 'workload', namespace: anchor.namespace, workload: anchor.workload };
    case 'node':
      return { on: 'node', node: anchor.node };
    case 'object':
      return value === undefined ? undefined : { on: 'object', object: value };
    case 'refers':
      return value === undefined ? undefined : { on: 'refers', refers: value };
    case 'namespace':
      return value === undefined ? undefined : { on: 'namespace', namespace: value };
    case 'cluster':
      return { on: 'cluster' };
  }
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
