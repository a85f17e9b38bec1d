import type { GraphNode, GraphPath, GraphRelationship, GraphValue } from '@tapio/store';

/**
 * Tells graph values apart. A map that a query makes may have a `kind` of its own, so the other keys count too.
 */
function isOf(value: GraphValue | undefined, kind: string, keys: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Reflect.get(value, 'kind') === kind &&
    keys.every((key) => Object.hasOwn(value, key))
  );
}

export function isNode(value: GraphValue | undefined): value is GraphNode {
  return isOf(value, 'node', ['elementId', 'labels', 'properties']);
}

export function isRelationship(value: GraphValue | undefined): value is GraphRelationship {
  return isOf(value, 'relationship', ['elementId', 'type', 'fromElementId', 'toElementId']);
}

export function isPath(value: GraphValue | undefined): value is GraphPath {
  return isOf(value, 'path', ['nodes', 'relationships']);
}

export function isList(value: GraphValue | undefined): value is readonly GraphValue[] {
  return Array.isArray(value);
}
