import type { JsonObject } from '../json.ts';
import { asObject, asText } from '../json.ts';
import type { FoundItem, FoundList } from './items.ts';
import { isNamespaced, kindOfFileName } from './resources.ts';

interface Unplaced {
  readonly raw: JsonObject;
  readonly kind: string;
  readonly name: string;
  readonly path: string;
}

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Files of one kind that make a folder one of a namespace (`kubectl cluster-info dump`). */
const KINDS_OF_A_NAMESPACE = 3;

/** Which namespace a file of a dump is about, and an object that names none. */
export class Namespaces {
  /** Names of namespaces that something in the dump says. */
  readonly known: ReadonlySet<string>;
  readonly #folders: ReadonlySet<string>;
  readonly #byName: ReadonlyMap<string, ReadonlySet<string>>;
  readonly #ofTheCluster: ReadonlySet<string>;

  constructor(items: readonly FoundItem[], paths: readonly string[]) {
    const known = new Set<string>();
    const byName = new Map<string, Set<string>>();
    for (const { raw } of items) {
      const metadata = asObject(raw['metadata']);
      const namespace = asText(metadata?.['namespace']);
      const kind = asText(raw['kind']) ?? '';
      const name = asText(metadata?.['name']) ?? '';
      if (kind === 'Namespace') known.add(name);
      if (namespace === undefined) continue;
      known.add(namespace);
      const key = `${kind}/${name}`;
      const of = byName.get(key) ?? new Set();
      of.add(namespace);
      byName.set(key, of);
    }
    this.known = known;
    this.#byName = byName;
    this.#folders = foldersOfNamespaces(paths);
    this.#ofTheCluster = kindsOfTheCluster(items);
  }

  /** By the folder that a file lies in. */
  ofPath(path: string): string | undefined {
    const segments = path.split('/').slice(0, -1);
    const at = segments.lastIndexOf('namespaces');
    const named = at === -1 ? undefined : segments[at + 1];
    if (named !== undefined && NAME.test(named)) return named;
    if (segments.includes('cluster-scoped-resources')) return undefined;
    const folder = segments.findLast((segment) => this.known.has(segment));
    if (folder !== undefined) return folder;
    return this.#folders.has(segments.join('/')) ? segments.at(-1) : undefined;
  }

  /** What the object says, else its folder, else where an object of its name is known to be, else `default`. */
  of({ raw, kind, name, path }: Unplaced): string {
    const own = asText(asObject(raw['metadata'])?.['namespace']);
    if (own !== undefined) return own;
    if (kind === 'Event') return this.#ofEvent(raw, path);
    const found = this.ofPath(path) ?? this.#only(`${kind}/${name}`);
    if (found !== undefined) return found;
    return isNamespaced(kind) === true ? 'default' : '';
  }

  #ofEvent(raw: JsonObject, path: string): string {
    const involved = asObject(raw['involvedObject']) ?? asObject(raw['regarding']);
    const own = asText(involved?.['namespace']);
    if (own !== undefined) return own;
    const kind = asText(involved?.['kind']) ?? '';
    const name = asText(involved?.['name']) ?? '';
    // Events about objects of the cluster are kept in `default`.
    if (isNamespaced(kind) === false) return 'default';
    return this.ofPath(path) ?? this.#only(`${kind}/${name}`) ?? this.#onlyOne() ?? 'default';
  }

  #only(key: string): string | undefined {
    const found = this.#byName.get(key);
    return found?.size === 1 ? [...found][0] : undefined;
  }

  #onlyOne(): string | undefined {
    return this.known.size === 1 ? [...this.known][0] : undefined;
  }

  /**
   * Kinds of which all objects were read: `Kind`, or `Kind/namespace`. A list with objects of several namespaces was
   * read for all; one of a single namespace, for that one. An empty list without a folder counts for the one
   * namespace that the other lists of its folder are about. must-gather writes a file for each object of the cluster:
   * of the kinds that have a folder there it holds all.
   */
  listed(lists: readonly FoundList[]): Set<string> {
    const listed = new Set<string>(this.#ofTheCluster);
    const inFolder = new Map<string, Set<string>>();
    for (const { kind, path, namespaces } of lists) {
      if (isNamespaced(kind) === false) continue;
      const folder = folderOf(path);
      const of = inFolder.get(folder) ?? new Set();
      for (const namespace of namespaces) of.add(namespace);
      inFolder.set(folder, of);
    }
    for (const { kind, path, namespaces } of lists) {
      if (isNamespaced(kind) === false || namespaces.size > 1) {
        listed.add(kind);
        continue;
      }
      const around = inFolder.get(folderOf(path));
      const [namespace] = [
        ...namespaces,
        ...[this.ofPath(path)].filter((n) => n !== undefined),
        ...(around?.size === 1 ? around : []),
      ];
      if (namespace !== undefined) listed.add(`${kind}/${namespace}`);
    }
    return listed;
  }
}

/** Kinds in `cluster-scoped-resources/<group>/<kinds>/<name>.yaml`. */
function kindsOfTheCluster(items: readonly FoundItem[]): Set<string> {
  return new Set(
    items.flatMap(({ raw, path }) => {
      const kind = asText(raw['kind']) ?? '';
      const isThere = path.split('/').at(-4) === 'cluster-scoped-resources';
      return isThere && isNamespaced(kind) === false ? [kind] : [];
    }),
  );
}

function folderOf(path: string): string {
  return path.split('/').slice(0, -1).join('/');
}

/** Folders that hold a file each for several kinds, as `kubectl cluster-info dump` writes them. */
function foldersOfNamespaces(paths: readonly string[]): Set<string> {
  const kinds = new Map<string, Set<string>>();
  for (const path of paths) {
    const kind = kindOfFileName(path);
    if (kind === undefined || isNamespaced(kind) !== true) continue;
    const folder = folderOf(path);
    const of = kinds.get(folder) ?? new Set();
    of.add(kind);
    kinds.set(folder, of);
  }
  const found = [...kinds].filter(
    ([folder, of]) => of.size >= KINDS_OF_A_NAMESPACE && NAME.test(folder.split('/').at(-1) ?? ''),
  );
  return new Set(found.map(([folder]) => folder));
}
