import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { encodeFrame } from './encode.ts';
import { field } from './field.ts';
import { Frame } from './frame.ts';

const LIMITS = { maxRows: 10, maxBytes: 1000 };

function metaOf(bytes: Uint8Array): Record<string, unknown> {
  return JSON.parse(tableFromIPC(bytes).schema.metadata.get('meta') ?? '{}') as Record<string, unknown>;
}

describe('an encoded frame', () => {
  test('is an Arrow file, not a stream', () => {
    const { bytes } = encodeFrame(new Frame('f', [field('a', 'int8', [1])]));
    expect(Buffer.from(bytes.subarray(0, 6)).toString()).toBe('ARROW1');
    expect(Buffer.from(bytes.subarray(-6)).toString()).toBe('ARROW1');
  });

  test('carries name, refId, meta, labels and config as text', () => {
    const frame = new Frame(
      'f',
      [
        field('a', 'float64', [1], { labels: { pod: 'x' }, config: { unit: 's' } }),
        field('b', 'string', ['y']),
      ],
      { refId: 'A', meta: { type: 'table', custom: { k: 1 } } },
    );
    const { schema } = tableFromIPC(encodeFrame(frame).bytes);
    expect(schema.metadata.get('name')).toBe('f');
    expect(schema.metadata.get('refId')).toBe('A');
    expect(JSON.parse(schema.metadata.get('meta') ?? '')).toEqual({ type: 'table', custom: { k: 1 } });
    expect(schema.fields[0]?.metadata.get('labels')).toBe('{"pod":"x"}');
    expect(schema.fields[0]?.metadata.get('config')).toBe('{"unit":"s"}');
    expect([...(schema.fields[1]?.metadata.keys() ?? [])]).toEqual([]);
  });

  test('types are explicit and no column is a dictionary', () => {
    const frame = new Frame('f', [
      field('s', 'string', ['a', 'a']),
      field('t', 'time', [1, 2]),
      field('j', 'json', [{}, []]),
      field('u', 'uint64', [1, 2]),
    ]);
    const { schema } = tableFromIPC(encodeFrame(frame).bytes);
    expect(schema.fields.map(({ type }) => String(type))).toEqual([
      'Utf8',
      'Timestamp<NANOSECOND>',
      'Binary',
      'Uint64',
    ]);
    expect(schema.dictionaries.size).toBe(0);
  });

  test('may have no rows or no fields', () => {
    expect(tableFromIPC(encodeFrame(new Frame('f', [field('a', 'string', [])])).bytes).numRows).toBe(0);
    expect(tableFromIPC(encodeFrame(new Frame('f', [])).bytes).numCols).toBe(0);
  });

  test('gives back every text and every 64-bit integer', () => {
    const text = fc.string({ unit: 'binary' });
    const row = fc.tuple(fc.option(text), fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
        const frame = new Frame('f', [
          field(
            's',
            'string',
            rows.map(([value]) => value),
          ),
          field(
            'n',
            'int64',
            rows.map(([, value]) => value),
          ),
          field(
            't',
            'time',
            rows.map(([, value]) => value),
          ),
        ]);
        const table = tableFromIPC(encodeFrame(frame).bytes);
        rows.forEach(([string, integer], index) => {
          expect(table.getChild('s')?.get(index)).toBe(string);
          expect(table.getChild('n')?.get(index)).toBe(integer);
          const times = table.getChild('t')?.data[0];
          if (integer !== null) expect((times?.values as BigInt64Array)[index]).toBe(integer);
        });
      }),
    );
  });
});

describe('limits', () => {
  test('cut at the row limit and say so', () => {
    const encoded = encodeFrame(
      new Frame('f', [
        field(
          'n',
          'int8',
          Array.from({ length: 12 }, () => 1),
        ),
      ]),
      LIMITS,
    );
    expect([encoded.rowCount, encoded.rowsCut]).toEqual([10, 2]);
    expect(metaOf(encoded.bytes)['notices']).toEqual([
      {
        severity: 'warning',
        text: expect.stringContaining('first 10 of 12 rows, the limit being 10 rows') as string,
      },
    ]);
  });

  test('cut at the byte limit, counting the bytes of texts', () => {
    const frame = new Frame('f', [
      field(
        's',
        'string',
        Array.from({ length: 10 }, () => 'ä'.repeat(100)),
      ),
    ]);
    const encoded = encodeFrame(frame, LIMITS);
    expect([encoded.rowCount, encoded.rowsCut]).toEqual([4, 6]);
    expect(JSON.stringify(metaOf(encoded.bytes))).toContain('the limit being 1,000 bytes');
  });

  test('are not reached by a frame of exactly their size', () => {
    const encoded = encodeFrame(
      new Frame('f', [
        field(
          'n',
          'int8',
          Array.from({ length: 10 }, () => 1),
        ),
      ]),
      LIMITS,
    );
    expect([encoded.rowsCut, metaOf(encoded.bytes)]).toEqual([0, {}]);
  });

  test('keep notices that the frame had', () => {
    const frame = new Frame(
      'f',
      [
        field(
          'n',
          'int8',
          Array.from({ length: 11 }, () => 1),
        ),
      ],
      {
        meta: { notices: [{ severity: 'info', text: 'first' }] },
      },
    );
    expect(metaOf(encodeFrame(frame, LIMITS).bytes)['notices']).toMatchObject([
      { text: 'first' },
      { severity: 'warning' },
    ]);
  });

  test('refuse a frame whose rows belong together', () => {
    const frame = new Frame(
      'nodes',
      [
        field(
          'n',
          'int8',
          Array.from({ length: 11 }, () => 1),
        ),
      ],
      { overflow: 'refuse' },
    );
    expect(() => encodeFrame(frame, LIMITS)).toThrow(/larger than 10 rows \(frame "nodes", 11 rows\)/);
  });
});

test('fields of different length are refused', () => {
  expect(() => new Frame('f', [field('a', 'int8', [1]), field('b', 'int8', [])])).toThrow(
    'field "b" has 0 values, field "a" has 1',
  );
});
