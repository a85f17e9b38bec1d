import { createHash } from 'node:crypto';
import type { Fault, RejectedRecord } from '@tapio/domain';
import { STREAMS, deadLetterSubject } from '@tapio/domain';
import { headers as natsHeaders } from '@nats-io/transport-node';
import type { MsgHdrs } from '@nats-io/transport-node';
import { toStoreError } from './errors.ts';
import type { SignalMessage } from './signal-reader.ts';
import type { Stream } from './stream.ts';
import { waitMs } from './wait.ts';

/** Headers of a dead letter beside those of the message that it was. */
export const DEAD_LETTER_HEADER = {
  /** Code of the fault. */
  reason: 'Tapio-Dead-Reason',
  /** Where in the message. */
  place: 'Tapio-Dead-Place',
  message: 'Tapio-Dead-Message',
  subject: 'Tapio-Dead-Subject',
  stream: 'Tapio-Dead-Stream',
  sequence: 'Tapio-Dead-Sequence',
  /** Size and SHA-256 of a payload that was too large to be sent again. */
  omitted: 'Tapio-Dead-Omitted',
} as const;

export interface DeadLetterContext {
  readonly cluster: string;
  /** Identity of the stream that the message was read from. */
  readonly identity: string;
  readonly signal?: AbortSignal;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** Room for headers within the server's `max_payload`. */
const HEADER_ROOM_BYTES = 16 * 1024;
const RECORD_TEXT_LENGTH = 64 * 1024;

/**
 * Stores a message that can't be taken as it came, with the reason. Waits, over any outage, until the server has
 * it: only then may the reader move on. @throws StoreError `aborted`
 */
export async function deadLetter(
  stream: Stream,
  message: SignalMessage,
  reason: Fault,
  context: DeadLetterContext,
): Promise<void> {
  const headers = reasonHeaders(message, reason, context);
  for (const [name, value] of Object.entries(message.headers)) {
    if (!name.startsWith('Nats-')) headers.set(name, value);
  }
  const limit = (stream.connection.info?.max_payload ?? 1024 * 1024) - HEADER_ROOM_BYTES;
  let payload = message.payload;
  if (payload.byteLength > limit) {
    const sha256 = createHash('sha256').update(payload).digest('hex');
    headers.set(DEAD_LETTER_HEADER.omitted, `${payload.byteLength} bytes, sha256 ${sha256}`);
    payload = new Uint8Array(0);
  }
  await publish(stream, { message, context, headers, payload, discriminator: 'message' });
}

/** Stores one refused record of a batch whose other records are taken, as JSON. */
export async function deadLetterRecord(
  stream: Stream,
  message: SignalMessage,
  rejected: RejectedRecord,
  context: DeadLetterContext,
): Promise<void> {
  const headers = reasonHeaders(message, rejected.fault, context);
  headers.set('Content-Type', 'application/json');
  const letter = {
    subject: message.subject,
    sequence: message.sequence,
    producer: message.header?.producer,
    batch: message.header?.batch,
    index: rejected.index,
    fault: rejected.fault,
    record: recordText(rejected.record),
  };
  const payload = new TextEncoder().encode(JSON.stringify(letter));
  await publish(stream, { message, context, headers, payload, discriminator: `record-${rejected.index}` });
}

/** The record as JSON text: its types may be any that the codec knows, and it may be large. */
function recordText(record: unknown): string {
  const text = JSON.stringify(record, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  ) as string | undefined;
  return (text ?? String(record)).slice(0, RECORD_TEXT_LENGTH);
}

function reasonHeaders(message: SignalMessage, reason: Fault, context: DeadLetterContext): MsgHdrs {
  const headers = natsHeaders();
  headers.set(DEAD_LETTER_HEADER.reason, oneLine(reason.code));
  headers.set(DEAD_LETTER_HEADER.place, oneLine(reason.place));
  headers.set(DEAD_LETTER_HEADER.message, oneLine(reason.message));
  headers.set(DEAD_LETTER_HEADER.subject, message.subject);
  headers.set(DEAD_LETTER_HEADER.stream, context.identity);
  headers.set(DEAD_LETTER_HEADER.sequence, String(message.sequence));
  return headers;
}

function oneLine(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 1024);
}

interface Letter {
  readonly message: SignalMessage;
  readonly context: DeadLetterContext;
  readonly headers: MsgHdrs;
  readonly payload: Uint8Array;
  /** Tells apart the letters of one message, so that one that is sent again is known. */
  readonly discriminator: string;
}

async function publish(stream: Stream, letter: Letter): Promise<void> {
  const { context, message } = letter;
  const subject = deadLetterSubject(context.cluster, message.node);
  const msgID = `${context.identity}/${message.sequence}/${letter.discriminator}`;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await stream.jetstream.publish(subject, letter.payload, {
        headers: letter.headers,
        msgID,
        timeout: 5_000,
        expect: { streamName: STREAMS.DEADLETTERS.name },
      });
      return;
    } catch (error) {
      const failure = toStoreError(error, context.signal);
      if (!failure.retryable) throw failure;
      await waitMs(pauseMs, context.signal);
    }
  }
}
