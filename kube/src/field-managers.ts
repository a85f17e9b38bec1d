import type { JsonObject } from './json.ts';
import { asList, asObject, asText, asTimeUs, cut } from './json.ts';
import { KUBE_LIMITS } from './limits.ts';
import type { PathStep } from './spec-fields.ts';

/** One entry of metadata.managedFields: who last set which fields of an object, and when. */
export interface FieldManager {
  readonly manager: string;
  /** Apply or Update. */
  readonly operation?: string;
  readonly subresource?: string;
  readonly timeUs?: number;
  /** fieldsV1 as the API server writes it. */
  readonly fields: JsonObject;
}

export function fieldManagers(managedFields: unknown): readonly FieldManager[] {
  const managers: FieldManager[] = [];
  for (const entry of asList(managedFields)?.slice(0, KUBE_LIMITS.managers) ?? []) {
    const object = asObject(entry);
    const manager = asText(object?.['manager']);
    const fields = asObject(object?.['fieldsV1']);
    if (object === undefined || manager === undefined || fields === undefined) continue;
    const operation = asText(object['operation']);
    const subresource = asText(object['subresource']);
    const timeUs = asTimeUs(object['time']);
    managers.push({
      manager: cut(manager, KUBE_LIMITS.nameLength),
      fields,
      ...(operation === undefined ? {} : { operation: cut(operation, 16) }),
      ...(subresource === undefined ? {} : { subresource: cut(subresource, 64) }),
      ...(timeUs === undefined ? {} : { timeUs }),
    });
  }
  return managers;
}

/** What tells one entry from another, and from itself after its manager changed something again. */
export function managerKey({ manager, operation, subresource, timeUs }: FieldManager): string {
  return JSON.stringify([manager, operation ?? '', subresource ?? '', timeUs ?? 0]);
}

/**
 * Who owns a field. Several managers own one that they set to the same value: the one that set it last is
 * named, by entry time, then by name.
 */
export function ownerOf(
  managers: readonly FieldManager[],
  path: readonly PathStep[],
): FieldManager | undefined {
  const owners = managers.filter((entry) => owns(entry.fields, path));
  return owners.sort((a, b) => (b.timeUs ?? 0) - (a.timeUs ?? 0) || (a.manager < b.manager ? -1 : 1))[0];
}

function owns(fields: JsonObject, path: readonly PathStep[]): boolean {
  let node = fields;
  for (const [index, step] of path.entries()) {
    const child = childOf(node, step);
    // A list or struct that is owned whole has an empty set below it.
    if (child === undefined) return index > 1 && Object.keys(node).length === 0;
    node = child;
  }
  return true;
}

function childOf(node: JsonObject, step: PathStep): JsonObject | undefined {
  if (typeof step === 'string') return Object.hasOwn(node, step) ? asObject(node[step]) : undefined;
  for (const [name, child] of Object.entries(node)) {
    if (name.startsWith('k:') && isKey(name.slice(2), step)) return asObject(child);
  }
  return undefined;
}

function isKey(json: string, step: Readonly<Record<string, string | number>>): boolean {
  if (json.length > 1024) return false;
  try {
    const key = asObject(JSON.parse(json));
    const names = Object.keys(step);
    return (
      key !== undefined &&
      Object.keys(key).length === names.length &&
      names.every((name) => key[name] === step[name])
    );
  } catch {
    return false;
  }
}
