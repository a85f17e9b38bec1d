import type { CompleteThrough } from '@tapio/domain';
import type { DeadLetterContext, SignalBatch, SignalMessage, Stream } from '@tapio/store';
import { deadLetter, deadLetterRecord, recordCount } from '@tapio/store';
import type { LoaderStatus } from './status.ts';

/** Messages in a row, ready for transaction A: what could not be taken is a dead letter already. */
export interface Intake {
  readonly batches: readonly SignalBatch[];
  readonly completeThrough: readonly { readonly node: string; readonly completeThrough: CompleteThrough }[];
  readonly messages: readonly SignalMessage[];
  readonly lastSequence: number;
  readonly storedUs: number;
  /** Records of the messages. */
  readonly records: number;
  /** Those of them that became dead letters. */
  readonly dead: number;
}

/**
 * Sorts messages into what goes to the graph and what becomes a dead letter. A batch whose header could be read
 * is marked as settled even when its records could not be: it left no hole that anyone would fill.
 */
export function sortMessages(messages: readonly SignalMessage[]): Intake {
  const batches: SignalBatch[] = [];
  const completeThrough: Intake['completeThrough'][number][] = [];
  let records = 0;
  let dead = 0;
  for (const message of messages) {
    const count = recordCount(message);
    records += count;
    if (message.outcome.ok) {
      const { header, events, rejected } = message.outcome.value;
      batches.push({ header, events });
      completeThrough.push({ node: header.producer.node, completeThrough: header.completeThrough });
      dead += rejected.length;
    } else {
      if (message.header !== undefined) batches.push({ header: message.header, events: [] });
      dead += count;
    }
  }
  const last = messages.at(-1);
  return {
    batches,
    completeThrough,
    messages,
    lastSequence: last?.sequence ?? 0,
    storedUs: last?.storedUs ?? 0,
    records,
    dead,
  };
}

/** Stores dead letters of the messages and waits until the server has them. */
export async function storeDeadLetters(
  stream: Stream,
  messages: readonly SignalMessage[],
  context: DeadLetterContext,
  status: LoaderStatus,
): Promise<void> {
  for (const message of messages) {
    if (!message.outcome.ok) {
      await deadLetter(stream, message, message.outcome.fault, context);
      status.deadLetters += 1;
      continue;
    }
    for (const rejected of message.outcome.value.rejected) {
      await deadLetterRecord(stream, message, rejected, context);
      status.deadLetters += 1;
    }
  }
}
