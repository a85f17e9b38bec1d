import { expect, test } from 'vitest';
import type { BatchHeader, HeaderLookup } from './batch.ts';
import {
  BATCH_LIMITS,
  CONTENT_TYPE,
  HEADER,
  decodeBatch,
  decodeBatchHeader,
  encodeBatch,
  encodeBatchHeader,
  encodeBatchJson,
  producerKey,
} from './batch.ts';
import { containerDied } from './testing/events.ts';

const producer = { cluster: 'test', node: 'n1', lane: 'signal', incarnation: 'i1' } as const;
const origin = { cluster: 'test', node: 'n1', lane: 'signal' } as const;
const lookup =
  (headers: Record<string, string>): HeaderLookup =>
  (name) =>
    headers[name];

function header(count: number): BatchHeader {
  return { producer, batch: 7, count, completeThrough: { kernel: 1_700_000_000_000_000 } };
}

for (const [name, encode, contentType] of [
  ['msgpack', encodeBatch, CONTENT_TYPE.msgpack],
  ['json', encodeBatchJson, CONTENT_TYPE.json],
] as const) {
  test(`a ${name} batch comes back as it went`, () => {
    const events = [
      containerDied(),
      containerDied({ id: 'other', data: { ...containerDied().data, reason: 'Errör' } }),
    ];
    const decoded = decodeBatch(encode(events), contentType, header(2));
    expect(decoded).toEqual({ ok: true, value: { header: header(2), events, rejected: [] } });
  });
}

test('headers come back as they went', () => {
  expect(decodeBatchHeader(lookup(encodeBatchHeader(header(3))), origin)).toEqual({
    ok: true,
    value: header(3),
  });
});

test('the same batch always has the same message id, and no other has it', () => {
  const id = (h: BatchHeader): string | undefined => encodeBatchHeader(h)[HEADER.messageId];
  expect(id(header(3))).toBe(id(header(3)));
  expect(id({ ...header(3), batch: 8 })).not.toBe(id(header(3)));
  expect(id({ ...header(3), producer: { ...producer, lane: 'bulk' } })).not.toBe(id(header(3)));
  expect(producerKey({ ...producer, node: 'a/b' })).not.toBe(
    producerKey({ ...producer, node: 'a', lane: 'signal' }),
  );
});

test('a malformed record does not take its neighbours with it, and is named', () => {
  const good = containerDied();
  const payload = encodeBatchJson([good, { ...good, timestamp: 1.5 }, good]);
  const decoded = decodeBatch(payload, CONTENT_TYPE.json, header(3));
  expect(decoded.ok && decoded.value.events).toHaveLength(2);
  expect(decoded.ok && decoded.value.rejected).toMatchObject([
    { index: 1, fault: { code: 'type', place: 'events[1].timestamp' } },
  ]);
});

test('an event of another cluster or node than its subject is refused', () => {
  const payload = encodeBatchJson([
    containerDied({ cluster: 'else' }),
    containerDied({ node: 'n2' }),
    containerDied(),
  ]);
  const decoded = decodeBatch(payload, CONTENT_TYPE.json, header(3));
  expect(decoded.ok && decoded.value.events).toHaveLength(1);
  expect(decoded.ok && decoded.value.rejected.map((r) => r.fault.place)).toEqual([
    'events[0].cluster',
    'events[1].node',
  ]);
});

test('an unknown type and unknown data keys of a newer minor version are read', () => {
  const event = { ...containerDied(), type: 'container_paused', data: { anything: 'x' } };
  const decoded = decodeBatch(encodeBatchJson([event]), CONTENT_TYPE.json, header(1));
  expect(decoded.ok && decoded.value.events).toEqual([event]);
});

test('payloads that are no batch are refused with their place', () => {
  const cases: readonly [Uint8Array, string, number, string][] = [
    [encodeBatch([containerDied()]).slice(0, -9), CONTENT_TYPE.msgpack, 1, 'malformed'],
    [new TextEncoder().encode('{"a":'), CONTENT_TYPE.json, 1, 'malformed'],
    [new TextEncoder().encode('{}'), CONTENT_TYPE.json, 1, 'type'],
    [encodeBatch([containerDied()]), CONTENT_TYPE.msgpack, 2, 'count'],
    [encodeBatch([containerDied()]), 'text/plain', 1, 'content_type'],
    [new Uint8Array(BATCH_LIMITS.sizeBytes + 1), CONTENT_TYPE.msgpack, 1, 'too_large'],
  ];
  for (const [payload, contentType, count, code] of cases) {
    const decoded = decodeBatch(payload, contentType, header(count));
    expect(decoded.ok ? 'taken' : decoded.fault.code).toBe(code);
  }
});

test('a newer minor schema is read, a newer major is refused with what to do', () => {
  const headers = encodeBatchHeader(header(1));
  expect(decodeBatchHeader(lookup({ ...headers, [HEADER.schema]: '1.9' }), origin).ok).toBe(true);
  const newer = decodeBatchHeader(lookup({ ...headers, [HEADER.schema]: '2.0' }), origin);
  expect(newer.ok ? '' : newer.fault.message).toContain('upgrade the loader');
});

test('broken headers are refused by name', () => {
  const good = encodeBatchHeader(header(1));
  const broken: readonly [string, string][] = [
    [HEADER.schema, 'one'],
    [HEADER.incarnation, ''],
    [HEADER.batch, '0'],
    [HEADER.batch, '1e99'],
    [HEADER.count, '-1'],
    [HEADER.count, String(BATCH_LIMITS.events + 1)],
    [HEADER.completeThrough, '{'],
    [HEADER.completeThrough, '[]'],
    [HEADER.completeThrough, '{"kernel":"now"}'],
  ];
  for (const [name, value] of broken) {
    const decoded = decodeBatchHeader(lookup({ ...good, [name]: value }), origin);
    expect(decoded.ok ? 'taken' : decoded.fault.place).toContain(name);
  }
});

test('completeness of a source that this version does not know is left out', () => {
  const headers = { ...encodeBatchHeader(header(1)), [HEADER.completeThrough]: '{"kernel":5,"mars":6}' };
  const decoded = decodeBatchHeader(lookup(headers), origin);
  expect(decoded.ok && decoded.value.completeThrough).toEqual({ kernel: 5 });
});
