import type { JsonObject } from '../json.ts';
import { asList, asObject, asText } from '../json.ts';
import { resolveWorkload } from '../workload.ts';
import type { KubeObject, ObjectName } from './kube-object.ts';

/** Lines of one container's log, oldest first, as they were read: scrub before any of it leaves. */
export interface ContainerLog {
  readonly namespace: string;
  readonly pod: string;
  /** Undefined where the file does not say. */
  readonly container: string | undefined;
  /** Of the run before the current one. */
  readonly previous: boolean;
  readonly lines: readonly string[];
  readonly place: string;
  /** Set for what a node's own services wrote (kubelet, runtime); `namespace` and `pod` are empty then. */
  readonly node?: string;
}

export interface SnapshotParts {
  readonly cluster: string;
  readonly objects: readonly KubeObject[];
  readonly logs: readonly ContainerLog[];
  /** When it was taken, Unix microseconds. */
  readonly takenUs: number;
  /** Kinds of which lists were read, `Kind` or `Kind/namespace`: only of these does absence say anything. */
  readonly listed: ReadonlySet<string>;
}

/** What a cluster held at one moment, indexed for checks of objects against each other. It does not change. */
export class Snapshot {
  readonly cluster: string;
  readonly takenUs: number;
  readonly logs: readonly ContainerLog[];
  readonly #byKind = new Map<string, KubeObject[]>();
  readonly #byNamespace = new Map<string, KubeObject[]>();
  readonly #byName = new Map<string, KubeObject>();
  readonly #podsByOwner = new Map<string, KubeObject[]>();
  readonly #listed: ReadonlySet<string>;

  constructor({ cluster, objects, logs, takenUs, listed }: SnapshotParts) {
    this.cluster = cluster;
    this.takenUs = takenUs;
    this.logs = logs;
    this.#listed = listed;
    for (const object of objects) {
      const list = this.#byKind.get(object.kind) ?? [];
      list.push(object);
      this.#byKind.set(object.kind, list);
      const here = `${object.kind}\n${object.namespace}`;
      const inNamespace = this.#byNamespace.get(here) ?? [];
      inNamespace.push(object);
      this.#byNamespace.set(here, inNamespace);
      this.#byName.set(nameKey(object), object);
    }
    for (const pod of this.all('Pod')) {
      const owner = nameKey(this.ownerOf(pod));
      const pods = this.#podsByOwner.get(owner) ?? [];
      pods.push(pod);
      this.#podsByOwner.set(owner, pods);
    }
  }

  /** Objects of a kind; of one namespace if given. */
  all(kind: string, namespace?: string): readonly KubeObject[] {
    return (
      (namespace === undefined ? this.#byKind.get(kind) : this.#byNamespace.get(`${kind}\n${namespace}`)) ??
      []
    );
  }

  /** Every object there is. */
  objects(): readonly KubeObject[] {
    return [...this.#byKind.values()].flat();
  }

  get(kind: string, namespace: string, name: string): KubeObject | undefined {
    return this.#byName.get(nameKey({ kind, namespace, name }));
  }

  /** Whether all objects of the kind (in the namespace) were read, so that one that is missing is not there. */
  knowsAll(kind: string, namespace?: string): boolean {
    return this.#listed.has(kind) || (namespace !== undefined && this.#listed.has(`${kind}/${namespace}`));
  }

  /** The object that a user owns behind this one: owner references are followed to the top; itself if it has none. */
  ownerOf(object: KubeObject): ObjectName {
    let current: KubeObject = object;
    for (let depth = 0; depth < 8; depth += 1) {
      const owner = controllerOf(current);
      if (owner === undefined || owner.kind === 'Node') return nameOf(current);
      const found = this.get(owner.kind, current.namespace, owner.name);
      if (found === undefined) return this.#unseenOwner(current, owner);
      current = found;
    }
    return nameOf(object);
  }

  #unseenOwner(object: KubeObject, owner: { kind: string; name: string }): ObjectName {
    const { createdUs, labels, namespace, metadata } = object;
    const resolved = resolveWorkload({ ownerReferences: metadata['ownerReferences'], labels, createdUs });
    const [kind = owner.kind, name = owner.name] = resolved?.split('/') ?? [];
    return { kind, namespace, name };
  }

  /** Pods behind an object that a user owns. */
  podsOf(owner: ObjectName): readonly KubeObject[] {
    return this.#podsByOwner.get(nameKey(owner)) ?? [];
  }

  /** Pods of a namespace whose labels hold every pair of a selector; none for an empty selector. */
  podsWithLabels(namespace: string, selector: Readonly<Record<string, string>>): readonly KubeObject[] {
    const pairs = Object.entries(selector);
    if (pairs.length === 0) return [];
    return this.all('Pod', namespace).filter((pod) => pairs.every(([k, v]) => pod.labels[k] === v));
  }
}

export function nameOf({ kind, namespace, name }: ObjectName): ObjectName {
  return { kind, namespace, name };
}

function nameKey({ kind, namespace, name }: ObjectName): string {
  return `${kind}\n${namespace}\n${name}`;
}

function controllerOf(object: KubeObject): { kind: string; name: string } | undefined {
  const references = (asList(object.metadata['ownerReferences']) ?? [])
    .slice(0, 16)
    .map(asObject)
    .filter((reference): reference is JsonObject => reference !== undefined);
  const reference = references.find((r) => r['controller'] === true) ?? references[0];
  const kind = asText(reference?.['kind']);
  const name = asText(reference?.['name']);
  return kind === undefined || name === undefined ? undefined : { kind, name };
}
