import type { JsonObject } from '../json.ts';
import { asList, asObject, asText } from '../json.ts';
import type { JsonDocument } from './json-documents.ts';
import type { Problems } from './problems.ts';
import { kindOfFileName } from './resources.ts';

/** How much a text says of an object: all of it, what `describe` prints, or a row of a table. */
export type Strength = 'object' | 'description' | 'row';

/** An object of a file, with kind and apiVersion. */
export interface FoundItem {
  readonly raw: JsonObject;
  readonly path: string;
  readonly place: string;
  readonly strength: Strength;
}

/** A list of a kind that was read whole. */
export interface FoundList {
  readonly kind: string;
  readonly path: string;
  /** Namespaces of its items, as they say. */
  readonly namespaces: ReadonlySet<string>;
}

export interface FoundItems {
  readonly items: readonly FoundItem[];
  readonly lists: readonly FoundList[];
  /** Documents that are no API objects. */
  readonly foreign: number;
}

/** Lists within lists that are followed. */
const DEPTH = 3;

/** API objects of the documents of a file: lists taken apart, each item with its kind. */
export function itemsOf(documents: readonly JsonDocument[], path: string, problems: Problems): FoundItems {
  const taken = { items: [] as FoundItem[], lists: [] as FoundList[], foreign: 0 };
  for (const { value, place } of documents) take(value, place, 0);
  return taken;

  function take(value: unknown, place: string, depth: number): void {
    const object = asObject(value);
    const bare = asList(value);
    if (bare !== undefined && depth < DEPTH) {
      // What `jq .items` leaves of a list; the client libraries leave its items without kind.
      const list = listOf({ items: bare }, path);
      if (list?.itemKind !== undefined && bare.every((entry) => asObject(entry)?.['kind'] === undefined)) {
        takeList({}, list, place, depth);
        return;
      }
      for (const [index, entry] of bare.entries()) take(entry, `${place}[${index}]`, depth + 1);
      return;
    }
    if (object === undefined) {
      taken.foreign += 1;
      return;
    }
    const list = listOf(object, path);
    if (list !== undefined && depth < DEPTH) {
      takeList(object, list, place, depth);
      return;
    }
    const kind = asText(object['kind']);
    const metadata = asObject(object['metadata']);
    const apiVersion = asText(object['apiVersion']);
    // Records of an audit log are of kind Event too.
    const isAudit = apiVersion?.startsWith('audit.k8s.io/') === true;
    if (kind === undefined || isAudit || (metadata === undefined && apiVersion === undefined)) {
      taken.foreign += 1;
      return;
    }
    if (kind === 'Status' && apiVersion === 'v1') {
      problems.add(path, place, `the API server refused: ${asText(object['message']) ?? 'no reason given'}`);
      return;
    }
    takeItem(object, place);
  }

  function takeItem(raw: JsonObject, place: string): void {
    if (asText(asObject(raw['metadata'])?.['name']) === undefined) {
      problems.add(path, place, `a ${asText(raw['kind']) ?? 'object'} without a name was left out`);
      return;
    }
    taken.items.push({ raw, path, place, strength: 'object' });
  }

  function takeList(object: JsonObject, list: ListHead, place: string, depth: number): void {
    const kinds = new Map<string, Set<string>>();
    if (list.itemKind !== undefined) kinds.set(list.itemKind, new Set());
    let isWhole = object['cut'] !== true;
    for (const [index, entry] of list.items.entries()) {
      const at = `${place}${place === '' ? '' : ' '}items[${index}]`;
      const item = asObject(entry);
      if (item === undefined) {
        problems.add(path, at, 'an item that is no object was left out');
        isWhole = false;
        continue;
      }
      if (listOf(item, path) !== undefined) {
        take(item, at, depth + 1);
        continue;
      }
      const kind = asText(item['kind']) ?? list.itemKind;
      if (kind === undefined) {
        problems.add(path, at, 'an item without a kind, in a list that names none, was left out');
        isWhole = false;
        continue;
      }
      const apiVersion = asText(item['apiVersion']) ?? (list.itemKind === kind ? list.apiVersion : undefined);
      const namespace = asText(asObject(item['metadata'])?.['namespace']);
      const namespaces = kinds.get(kind) ?? new Set();
      kinds.set(kind, namespaces);
      if (namespace !== undefined) namespaces.add(namespace);
      takeItem({ ...item, kind, ...(apiVersion === undefined ? {} : { apiVersion }) }, at);
    }
    if (isWhole) for (const [kind, namespaces] of kinds) taken.lists.push({ kind, path, namespaces });
  }
}

interface ListHead {
  readonly items: readonly unknown[];
  readonly itemKind: string | undefined;
  readonly apiVersion: string | undefined;
}

/** A typed list, a `List`, or items without a kind, of which the file's name may tell the kind. */
function listOf(object: JsonObject, path: string): ListHead | undefined {
  if (!('items' in object)) return undefined;
  const kind = asText(object['kind']);
  if (kind !== undefined && !kind.endsWith('List')) return undefined;
  const items = object['items'] === null ? [] : asList(object['items']);
  if (items === undefined) return undefined;
  const typed = kind === undefined || kind === 'List' ? undefined : kind.slice(0, -'List'.length);
  const isEmpty = items.length === 0;
  const hasNoKinds = items.some((item) => asText(asObject(item)?.['kind']) === undefined);
  return {
    items,
    itemKind: typed ?? (isEmpty || hasNoKinds ? kindOfFileName(path) : undefined),
    apiVersion: asText(object['apiVersion']),
  };
}
