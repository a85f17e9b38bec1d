import { Packr } from 'msgpackr';
import { checkEvent } from './check.ts';
import type { Lane, ObservationEvent } from './event.ts';
import type { Fault, Result } from './result.ts';
import { fault, ok } from './result.ts';
import type { Source } from './sources.ts';
import { isSource } from './sources.ts';

/**
 * A batch is one message of a stream: up to `BATCH_LIMITS.events` events of one source and lane of one node,
 * with headers. It never changes once it is spooled: the same batch number always has the same bytes.
 */
export const BATCH_LIMITS = { events: 2000, sizeBytes: 768 * 1024 } as const;

/** Version of events and headers. A newer minor is read, a newer major is dead-lettered whole. */
export const SCHEMA_VERSION = { major: 1, minor: 0 } as const;

export const CONTENT_TYPE = {
  msgpack: 'application/vnd.tapio.events+msgpack',
  json: 'application/vnd.tapio.events+json',
} as const;

export const HEADER = {
  contentType: 'Content-Type',
  schema: 'Tapio-Schema',
  incarnation: 'Tapio-Incarnation',
  batch: 'Tapio-Batch',
  count: 'Tapio-Count',
  completeThrough: 'Tapio-Complete-Through',
  messageId: 'Nats-Msg-Id',
} as const;

/**
 * For each source of the node: all it saw up to this time (Unix microseconds) is in this batch, in an earlier
 * one of the producer, or counted in a gap.
 */
export type CompleteThrough = Readonly<Partial<Record<Source, number>>>;

/** Who numbers batches: one spool of one node in one lane. */
export interface Producer {
  readonly cluster: string;
  readonly node: string;
  readonly lane: Lane;
  /** Made when the spool is made: numbers start anew only with a new incarnation. */
  readonly incarnation: string;
}

export interface BatchHeader {
  readonly producer: Producer;
  /** From 1, contiguous within the producer. */
  readonly batch: number;
  readonly count: number;
  readonly completeThrough: CompleteThrough;
}

export interface DecodedBatch {
  readonly header: BatchHeader;
  readonly events: readonly ObservationEvent[];
  /** Records that were refused: the rest of the batch is taken all the same. */
  readonly rejected: readonly RejectedRecord[];
}

export interface RejectedRecord {
  readonly index: number;
  readonly fault: Fault;
  /** As it was decoded, unchecked: for the dead letter. */
  readonly record?: unknown;
}

/** Records are inline in each message: a stored message must be readable alone. */
const packr = new Packr({ useRecords: true, mapsAsObjects: true, maxSharedStructures: 0 });

/** Key under which a producer's marks are kept. */
export function producerKey(producer: Producer): string {
  return [producer.cluster, producer.node, producer.lane, producer.incarnation]
    .map((p) => p.replaceAll('%', '%25').replaceAll('/', '%2F'))
    .join('/');
}

export function encodeBatch(events: readonly ObservationEvent[]): Uint8Array {
  return packr.pack(events);
}

export function encodeBatchJson(events: readonly ObservationEvent[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(events));
}

/** Headers of a batch as they go on the wire. */
export function encodeBatchHeader(
  header: BatchHeader,
  contentType: string = CONTENT_TYPE.msgpack,
): Record<string, string> {
  return {
    [HEADER.contentType]: contentType,
    [HEADER.schema]: `${SCHEMA_VERSION.major}.${SCHEMA_VERSION.minor}`,
    [HEADER.incarnation]: header.producer.incarnation,
    [HEADER.batch]: String(header.batch),
    [HEADER.count]: String(header.count),
    [HEADER.completeThrough]: JSON.stringify(header.completeThrough),
    [HEADER.messageId]: `${producerKey(header.producer)}/${header.batch}`,
  };
}

/** How a reader gets at the headers of a message, whatever its client calls them. */
export type HeaderLookup = (name: string) => string | undefined;

/** Where a batch came from, as its subject says. */
export type BatchOrigin = Pick<Producer, 'cluster' | 'node' | 'lane'>;

