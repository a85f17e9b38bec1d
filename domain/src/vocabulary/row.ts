import type { Lane, ObservationEvent } from '../event.ts';
import { objectWords } from '../objects.ts';
import type { Source } from '../sources.ts';

/** How much a person should care when nothing else is known. */
export type Severity = 'info' | 'warning' | 'error';

/** One key of an event's `data`. Values travel as strings; `kind` says what the string holds. */
export interface DataKey {
  readonly kind: 'string' | 'integer' | 'boolean';
  /** Unit of an integer, as in the key's suffix. */
  readonly unit?: 'us' | 'bytes' | 'count';
  readonly meaning: string;
  /** Every event of the type has it. */
  readonly required?: true;
  /** Also a property of its own on the graph's `Event` node, typed by `kind`. */
  readonly promoted?: true;
}

/** One row of the vocabulary: all that is known of an event type, for producers, graph, rules and docs. */
export interface EventTypeRow {
  readonly source: Source;
  readonly severity: Severity;
  /** Where events of the type travel unless `signalWhen` says otherwise. */
  readonly lane: Lane;
  /** For a type whose usual lane is bulk: the events that are signals all the same. */
  readonly signalWhen?: (event: ObservationEvent) => boolean;
  readonly meaning: string;
  readonly data: Readonly<Record<string, DataKey>>;
  /** One line for people: timelines, tables, chains. */
  readonly summary: (event: ObservationEvent) => string;
}

export const text = (meaning: string): DataKey => ({ kind: 'string', meaning });
export const flag = (meaning: string): DataKey => ({ kind: 'boolean', meaning });
export const integer = (meaning: string, unit?: 'us' | 'bytes' | 'count'): DataKey =>
  unit === undefined ? { kind: 'integer', meaning } : { kind: 'integer', unit, meaning };
export const required = (key: DataKey): DataKey => ({ ...key, required: true });
export const promoted = (key: DataKey): DataKey => ({ ...key, promoted: true });

/** Keys of what is seen in API objects. Both name objects as `Kind/namespace/name`; rules join on them. */
export const objectKeys = {
  object: required(promoted(text('the object it is about; for a pod, what a user owns behind it'))),
  refers: promoted(text('the object that it points to: what is missing, selected or depended upon')),
} as const;

const NAME_OBJECTS: ReadonlySet<string> = new Set([
  ...Object.keys(objectKeys),
  'client',
  'involved',
  'nearest',
  'other',
  'selected',
  'target',
]);

/** For summaries: what an event says under a key, objects in words. */
export function said({ data }: ObservationEvent, key: string): string {
  const value = data[key] ?? '?';
  return NAME_OBJECTS.has(key) ? objectWords(value) : value;
}
