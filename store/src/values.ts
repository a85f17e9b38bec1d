import neo4j from 'neo4j-driver';
import type { Integer, Node, Path, Relationship } from 'neo4j-driver';

/** A node as callers see it. */
export interface GraphNode {
  readonly kind: 'node';
  readonly elementId: string;
  readonly labels: readonly string[];
  readonly properties: Readonly<Record<string, GraphValue>>;
}

/** An edge as callers see it. */
export interface GraphRelationship {
  readonly kind: 'relationship';
  readonly elementId: string;
  readonly type: string;
  readonly fromElementId: string;
  readonly toElementId: string;
  readonly properties: Readonly<Record<string, GraphValue>>;
}

export interface GraphPath {
  readonly kind: 'path';
  /** In the order of the path, one more than `relationships`. */
  readonly nodes: readonly GraphNode[];
  readonly relationships: readonly GraphRelationship[];
}

/**
 * A value that a query returns, in plain JavaScript: integers are numbers, and strings where a number can't hold
 * them exactly; times and points are their ISO or Cypher text. Never a BigInt or a class of the driver.
 */
export type GraphValue =
  | null
  | boolean
  | number
  | string
  | readonly GraphValue[]
  | GraphMap
  | GraphNode
  | GraphRelationship
  | GraphPath;

export interface GraphMap {
  readonly [key: string]: GraphValue;
}

/** A value that a query is given. */
export type GraphParameter =
  null | boolean | number | string | readonly GraphParameter[] | { readonly [key: string]: GraphParameter };

export function toGraphValue(value: unknown): GraphValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return fromInteger(neo4j.int(value));
  if (neo4j.isInt(value)) return fromInteger(value);
  if (Array.isArray(value)) return value.map(toGraphValue);
  if (typeof value !== 'object') return null;
  if (neo4j.isNode(value)) return toNode(value);
  if (neo4j.isRelationship(value)) return toRelationship(value);
  if (neo4j.isPath(value)) return toPath(value);
  if (value instanceof Int8Array) return Array.from(value);
  if (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null) {
    return toMap(value);
  }
  // Points and times of the driver print themselves as Cypher does.
  return (value as { toString(): string }).toString();
}

function toMap(value: object): Record<string, GraphValue> {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toGraphValue(inner)]));
}

function fromInteger(value: Integer): number | string {
  return value.inSafeRange() ? value.toNumber() : value.toString();
}

function toNode(node: Node): GraphNode {
  return {
    kind: 'node',
    elementId: node.elementId,
    labels: node.labels,
    properties: toMap(node.properties),
  };
}

function toRelationship(relationship: Relationship): GraphRelationship {
  return {
    kind: 'relationship',
    elementId: relationship.elementId,
    type: relationship.type,
    fromElementId: relationship.startNodeElementId,
    toElementId: relationship.endNodeElementId,
    properties: toMap(relationship.properties),
  };
}

function toPath(path: Path): GraphPath {
  return {
    kind: 'path',
    nodes: [path.start, ...path.segments.map((segment) => segment.end)].map(toNode),
    relationships: path.segments.map((segment) => toRelationship(segment.relationship)),
  };
}

/** Whole numbers become integers of the database: as the driver sends them they would be floats. */
function toParameter(value: GraphParameter): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? neo4j.int(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(toParameter);
  return toParameters(value);
}

function isList(value: GraphParameter): value is readonly GraphParameter[] {
  return Array.isArray(value);
}

export function toParameters(map: Readonly<Record<string, GraphParameter>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, toParameter(value)]));
}