export function decodeBatchHeader(lookup: HeaderLookup, origin: BatchOrigin): Result<BatchHeader> {
  const schema = /^(\d+)\.(\d+)$/.exec(lookup(HEADER.schema) ?? '');
  if (schema === null)
    return fault('missing', `header ${HEADER.schema}`, 'the schema version is missing or malformed');
  if (Number(schema[1]) > SCHEMA_VERSION.major) {
    return fault(
      'newer_schema',
      `header ${HEADER.schema}`,
      `schema ${schema[0]} is newer than ${SCHEMA_VERSION.major}.x: upgrade the loader, then replay the dead letters`,
    );
  }
  const incarnation = lookup(HEADER.incarnation) ?? '';
  if (incarnation === '' || incarnation.length > 128) {
    return fault(
      'missing',
      `header ${HEADER.incarnation}`,
      'the producer’s incarnation is missing or too long',
    );
  }
  const batch = positiveInteger(lookup(HEADER.batch));
  if (batch === undefined)
    return fault('type', `header ${HEADER.batch}`, 'the batch number must be an integer from 1');
  const count = Number(lookup(HEADER.count) ?? 'x');
  if (!Number.isSafeInteger(count) || count < 0 || count > BATCH_LIMITS.events) {
    return fault(
      'range',
      `header ${HEADER.count}`,
      `the count must be an integer from 0 to ${BATCH_LIMITS.events}`,
    );
  }
  const completeThrough = decodeCompleteThrough(lookup(HEADER.completeThrough));
  if (!completeThrough.ok) return completeThrough;
  return ok({ producer: { ...origin, incarnation }, batch, count, completeThrough: completeThrough.value });
}

function positiveInteger(textValue: string | undefined): number | undefined {
  const value = Number(textValue ?? 'x');
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function decodeCompleteThrough(textValue: string | undefined): Result<CompleteThrough> {
  const place = `header ${HEADER.completeThrough}`;
  if (textValue === undefined) return ok({});
  let parsed: unknown;
  try {
    parsed = JSON.parse(textValue);
  } catch {
    return fault('type', place, 'complete-through must be JSON');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    return fault('type', place, 'complete-through must be a map from source to microseconds');
  }
  const known: Partial<Record<Source, number>> = {};
  for (const [source, us] of Object.entries(parsed)) {
    if (!Number.isSafeInteger(us))
      return fault('type', `${place}.${source}`, 'microseconds must be an integer');
    if (isSource(source)) known[source] = us as number;
  }
  return ok(known);
}

/** Takes the payload of a message apart. A record that is refused does not take its neighbours with it. */
export function decodeBatch(
  payload: Uint8Array,
  contentType: string,
  header: BatchHeader,
): Result<DecodedBatch> {
  if (payload.byteLength > BATCH_LIMITS.sizeBytes) {
    return fault(
      'too_large',
      'payload',
      `${payload.byteLength} bytes; at most ${BATCH_LIMITS.sizeBytes} are taken`,
    );
  }
  let records: unknown;
  try {
    if (contentType === CONTENT_TYPE.msgpack) records = packr.unpack(payload);
    else if (contentType === CONTENT_TYPE.json)
      records = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    else return fault('content_type', `header ${HEADER.contentType}`, `${contentType} is not known`);
  } catch (error) {
    return fault(
      'malformed',
      'payload',
      error instanceof Error ? error.message : 'the payload can’t be decoded',
    );
  }
  if (!Array.isArray(records)) return fault('type', 'payload', 'the payload must be a list of events');
  if (records.length !== header.count) {
    return fault(
      'count',
      'payload',
      `the header counts ${header.count} events, the payload holds ${records.length}`,
    );
  }
  const events: ObservationEvent[] = [];
  const rejected: RejectedRecord[] = [];
  for (const [index, record] of records.entries()) {
    const checked = checkRecord(record, index, header);
    if (checked.ok) events.push(checked.value);
    else rejected.push({ index, fault: checked.fault, record });
  }
  return ok({ header, events, rejected });
}

/** A record of one cluster can’t claim to be of another: the subject is what a producer’s rights are tied to. */
function checkRecord(record: unknown, index: number, header: BatchHeader): Result<ObservationEvent> {
  const place = `events[${index}]`;
  const checked = checkEvent(record, place);
  if (!checked.ok) return checked;
  const { cluster, node } = header.producer;
  if (checked.value.cluster !== cluster)
    return fault('origin', `${place}.cluster`, `the batch is of cluster ${cluster}`);
  if (checked.value.node !== node) return fault('origin', `${place}.node`, `the batch is of node ${node}`);
  return checked;
}
