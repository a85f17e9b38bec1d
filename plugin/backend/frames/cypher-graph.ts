import type { GraphNode as StoreNode, GraphRelationship, GraphValue } from '@tapio/store';
import { badRequest, nodeGraph, type Frame, type GraphEdge, type GraphNode } from '../sdk/index.ts';
import type { CypherResult } from '../graph/reader.ts';
import { isList, isNode, isPath, isRelationship } from '../graph/value-kind.ts';
import { typeWords } from './event-words.ts';
import { EDGE_COLORS, labelColor, labelIcon, SEVERITY_COLORS } from './style.ts';
import { plainValue } from './cypher-table.ts';

const MAX_DETAILS = 30;
const MAX_DETAIL_LENGTH = 500;
/** Properties that the title and subtitle show, and long ones that make a poor detail. */
const LEFT_OUT: ReadonlySet<string> = new Set(['data', 'embedding']);

function textOf(value: GraphValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'string' ? value : JSON.stringify(plainValue(value));
  return text.length > MAX_DETAIL_LENGTH ? `${text.slice(0, MAX_DETAIL_LENGTH)}...` : text;
}

function detailsOf(properties: StoreNode['properties']): Record<string, string> {
  const details: Record<string, string> = {};
  for (const [key, value] of Object.entries(properties)) {
    const text = LEFT_OUT.has(key) ? undefined : textOf(value);
    if (text !== undefined && Object.keys(details).length < MAX_DETAILS) details[key] = text;
  }
  return details;
}

function timeOf(ts: GraphValue | undefined): { mainStat?: string } {
  return typeof ts === 'number' ? { mainStat: new Date(ts / 1000).toISOString().slice(11, 19) } : {};
}

function eventNode({ elementId, properties }: StoreNode): GraphNode {
  const severity = textOf(properties['severity']) ?? 'info';
  return {
    id: elementId,
    title: typeWords(textOf(properties['type']) ?? 'event'),
    subtitle: textOf(properties['summary']) ?? '',
    ...timeOf(properties['ts']),
    secondaryStat: textOf(properties['source']) ?? '',
    arcs: { [severity]: 1 },
    details: detailsOf(properties),
  };
}

function otherNode({ elementId, labels, properties }: StoreNode): GraphNode {
  const label = labels[0] ?? 'node';
  const title =
    textOf(properties['name']) ??
    textOf(properties['headline']) ??
    textOf(properties['id']) ??
    textOf(properties['key']) ??
    label;
  return {
    id: elementId,
    title,
    subtitle: labels.join(', '),
    color: labelColor(label),
    ...labelIcon(label),
    details: detailsOf(properties),
  };
}

function edgeOf({ elementId, type, fromElementId, toElementId, properties }: GraphRelationship): GraphEdge {
  const score = properties['score'];
  return {
    id: elementId,
    source: fromElementId,
    target: toElementId,
    mainStat: type,
    ...(typeof score === 'number'
      ? { secondaryStat: score.toFixed(2), thickness: 1 + 2 * Math.min(1, Math.max(0, score)) }
      : {}),
    ...(type === 'CAUSED_BY' ? { color: EDGE_COLORS.cause } : {}),
    details: { type, ...detailsOf(properties) },
  };
}

interface Found {
  readonly nodes: Map<string, StoreNode>;
  readonly relationships: Map<string, GraphRelationship>;
}

/** Collects what a value holds, however deep: nodes in lists and maps count as much as those of a column. */
function collect(value: GraphValue, found: Found): void {
  if (value === null || typeof value !== 'object') return;
  if (isList(value)) for (const item of value) collect(item, found);
  else if (isNode(value)) found.nodes.set(value.elementId, value);
  else if (isRelationship(value)) found.relationships.set(value.elementId, value);
  else if (isPath(value)) for (const item of [...value.nodes, ...value.relationships]) collect(item, found);
  else for (const item of Object.values(value)) collect(item, found);
}

/**
 * All nodes, relationships and paths of the rows as a node graph, in the direction they have in the graph. The SDK
 * leaves out edges whose nodes are not in the answer, and says so.
 *
 * @throws BackendError 400 when there are rows but nothing that can be drawn
 */
export function cypherGraph({ columns, rows }: CypherResult): readonly [nodes: Frame, edges: Frame] {
  const found: Found = { nodes: new Map(), relationships: new Map() };
  for (const row of rows) for (const value of row) collect(value, found);
  if (rows.length > 0 && found.nodes.size === 0) {
    throw badRequest(
      `The query answers ${columns.join(', ')}, in which there is no node to draw: return nodes, relationships or paths, such as MATCH path = (a)-[r]->(b) RETURN path, or choose the query type "Table".`,
    );
  }
  const nodes = [...found.nodes.values()].map((node) =>
    node.labels.includes('Event') ? eventNode(node) : otherNode(node),
  );
  return nodeGraph(nodes, [...found.relationships.values()].map(edgeOf), {
    arcColors: SEVERITY_COLORS,
    mainStat: { displayName: 'time (UTC)' },
    secondaryStat: { displayName: 'seen by' },
    color: { displayName: 'object' },
  }).frames;
}
