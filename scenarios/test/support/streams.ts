import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { connect } from '@nats-io/transport-node';
import type { BatchHeader, ObservationEvent } from '@tapio/domain';
import { HEADER, decodeBatch, decodeBatchHeader, parseObservationSubject } from '@tapio/domain';

export interface StoredBatch {
  /** Of the message in its stream. */
  readonly sequence: number;
  readonly header: BatchHeader;
  readonly events: readonly ObservationEvent[];
}

interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly seq: number;
  readonly headers?: { get(key: string): string } | undefined;
}

/** What a stream still holds, decoded as a loader would. */
export async function readStream(url: string, name: 'SIGNALS' | 'BULK'): Promise<readonly StoredBatch[]> {
  return connected(url, async (connection) => {
    const batches: StoredBatch[] = [];
    const { state } = await (await jetstreamManager(connection)).streams.info(name);
    if (state.messages === 0) return batches;
    const consumer = await jetstream(connection).consumers.get(name, {});
    for await (const message of await consumer.consume()) {
      batches.push(decode(message));
      if (message.info.pending === 0) break;
    }
    return batches;
  });
}

/** The last message of a stream; undefined while there is none. */
export async function lastBatch(url: string, name: 'SIGNALS' | 'BULK'): Promise<StoredBatch | undefined> {
  return connected(url, async (connection) => {
    const { streams } = await jetstreamManager(connection);
    const { state } = await streams.info(name);
    const message = state.messages === 0 ? null : await streams.getMessage(name, { seq: state.last_seq });
    return message === null
      ? undefined
      : decode({ subject: message.subject, data: message.data, seq: message.seq, headers: message.header });
  });
}

export async function deadLetters(url: string): Promise<number> {
  return connected(url, async (connection) => {
    const { state } = await (await jetstreamManager(connection)).streams.info('DEADLETTERS');
    return state.messages;
  });
}

/** Batch numbers of a lane that are missing or there twice, and batches of a second incarnation. */
export function brokenNumbers(batches: readonly StoredBatch[]): readonly string[] {
  const [first] = batches;
  const broken: string[] = [];
  const numbers: number[] = [];
  for (const { header } of batches) {
    if (header.producer.incarnation === first?.header.producer.incarnation) numbers.push(header.batch);
    else broken.push(`batch ${header.batch} is of incarnation ${header.producer.incarnation}`);
  }
  for (const [index, number] of numbers.toSorted((a, b) => a - b).entries())
    if (number !== index + 1) return [...broken, `batch ${number} stands in the place of ${index + 1}`];
  return broken;
}

function decode(message: Message): StoredBatch {
  const origin = parseObservationSubject(message.subject);
  if (origin === undefined) throw new Error(`a message of an unknown subject: ${message.subject}`);
  const header = decodeBatchHeader((key) => message.headers?.get(key), origin);
  if (!header.ok) throw new Error(header.fault.message);
  const contentType = message.headers?.get(HEADER.contentType) ?? '';
  const decoded = decodeBatch(message.data, contentType, header.value);
  if (!decoded.ok) throw new Error(decoded.fault.message);
  const [rejected] = decoded.value.rejected;
  if (rejected !== undefined) throw new Error(`${rejected.fault.place}: ${rejected.fault.message}`);
  return { sequence: message.seq, header: header.value, events: decoded.value.events };
}

async function connected<T>(url: string, work: (connection: NatsConnection) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: url });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
