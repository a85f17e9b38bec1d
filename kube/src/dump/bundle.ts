import { asList, asObject } from '../json.ts';
import { contentKind } from './content.ts';
import { DUMP_LIMITS } from './limits.ts';
import type { Problems } from './problems.ts';
import { kindOfFileName } from './resources.ts';

/** One entry of a bundle: a text as a file would hold it, or a value that was parsed already. */
export type BundleEntry =
  { readonly path: string; readonly text: string } | { readonly path: string; readonly value: unknown };

/** Maps within maps that are followed. */
const DEPTH = 4;

/**
 * Scripts collect what kubectl printed into one map: `{"pods": {"items": [...]}, "logs": {"api-7d9f": "..."}}`. Each
 * entry stands for a file of that name in a folder of the map's name. Empty where nothing in the map comes from
 * Kubernetes: most JSON is something else.
 */
export function bundleEntries(value: unknown, path: string, problems: Problems): readonly BundleEntry[] {
  const entries: BundleEntry[] = [];
  if (!collect(value, path, { entries, depth: 0 })) return [];
  const most = DUMP_LIMITS.bundleEntries;
  if (entries.length > most) problems.add(path, '', `entries beyond the first ${most} were left out`);
  return entries.slice(0, most);
}

/** @returns whether something in it comes from Kubernetes */
function collect(
  value: unknown,
  path: string,
  into: { readonly entries: BundleEntry[]; readonly depth: number },
): boolean {
  const map = asObject(value);
  if (map === undefined || into.depth === DEPTH) return false;
  let isKubernetes = false;
  for (const [key, entry] of Object.entries(map)) {
    if (into.entries.length > DUMP_LIMITS.bundleEntries) break;
    const at = `${path}/${key}`;
    if (typeof entry === 'string') {
      const isOutput = !['log', 'empty'].includes(contentKind(entry));
      isKubernetes ||= isOutput;
      // One line of text is a title or a name, unless it stands among logs.
      if (isOutput || entry.trim().includes('\n') || /log/i.test(at))
        into.entries.push({ path: at, text: entry });
    } else if (isLines(entry)) into.entries.push({ path: at, text: entry.join('\n') });
    else if (holdsObjects(entry, at)) {
      isKubernetes = true;
      into.entries.push({ path: at, value: entry });
    } else if (collect(entry, at, { entries: into.entries, depth: into.depth + 1 })) isKubernetes = true;
  }
  return isKubernetes;
}

function isLines(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === 'string');
}

function holdsObjects(value: unknown, path: string): boolean {
  const object = asObject(value);
  const items = asList(object === undefined ? value : object['items']);
  if (items !== undefined) {
    const isKnown = kindOfFileName(path) !== undefined;
    return (isKnown && items.length === 0) || items.some((item) => isObjectOf(item, isKnown));
  }
  return isObjectOf(value, false);
}

function isObjectOf(value: unknown, isKindKnown: boolean): boolean {
  const object = asObject(value);
  if (asObject(object?.['metadata']) === undefined) return false;
  return isKindKnown || typeof object?.['kind'] === 'string';
}
