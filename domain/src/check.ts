import type { ObservationEvent } from './event.ts';
import type { Fault, Result } from './result.ts';
import { fault, ok } from './result.ts';
import { isSource } from './sources.ts';
import { eventTypeRow } from './vocabulary/vocabulary.ts';

/** Bounds of one event. A producer cuts texts to fit; a reader refuses what does not. */
export const EVENT_LIMITS = {
  idLength: 1024,
  nameLength: 512,
  dataKeys: 64,
  dataKeyLength: 64,
  dataValueLength: 4096,
} as const;

/** 2000-01-01 and 2200-01-01: outside, a timestamp is in another unit or of another clock. */
const EARLIEST_US = 946_684_800_000_000;
const LATEST_US = 7_258_118_400_000_000;

const REQUIRED_NAMES = ['cluster', 'node'] as const;
const OPTIONAL_NAMES = ['containerId', 'podUid', 'podName', 'namespace', 'workload', 'serviceName'] as const;

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameFault(value: unknown, place: string, maxLength: number): Fault | undefined {
  if (typeof value !== 'string') return fault('type', place, `${place} must be a string`).fault;
  if (value === '') return fault('missing', place, `${place} is empty`).fault;
  if (value.length > maxLength) {
    return fault(
      'too_large',
      place,
      `${place} has ${value.length} characters; at most ${maxLength} are taken`,
    ).fault;
  }
  return undefined;
}

function timestampFault(value: unknown, place: string): Fault | undefined {
  if (!Number.isSafeInteger(value)) {
    return fault('type', place, `${place} must be an integer: microseconds since the Unix epoch`).fault;
  }
  if ((value as number) < EARLIEST_US || (value as number) > LATEST_US) {
    return fault('range', place, `${place} is not between the years 2000 and 2200: is it in microseconds?`)
      .fault;
  }
  return undefined;
}

function dataFault(data: unknown, place: string): Fault | undefined {
  if (!isFields(data)) return fault('type', place, `${place} must be a map of strings`).fault;
  const entries = Object.entries(data);
  if (entries.length > EVENT_LIMITS.dataKeys) {
    return fault(
      'too_large',
      place,
      `${place} has ${entries.length} keys; at most ${EVENT_LIMITS.dataKeys} are taken`,
    ).fault;
  }
  for (const [key, value] of entries) {
    const at = `${place}.${key.slice(0, EVENT_LIMITS.dataKeyLength)}`;
    if (key === '' || key.length > EVENT_LIMITS.dataKeyLength)
      return fault('too_large', at, `${at}: bad key length`).fault;
    if (typeof value !== 'string') return fault('type', at, `${at} must be a string`).fault;
    if (value.length > EVENT_LIMITS.dataValueLength) {
      return fault(
        'too_large',
        at,
        `${at} has ${value.length} characters; at most ${EVENT_LIMITS.dataValueLength} are taken`,
      ).fault;
    }
  }
  return undefined;
}

/** A known type must come from its source and have its required keys, of their kind. */
function vocabularyFault(event: ObservationEvent, place: string): Fault | undefined {
  const row = eventTypeRow(event.type);
  if (row === undefined) return undefined;
  if (event.source !== row.source) {
    return fault(
      'source',
      `${place}.source`,
      `${event.type} comes from ${row.source}, not from ${event.source}`,
    ).fault;
  }
  for (const [key, spec] of Object.entries(row.data)) {
    const value = event.data[key];
    const at = `${place}.data.${key}`;
    if (value === undefined) {
      if (spec.required === true)
        return fault('missing', at, `${event.type} needs data.${key}: ${spec.meaning}`).fault;
      continue;
    }
    if (spec.kind === 'integer' && !/^-?\d{1,19}$/.test(value)) {
      return fault('type', at, `${at} must hold an integer`).fault;
    }
    if (spec.kind === 'boolean' && value !== 'true' && value !== 'false') {
      return fault('type', at, `${at} must be true or false`).fault;
    }
  }
  return undefined;
}

/**
 * Checks anything against the shape and the vocabulary of events. Types and keys that this version does not
 * know pass: they may come from a newer minor version. Unknown top-level fields are left out of the value.
 *
 * @param place what to call the input in a fault, e.g. `events[3]`
 */
export function checkEvent(input: unknown, place = 'event'): Result<ObservationEvent> {
  if (!isFields(input)) return fault('type', place, `${place} must be an object`);
  const faults =
    nameFault(input['id'], `${place}.id`, EVENT_LIMITS.idLength) ??
    timestampFault(input['timestamp'], `${place}.timestamp`) ??
    (isSource(input['source'])
      ? undefined
      : fault('unknown', `${place}.source`, `${place}.source is no source of Tapio`).fault) ??
    nameFault(input['type'], `${place}.type`, EVENT_LIMITS.nameLength) ??
    firstFault(REQUIRED_NAMES, (name) =>
      nameFault(input[name], `${place}.${name}`, EVENT_LIMITS.nameLength),
    ) ??
    firstFault(OPTIONAL_NAMES, (name) =>
      input[name] === undefined
        ? undefined
        : nameFault(input[name], `${place}.${name}`, EVENT_LIMITS.nameLength),
    ) ??
    pidFault(input['pid'], `${place}.pid`) ??
    dataFault(input['data'], `${place}.data`);
  if (faults !== undefined) return { ok: false, fault: faults };
  const event = pick(input);
  const known = vocabularyFault(event, place);
  return known === undefined ? ok(event) : { ok: false, fault: known };
}

function firstFault<T>(items: readonly T[], check: (item: T) => Fault | undefined): Fault | undefined {
  for (const item of items) {
    const found = check(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function pidFault(value: unknown, place: string): Fault | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)) return undefined;
  return fault('type', place, `${place} must be a non-negative integer`).fault;
}

/** Only called on a checked input. */
function pick(input: Fields): ObservationEvent {
  const event: Record<string, unknown> = {
    id: input['id'],
    timestamp: input['timestamp'],
    source: input['source'],
    type: input['type'],
    cluster: input['cluster'],
    node: input['node'],
  };
  if (input['pid'] !== undefined) event['pid'] = input['pid'];
  for (const name of OPTIONAL_NAMES) if (input[name] !== undefined) event[name] = input[name];
  event['data'] = input['data'];
  return event as unknown as ObservationEvent;
}
