import { describe, expect, test } from 'vitest';

import type { Frame } from './frame.ts';
import { logsFrame } from './logs.ts';
import { TableBuilder, tableFrame } from './table.ts';
import { multiTimeSeries, wideTimeSeries, wideTimeSeriesFromRows } from './time-series.ts';

function columns(frame: Frame): Record<string, unknown[]> {
  return Object.fromEntries(
    frame.fields.map(({ name, values }) => [name, Array.from(values as ArrayLike<unknown>)]),
  );
}

describe('table', () => {
  const two = [
    { name: 'pod', type: 'string' },
    { name: 'data', type: 'json' },
  ] as const;

  test('collects rows into typed columns', () => {
    const frame = tableFrame(
      't',
      two,
      [
        ['a', { x: 1 }],
        [null, undefined],
      ],
      { refId: 'A' },
    );
    expect([frame.name, frame.refId, frame.rowCount, frame.meta.notices]).toEqual(['t', 'A', 2, undefined]);
    expect(frame.fields.map(({ type }) => type)).toEqual(['string', 'json']);
    expect(columns(frame)['pod']).toEqual(['a', null]);
  });

  test('turns rows away at its row limit, so that a reader can stop', () => {
    const builder = new TableBuilder(two, { maxRows: 1, maxBytes: 1000 });
    expect([
      builder.append(['a', 1]),
      builder.full,
      builder.append(['b', 2]),
      builder.full,
      builder.append(['c', 3]),
    ]).toEqual([true, false, false, true, false]);
    const frame = builder.toFrame('t');
    expect(frame.rowCount).toBe(1);
    expect(frame.meta.notices?.[0]?.text).toContain('first 1 rows; there are more');
  });

  test('turns rows away at its byte limit, JSON cells counted as written', () => {
    const builder = new TableBuilder(two, { maxRows: 100, maxBytes: 60 });
    expect(builder.append(['', 'x'.repeat(30)])).toBe(true);
    expect(builder.append(['', 'x'.repeat(30)])).toBe(false);
    expect(builder.rowCount).toBe(1);
  });

  test('refuses a row of another width', () => {
    expect(() => new TableBuilder(two).append(['a'])).toThrow(
      'A row of 1 cells does not fit a table of 2 columns',
    );
  });

  test('stops reading an endless source', () => {
    const endless = (function* () {
      for (;;) yield ['a', null] as const;
    })();
    expect(tableFrame('t', two, endless, { limits: { maxRows: 3, maxBytes: 1e6 } }).rowCount).toBe(3);
  });
});

describe('time series', () => {
  test('rows in any order become one ascending axis with gaps as null', () => {
    const frame = wideTimeSeriesFromRows('s', [
      { time: 3, name: 'v', labels: { a: '1', b: '2' }, value: 30 },
      { time: 1, name: 'v', labels: { b: '2', a: '1' }, value: 10 },
      { time: 2, name: 'v', labels: { a: 'x' }, value: 20 },
      { time: 2, name: 'v', labels: { a: 'x' }, value: 21 },
      { time: 2, name: 'w', value: null },
    ]);
    expect(frame.fields.map(({ name, labels, values }) => [name, labels, values])).toEqual([
      ['time', undefined, [1_000_000n, 2_000_000n, 3_000_000n]],
      ['v', { a: '1', b: '2' }, [10, null, 30]],
      ['v', { a: 'x' }, [null, 21, null]],
      ['w', undefined, [null, null, null]],
    ]);
    expect(frame.meta).toMatchObject({ type: 'timeseries-wide', typeVersion: [0, 1] });
  });

  test('times that do not ascend are refused', () => {
    expect(() => wideTimeSeries('s', [1, 1], [{ name: 'v', values: [1, 2] }])).toThrow(
      'point 1 is not later',
    );
    expect(() => multiTimeSeries([{ name: 'v', times: [2, 1], values: [1, 2] }])).toThrow(
      '"v": point 1 is not later',
    );
  });

  test('the multi form has one frame per series', () => {
    const frames = multiTimeSeries([
      { name: 'a', times: [1], values: [1], labels: { x: '1' }, config: { unit: 's' } },
      { name: 'b', times: [5, 6], values: [1, 2] },
    ]);
    expect(frames.map(({ name, rowCount, meta }) => [name, rowCount, meta.type])).toEqual([
      ['a', 1, 'timeseries-multi'],
      ['b', 2, 'timeseries-multi'],
    ]);
    expect(frames[0]?.fields[1]).toMatchObject({ labels: { x: '1' }, config: { unit: 's' } });
  });
});

describe('logs', () => {
  test('have only the columns that some line has', () => {
    expect(Object.keys(columns(logsFrame('l', [{ time: 1, body: 'x' }])))).toEqual(['timestamp', 'body']);
  });

  test('fill what a line lacks', () => {
    const frame = logsFrame('l', [
      { time: 1, body: 'x', severity: 'error', id: '1', labels: { pod: 'a' } },
      { time: 2, body: 'y' },
    ]);
    expect(columns(frame)).toEqual({
      timestamp: [1, 2],
      body: ['x', 'y'],
      severity: ['error', 'unknown'],
      id: ['1', undefined],
      labels: [{ pod: 'a' }, {}],
    });
    expect(frame.meta).toMatchObject({ type: 'log-lines', preferredVisualisationType: 'logs' });
  });
});
