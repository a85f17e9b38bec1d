import type { BatchHeader, ObservationEvent } from '@tapio/domain';
import { fault, ok } from '@tapio/domain';
import type { SignalMessage } from '@tapio/store';
import { expect, test } from 'vitest';
import { sortMessages } from './intake.ts';

const header = (batch: number, count: number): BatchHeader => ({
  producer: { cluster: 'c', node: 'n', lane: 'signal', incarnation: 'i' },
  batch,
  count,
  completeThrough: { kernel: batch },
});
const base = { subject: 's', node: 'n', payload: new Uint8Array(), headers: {} };
const event = { id: 'e' } as ObservationEvent;

test('records are accounted for, whatever became of them', () => {
  const bad = fault('range', 'events[1]', 'bad');
  const messages: SignalMessage[] = [
    {
      ...base,
      sequence: 4,
      storedUs: 40,
      header: header(1, 2),
      outcome: ok({
        header: header(1, 2),
        events: [event],
        rejected: [{ index: 1, fault: bad.fault, record: {} }],
      }),
    },
    { ...base, sequence: 6, storedUs: 60, header: header(2, 5), outcome: bad },
    { ...base, sequence: 9, storedUs: 90, outcome: bad },
  ];
  const intake = sortMessages(messages);
  expect(intake).toMatchObject({ records: 8, dead: 7, lastSequence: 9, storedUs: 90 });
  expect(intake.batches).toEqual([
    { header: header(1, 2), events: [event] },
    { header: header(2, 5), events: [] },
  ]);
  // What a batch says of the time that it covers holds only if its records were taken.
  expect(intake.completeThrough).toEqual([{ node: 'n', completeThrough: { kernel: 1 } }]);
});
