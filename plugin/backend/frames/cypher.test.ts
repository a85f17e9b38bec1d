import { eventProperties } from '@tapio/domain';
import { containerDied, oomKill } from '@tapio/domain/testing';
import type { GraphNode, GraphRelationship, GraphValue } from '@tapio/store';
import { describe, expect, test } from 'vitest';
import { encodeFrame } from '../sdk/index.ts';
import { columnsOf, DIED_US, rows } from '../testing/fixtures.ts';
import { cypherGraph } from './cypher-graph.ts';
import { cypherTimeSeries } from './cypher-series.ts';
import { cypherTable } from './cypher-table.ts';
import { zonedTime } from './point-in-time.ts';

const died: GraphNode = {
  kind: 'node',
  elementId: '4:1',
  labels: ['Event'],
  properties: eventProperties(containerDied()),
};
const killed: GraphNode = {
  kind: 'node',
  elementId: '4:2',
  labels: ['Event'],
  properties: eventProperties(oomKill()),
};
const pod: GraphNode = {
  kind: 'node',
  elementId: '4:3',
  labels: ['Pod'],
  properties: { key: 'k', name: 'checkout-1', tags: ['a', 'b'] },
};
const causedBy: GraphRelationship = {
  kind: 'relationship',
  elementId: '5:1',
  type: 'CAUSED_BY',
  fromElementId: '4:1',
  toElementId: '4:2',
  properties: { rule: 'oom', score: 0.9 },
};

