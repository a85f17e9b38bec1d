import type { GraphValue } from '@tapio/store';
import { tableFrame, type Frame, type TableCell, type TableColumn } from '../sdk/index.ts';
import type { CypherResult } from '../graph/reader.ts';
import { isList, isNode, isPath, isRelationship } from '../graph/value-kind.ts';
import { isTimeName, pointInTime, zonedTime } from './point-in-time.ts';

type ColumnKind = 'number' | 'integer' | 'boolean' | 'time' | 'string' | 'json';

function kindOf(value: GraphValue): ColumnKind {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'number';
  if (typeof value !== 'string') return 'json';
  return zonedTime(value) === undefined ? 'string' : 'time';
}

/** The kind of a column whose values are of these kinds: integers widen to numbers, anything else mixed is text. */
function commonKind(kinds: ReadonlySet<ColumnKind>): ColumnKind {
  const [only, ...others] = kinds;
  if (only === undefined) return 'string';
  if (others.length === 0) return only;
  return [...kinds].every((kind) => kind === 'integer' || kind === 'number') ? 'number' : 'string';
}

/** A value without the marks that tell nodes, relationships and paths apart: what people mean by it. */
export function plainValue(value: GraphValue): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(plainValue);
  if (isNode(value)) return { labels: value.labels, properties: value.properties };
  if (isRelationship(value)) return { type: value.type, properties: value.properties };
  if (isPath(value)) {
    return { nodes: value.nodes.map(plainValue), relationships: value.relationships.map(plainValue) };
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]));
}

function textOf(value: GraphValue): string {
  return typeof value === 'string' ? value : JSON.stringify(plainValue(value));
}

const FIELD_TYPES = {
  number: 'float64',
  integer: 'int64',
  boolean: 'boolean',
  time: 'time',
  string: 'string',
  json: 'json',
} as const satisfies Record<ColumnKind, TableColumn['type']>;

function cellOf(value: GraphValue, kind: ColumnKind): TableCell {
  if (value === null) return null;
  switch (kind) {
    case 'json':
      return plainValue(value);
    case 'time':
      return pointInTime(value);
    case 'string':
      return textOf(value);
    case 'number':
    case 'integer':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
  }
}

/** Microseconds as `Event.ts` has them are a time in a column that is called so, and a number in any other. */
function kindOfColumn(name: string, values: readonly GraphValue[]): ColumnKind {
  const isTime =
    isTimeName(name) && values.length > 0 && values.every((value) => pointInTime(value) !== undefined);
  return isTime ? 'time' : commonKind(new Set(values.map(kindOf)));
}

/**
 * Rows as a table. A column of one kind gets its type; a column that mixes kinds becomes text, so that no value is
 * lost. Integers that a number cannot hold come as text from the store and stay text.
 */
export function cypherTable({ columns, rows }: CypherResult): Frame {
  const kinds = columns.map((name, index) =>
    kindOfColumn(
      name,
      rows.flatMap((row) => (row[index] === null || row[index] === undefined ? [] : [row[index]])),
    ),
  );
  return tableFrame(
    'table',
    columns.map((name, index) => ({ name, type: FIELD_TYPES[kinds[index] ?? 'string'] })),
    rows.map((row) => columns.map((_, index) => cellOf(row[index] ?? null, kinds[index] ?? 'string'))),
  );
}
