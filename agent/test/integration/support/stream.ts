import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { BatchHeader, Lane, ObservationEvent } from '@tapio/domain';
import { decodeBatch, decodeBatchHeader, parseObservationSubject } from '@tapio/domain';

export interface StoredBatch {
  readonly header: BatchHeader;
  readonly events: readonly ObservationEvent[];
}

/** Everything that a stream holds, decoded and checked as a loader would. */
export async function readStream(url: string, name: 'SIGNALS' | 'BULK'): Promise<readonly StoredBatch[]> {
  const connection = await connect({ servers: url });
  try {
    const { state } = await (await jetstreamManager(connection)).streams.info(name);
    const batches: StoredBatch[] = [];
    if (state.messages === 0) return batches;
    const consumer = await jetstream(connection).consumers.get(name, {});
    for await (const message of await consumer.consume()) {
      const origin = parseObservationSubject(message.subject);
      if (origin === undefined) throw new Error(`a message of an unknown subject: ${message.subject}`);
      const header = decodeBatchHeader((key) => message.headers?.get(key), origin);
      if (!header.ok) throw new Error(header.fault.message);
      const decoded = decodeBatch(message.data, message.headers?.get('Content-Type') ?? '', header.value);
      if (!decoded.ok) throw new Error(decoded.fault.message);
      const [rejected] = decoded.value.rejected;
      if (rejected !== undefined) throw new Error(`${rejected.fault.place}: ${rejected.fault.message}`);
      batches.push({ header: header.value, events: decoded.value.events });
      if (message.info.pending === 0) break;
    }
    return batches;
  } finally {
    await connection.close();
  }
}

export async function readEvents(
  url: string,
  name: 'SIGNALS' | 'BULK',
): Promise<readonly ObservationEvent[]> {
  return (await readStream(url, name)).flatMap(({ events }) => events);
}

/** Batch numbers of each incarnation that are missing or there twice. */
export function brokenNumbers(batches: readonly StoredBatch[], lane: Lane): readonly string[] {
  const numbers = new Map<string, number[]>();
  for (const { header } of batches) {
    if (header.producer.lane !== lane) continue;
    const list = numbers.get(header.producer.incarnation) ?? [];
    list.push(header.batch);
    numbers.set(header.producer.incarnation, list);
  }
  return [...numbers].flatMap(([incarnation, list]) => {
    const sorted = list.toSorted((a, b) => a - b);
    return sorted
      .flatMap((number, index) =>
        number === index + 1 ? [] : [`${incarnation}: ${number} in place of ${index + 1}`],
      )
      .slice(0, 3);
  });
}