describe('a table', () => {
  test.each<[string, GraphValue[], string, unknown[]]>([
    ['whole numbers', [1, null, -2], 'int64', [1, null, -2]],
    ['numbers, some of them whole', [1, 2.5], 'float64', [1, 2.5]],
    [
      'integers that a number cannot hold, among others',
      [1, '9007199254740993'],
      'string',
      ['1', '9007199254740993'],
    ],
    ['booleans', [true, null], 'boolean', [true, null]],
    ['texts', ['a', null], 'string', ['a', null]],
    ['texts and numbers', ['a', 1, true, [1]], 'string', ['a', '1', 'true', '[1]']],
    [
      'times with a zone',
      ['2026-11-24T20:24:41.123456789Z', '2026-11-24T21:24:41+01:00[Europe/Helsinki]'],
      'time',
      [1_795_551_881_123_456_789n, 1_795_551_881_000_000_000n],
    ],
    ['times and other texts', ['2026-11-24T20:24:41Z', 'never'], 'string', ['2026-11-24T20:24:41Z', 'never']],
    [
      'points, dates and durations, which are texts',
      ['point({srid:7203, x:1, y:2})', '2026-11-24', 'P1D'],
      'string',
      ['point({srid:7203, x:1, y:2})', '2026-11-24', 'P1D'],
    ],
    ['lists and maps', [[1, 'x'], { a: { b: null } }], 'json', [[1, 'x'], { a: { b: null } }]],
    ['nothing but nulls', [null, null], 'string', [null, null]],
  ])('%s', (_, values, type, cells) => {
    const frame = cypherTable(rows(['c'], ...values.map((value) => [value])));
    expect(frame.fields[0]).toMatchObject({ name: 'c', type });
    expect(() => encodeFrame(frame)).not.toThrow();
    const shown = columnsOf(frame)['c']?.map((cell) =>
      typeof cell === 'object' && cell !== null && 'text' in cell
        ? (JSON.parse(String(cell.text)) as unknown)
        : cell,
    );
    expect(shown).toEqual(cells);
  });

  test('nodes, relationships and paths show what they hold', () => {
    const frame = cypherTable(
      rows(
        ['n', 'r', 'p'],
        [pod, causedBy, { kind: 'path', nodes: [died, killed], relationships: [causedBy] }],
      ),
    );
    const [node, relationship, path] = frame.fields.map(
      ({ values }) => JSON.parse((values[0] as { text: string }).text) as Record<string, unknown>,
    );
    expect(node).toEqual({ labels: ['Pod'], properties: { key: 'k', name: 'checkout-1', tags: ['a', 'b'] } });
    expect(relationship).toEqual({ type: 'CAUSED_BY', properties: { rule: 'oom', score: 0.9 } });
    expect(path?.['nodes']).toHaveLength(2);
  });

  test('a map with a "kind" of its own stays a map', () => {
    const frame = cypherTable(rows(['m'], [{ kind: 'node', name: 'x' }]));
    expect(JSON.parse((frame.fields[0]?.values[0] as { text: string }).text)).toEqual({
      kind: 'node',
      name: 'x',
    });
  });

  test('microseconds are a time in a column that is called so, and only there', () => {
    const frame = cypherTable(rows(['time', 'ts', 'us'], [DIED_US, DIED_US, DIED_US], [null, 5, DIED_US]));
    expect(frame.fields.map(({ type }) => type)).toEqual(['time', 'int64', 'int64']);
    expect(columnsOf(frame)['time']).toEqual([BigInt(DIED_US) * 1_000n, null]);
  });

  test('no rows are an empty table with its columns', () => {
    expect(cypherTable(rows(['a', 'b'])).fields.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  test('a time that a frame cannot hold stays text', () => {
    expect(zonedTime('1066-10-14T09:00:00Z')).toBeUndefined();
    expect(zonedTime('2026-13-41T09:00:00Z')).toBeUndefined();
  });
});

describe('a graph', () => {
  test('takes nodes and relationships from columns, paths, lists and maps, each once', () => {
    const [nodes, edges] = cypherGraph(
      rows(
        ['a', 'b'],
        [died, { deep: [[killed], causedBy] }],
        [{ kind: 'path', nodes: [died, killed], relationships: [causedBy] }, pod],
      ),
    );
    expect(columnsOf(nodes)).toMatchObject({
      id: ['4:1', '4:2', '4:3'],
      title: ['container died', 'OOM kill', 'checkout-1'],
      arc__error: [1, 1, 0],
      color: [null, null, '#56a64b'],
    });
    expect(columnsOf(edges)).toMatchObject({
      source: ['4:1'],
      target: ['4:2'],
      mainstat: ['CAUSED_BY'],
      secondarystat: ['0.90'],
    });
    for (const frame of [nodes, edges]) expect(() => encodeFrame(frame)).not.toThrow();
  });

  test('draws no edge whose nodes are not in the answer, which would break the panel, and says so', () => {
    const [nodes, edges] = cypherGraph(rows(['a', 'r'], [died, causedBy]));
    expect(edges.rowCount).toBe(0);
    expect(nodes.meta.notices?.[0]?.text).toMatch(/1 edge is left out/);
  });

  test('long details are cut and the raw data is left out', () => {
    const [nodes] = cypherGraph(
      rows(['n'], [{ ...pod, properties: { name: 'x'.repeat(600), data: '{}', missing: null } }]),
    );
    expect(String(columnsOf(nodes)['detail__name']?.[0])).toHaveLength(503);
    expect(Object.keys(columnsOf(nodes))).not.toContain('detail__data');
  });

  test('rows without a node are refused with what to return', () => {
    expect(() => cypherGraph(rows(['n'], [1]))).toThrow(/no node to draw.*RETURN path/);
    expect(cypherGraph(rows(['n'])).map(({ rowCount }) => rowCount)).toEqual([0, 0]);
  });
});

describe('time series', () => {
  test('one for each number and combination of labels, over one axis', () => {
    const frame = cypherTimeSeries(
      rows(
        ['time', 'type', 'events', 'errors'],
        [1_795_551_881_000_000, 'b', 2, null],
        [1_795_551_821_000_000, 'a', 1, 5],
        [1_795_551_881_000_000, 'a', 3, 6],
      ),
    );
    expect(frame.meta.type).toBe('timeseries-wide');
    expect(frame.fields.map(({ name, labels }) => [name, labels?.['type']])).toEqual([
      ['time', undefined],
      ['events', 'b'],
      ['errors', 'b'],
      ['events', 'a'],
      ['errors', 'a'],
    ]);
    expect(frame.fields[3]?.values).toEqual([1, 3]);
    expect(frame.fields[1]?.values).toEqual([null, 2]);
  });

  test.each<[string, GraphValue]>([
    ['seconds', 1_795_551_881],
    ['milliseconds', 1_795_551_881_000],
    ['microseconds', 1_795_551_881_000_000],
    ['nanoseconds, which come as text', '1795551881000000000'],
    ['a DATETIME', '2026-11-24T20:24:41Z'],
  ])('times as %s', (_, time) => {
    expect(Array.from(cypherTimeSeries(rows(['at', 'n'], [time, 1])).fields[0]?.values ?? [])).toEqual([
      1_795_551_881_000_000_000n,
    ]);
  });

  test('rows without a time are left out, and counted', () => {
    const frame = cypherTimeSeries(rows(['time', 'n'], [1_795_551_881, 1], [null, 2]));
    expect(frame.rowCount).toBe(1);
    expect(frame.meta.notices?.[0]?.text).toMatch(/1 rows? without a time/);
  });

  test('no rows are an empty series', () => {
    expect(cypherTimeSeries(rows(['time', 'n'])).rowCount).toBe(0);
  });

  test.each([[rows(['a', 'b'], ['x', 1])], [rows(['time', 'b'], [1_795_551_881, 'x'])]])(
    'without times or numbers it says what is needed',
    (result) => {
      expect(() => cypherTimeSeries(result)).toThrow(
        /needs a column with times and one with numbers.*\$__interval_ms/,
      );
    },
  );
});
