import { describe, expect, test } from 'vitest';

import { encodeFrame } from './encode.ts';
import { nodeGraph, type GraphEdge, type GraphNode } from './node-graph.ts';
import type { Frame } from './frame.ts';

const NODES: readonly GraphNode[] = [{ id: '1' }, { id: '2' }];

function values(frame: Frame, name: string): unknown[] | undefined {
  const found = frame.fields.find((candidate) => candidate.name === name);
  return found === undefined ? undefined : Array.from(found.values as ArrayLike<unknown>);
}

function noticesOf(nodes: readonly GraphNode[], edges: readonly GraphEdge[], limits = {}) {
  const graph = nodeGraph(nodes, edges, limits);
  return {
    texts: graph.frames[0].meta.notices?.map(({ text }) => text) ?? [],
    edgeIds: values(graph.frames[1], 'id'),
    nodeIds: values(graph.frames[0], 'id'),
    leftOut: [graph.nodesLeftOut, graph.edgesLeftOut],
  };
}

describe('what is left out', () => {
  test('nothing of a whole graph, and no notice is given', () => {
    expect(noticesOf(NODES, [{ id: 'e', source: '1', target: '2' }])).toEqual({
      texts: [],
      edgeIds: ['e'],
      nodeIds: ['1', '2'],
      leftOut: [0, 0],
    });
  });

  test('edges to and from absent nodes, counted', () => {
    const seen = noticesOf(NODES, [
      { id: 'a', source: '1', target: 'x' },
      { id: 'b', source: 'x', target: '2' },
      { id: 'c', source: '2', target: '1' },
    ]);
    expect(seen.edgeIds).toEqual(['c']);
    expect(seen.leftOut).toEqual([0, 2]);
    expect(seen.texts).toEqual(['2 edges are left out: one of their nodes is not in the result.']);
  });

  test('nodes above the limit together with their edges', () => {
    const seen = noticesOf([...NODES, { id: '3' }], [{ id: 'a', source: '1', target: '3' }], { maxNodes: 2 });
    expect(seen).toMatchObject({ nodeIds: ['1', '2'], edgeIds: [], leftOut: [1, 1] });
    expect(seen.texts[0]).toBe('1 node is left out: the limit is 2.');
  });

  test('edges above the limit', () => {
    const edges = ['a', 'b', 'c'].map((id) => ({ id, source: '1', target: '2' }));
    expect(noticesOf(NODES, edges, { maxEdges: 1 })).toMatchObject({
      edgeIds: ['a'],
      texts: ['2 edges are left out: the limit is 1.'],
    });
  });

  test('rows that repeat an id, the first of them kept', () => {
    const seen = noticesOf(
      [
        { id: '1', title: 'first' },
        { id: '1', title: 'second' },
      ],
      [],
    );
    expect(seen).toMatchObject({
      nodeIds: ['1'],
      texts: ['1 row repeats the id of another and is left out.'],
    });
  });
});

describe('fields', () => {
  const [nodes, edges] = nodeGraph(
    [
      {
        id: '1',
        title: 'a',
        mainStat: 1,
        arcs: { bad: 1, good: 3 },
        highlighted: true,
        details: { 'exit code': '137' },
      },
      { id: '2', mainStat: 2, nodeRadius: 40 },
      { id: '3', arcs: { good: 0 } },
    ],
    [
      {
        id: 'e',
        source: '1',
        target: '2',
        thickness: 3,
        mainStat: 'x',
        strokeDasharray: '4 2',
        color: 'red',
      },
    ],
    { arcColors: { bad: 'red' }, mainStat: { unit: 's' }, refId: 'A' },
  ).frames;

  test("are only those that some row has, in the panel's spelling", () => {
    expect(nodes.fields.map(({ name }) => name)).toEqual([
      'id',
      'title',
      'mainstat',
      'arc__bad',
      'arc__good',
      'noderadius',
      'highlighted',
      'detail__exit_code',
    ]);
    expect(edges.fields.map(({ name }) => name)).toEqual([
      'id',
      'source',
      'target',
      'mainstat',
      'thickness',
      'color',
      'strokedasharray',
    ]);
  });

  test('arcs sum to one, or are zero where a node has none', () => {
    expect([values(nodes, 'arc__bad'), values(nodes, 'arc__good')]).toEqual([
      [0.25, 0, 0],
      [0.75, 0, 0],
    ]);
    expect(nodes.fields.find(({ name }) => name === 'arc__bad')?.config?.color).toEqual({
      mode: 'fixed',
      fixedColor: 'red',
    });
  });

  test('keep the type of what they hold', () => {
    const typeOf = (frame: Frame, name: string) =>
      frame.fields.find((candidate) => candidate.name === name)?.type;
    expect([typeOf(nodes, 'mainstat'), typeOf(nodes, 'highlighted'), typeOf(edges, 'mainstat')]).toEqual([
      'float64',
      'boolean',
      'string',
    ]);
    const mixed = nodeGraph(
      [
        { id: '1', mainStat: 1 },
        { id: '2', mainStat: 'x' },
      ],
      [],
    ).frames[0];
    expect([typeOf(mixed, 'mainstat'), values(mixed, 'mainstat')]).toEqual(['string', ['1', 'x']]);
  });

  test('both frames ask for the node graph, and are never cut in the middle', () => {
    for (const frame of [nodes, edges]) {
      expect([frame.refId, frame.meta.preferredVisualisationType]).toEqual(['A', 'nodeGraph']);
    }
    expect(() => encodeFrame(nodes, { maxRows: 1, maxBytes: 1e6 })).toThrow(/larger than 1 rows/);
  });

  test('an empty graph is two empty frames', () => {
    expect(nodeGraph([], []).frames.map(({ name, rowCount }) => [name, rowCount])).toEqual([
      ['nodes', 0],
      ['edges', 0],
    ]);
  });
});
