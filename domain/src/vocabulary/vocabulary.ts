import type { Lane, ObservationEvent } from '../event.ts';
import { KERNEL_VOCABULARY } from './kernel.ts';
import { KUBEAPI_VOCABULARY } from './kubeapi.ts';
import { KUBELET_VOCABULARY } from './kubelet.ts';
import { LOG_VOCABULARY } from './log.ts';
import type { DataKey, EventTypeRow, Severity } from './row.ts';
import { TAPIO_VOCABULARY } from './tapio.ts';

/** Every event type there is. Producers, graph, rules, docs and editors take their names from here. */
export const VOCABULARY = {
  ...KERNEL_VOCABULARY,
  ...KUBELET_VOCABULARY,
  ...KUBEAPI_VOCABULARY,
  ...LOG_VOCABULARY,
  ...TAPIO_VOCABULARY,
} as const;

export type EventType = keyof typeof VOCABULARY;

const rows: ReadonlyMap<string, EventTypeRow> = new Map(Object.entries<EventTypeRow>(VOCABULARY));

/** The row of a type; undefined for a type that this version does not know. */
export function eventTypeRow(type: string): EventTypeRow | undefined {
  return rows.get(type);
}

export function isEventType(type: string): type is EventType {
  return rows.has(type);
}

/** Lane in which an event travels. A type from a newer version is a signal: nothing is dropped for being new. */
export function laneOf(event: ObservationEvent): Lane {
  const row = rows.get(event.type);
  if (row === undefined) return 'signal';
  return row.signalWhen?.(event) === true ? 'signal' : row.lane;
}

export function severityOf(event: ObservationEvent): Severity {
  return rows.get(event.type)?.severity ?? 'info';
}

/** One line for people. */
export function summarize(event: ObservationEvent): string {
  return rows.get(event.type)?.summary(event) ?? event.type;
}

/** A key of `data` that is a property of its own on the graph's `Event` node. */
export interface PromotedKey extends DataKey {
  readonly key: string;
}

/** Promoted keys over all types, each once. Two types that promote one key give it one kind (tested). */
export const PROMOTED_KEYS: readonly PromotedKey[] = [
  ...new Map(
    [...rows.values()].flatMap((row) =>
      Object.entries(row.data)
        .filter(([, spec]) => spec.promoted === true)
        .map(([key, spec]) => [key, { ...spec, key }] as const),
    ),
  ).values(),
];
