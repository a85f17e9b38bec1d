import { asList, asObject, asText } from '../../json.ts';
import type { JsonObject } from '../../json.ts';
import type { NamedAddress } from '../../relations/parse-addresses.ts';
import { addressesInSetting } from '../../relations/parse-addresses.ts';
import { resolveHost } from '../../relations/resolve-host.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { configReferences } from './config-references.ts';
import type { PodContainer } from './pod-containers.ts';

/** An object that a line of a log names in words of its own. */
export interface NamedObject {
  readonly object: ObjectName;
  /** Undefined: nobody can tell. */
  readonly exists: boolean | undefined;
}

interface Of {
  readonly pod: KubeObject;
  readonly container: PodContainer;
}

/** The Service or workload that a host stands for, seen from the pod; undefined for the pod itself and the outside. */
export function peerNamed(snapshot: Snapshot, { pod }: Of, host: string): NamedObject | undefined {
  const target = resolveHost(snapshot, pod.namespace, host);
  if (target?.object === undefined || target.is === 'node' || target.is === 'local') return undefined;
  return { object: target.object, exists: target.exists };
}

/**
 * The one peer in the cluster that a container’s settings name (at the port, where one is given): whom it means when
 * its log does not say. Undefined where there are several.
 */
export function onlyPeer(snapshot: Snapshot, of: Of, port: number | undefined): NamedObject | undefined {
  const found = new Map<string, NamedObject>();
  for (const address of configuredPeers(snapshot, of)) {
    if (port !== undefined && address.port !== port) continue;
    const named = peerNamed(snapshot, of, address.host);
    if (named !== undefined) found.set(objectText(named.object), named);
  }
  return found.size === 1 ? [...found.values()][0] : undefined;
}

function configuredPeers(snapshot: Snapshot, { pod, container }: Of): readonly NamedAddress[] {
  return variables(container.spec).flatMap((variable) => {
    const name = asText(variable['name']) ?? '';
    const value = asText(variable['value']) ?? fromConfigMap(snapshot, pod, variable);
    return value === undefined ? [] : addressesInSetting(name, value);
  });
}

function fromConfigMap(snapshot: Snapshot, pod: KubeObject, variable: JsonObject): string | undefined {
  const reference = asObject(asObject(variable['valueFrom'])?.['configMapKeyRef']);
  const map = snapshot.get('ConfigMap', pod.namespace, asText(reference?.['name']) ?? '');
  return asText(asObject(map?.raw['data'])?.[asText(reference?.['key']) ?? '']);
}

function variables(container: JsonObject): readonly JsonObject[] {
  return (asList(container['env']) ?? [])
    .slice(0, 1_000)
    .map(asObject)
    .filter((entry): entry is JsonObject => entry !== undefined);
}

/** The ConfigMap or Secret that a variable of the container is taken from; undefined where none provides it. */
export function settingSource(
  snapshot: Snapshot,
  { pod, container }: Of,
  name: string,
): NamedObject | undefined {
  const own = configReferences(pod.spec).filter((reference) => reference.container === container.view.name);
  const named = own.find((reference) => reference.via === 'env' && reference.setting === name);
  if (named !== undefined) return sourceOf(snapshot, pod, named);
  const whole = own.filter((reference) => reference.key === undefined);
  const holding = whole.find(({ kind, name: source }) => {
    const data = asObject(snapshot.get(kind, pod.namespace, source)?.raw['data']);
    return data !== undefined && name in data;
  });
  return holding === undefined ? undefined : sourceOf(snapshot, pod, holding);
}

/** The ConfigMap, Secret or claim that is mounted where a file lies; undefined for a file of the image. */
export function fileSource(
  snapshot: Snapshot,
  { pod, container }: Of,
  path: string,
): NamedObject | undefined {
  let best: { readonly length: number; readonly volume: string } | undefined;
  for (const entry of (asList(container.spec['volumeMounts']) ?? []).slice(0, 256)) {
    const mount = asObject(entry);
    const at = asText(mount?.['mountPath'])?.replace(/\/+$/, '');
    const volume = asText(mount?.['name']);
    if (at === undefined || volume === undefined || (path !== at && !path.startsWith(`${at}/`))) continue;
    if (best === undefined || at.length > best.length) best = { length: at.length, volume };
  }
  if (best === undefined) return undefined;
  const { volume: name } = best;
  const volume = (asList(pod.spec['volumes']) ?? []).map(asObject).find((entry) => entry?.['name'] === name);
  const claim = asText(asObject(volume?.['persistentVolumeClaim'])?.['claimName']);
  if (claim !== undefined) return sourceOf(snapshot, pod, { kind: 'PersistentVolumeClaim', name: claim });
  const references = configReferences({ volumes: volume === undefined ? [] : [volume] });
  const sources = new Map(references.map((reference) => [`${reference.kind}/${reference.name}`, reference]));
  const [source] = sources.values();
  return source === undefined || sources.size > 1 ? undefined : sourceOf(snapshot, pod, source);
}

/** Words of a line that may be a key or a variable’s name; shorter ones are in every sentence. */
const NAME_LENGTH = 4;
const QUOTED = /"([^"]{1,120})"|'([^']{1,120})'|`([^`]{1,120})`/g;

/**
 * The one ConfigMap among those that a container takes variables or files from, of which a line quotes a value or
 * names a key: what is wrong is written there. Undefined where none or several are.
 */
export function valueSource(
  snapshot: Snapshot,
  { pod, container }: Of,
  line: string,
): NamedObject | undefined {
  const quoted = new Set([...line.matchAll(QUOTED)].map((match) => match.slice(1).find(Boolean) ?? ''));
  const found = new Map<string, NamedObject>();
  for (const reference of configReferences(pod.spec)) {
    const isOwn = reference.container === undefined || reference.container === container.view.name;
    if (reference.kind !== 'ConfigMap' || !isOwn) continue;
    const data = asObject(snapshot.get('ConfigMap', pod.namespace, reference.name)?.raw['data']) ?? {};
    const keys = reference.key === undefined ? Object.keys(data).slice(0, 500) : [reference.key];
    const names =
      reference.via === 'env' && reference.key !== undefined ? [...keys, reference.setting ?? ''] : keys;
    const isNamed = names.some((name) => name.length >= NAME_LENGTH && hasWord(line, name));
    const isQuoted = keys.some((key) => {
      const value = asText(data[key])?.trim();
      return value !== undefined && value.length >= 2 && value.length <= 120 && quoted.has(value);
    });
    if (isNamed || isQuoted) found.set(reference.name, sourceOf(snapshot, pod, reference));
  }
  return found.size === 1 ? [...found.values()][0] : undefined;
}

function hasWord(line: string, name: string): boolean {
  const at = line.indexOf(name);
  if (at < 0) return false;
  const isEdge = (character: string | undefined): boolean =>
    character === undefined || !/[\w.-]/.test(character);
  return isEdge(line[at - 1]) && isEdge(line[at + name.length]?.replace('.', ' '));
}

function sourceOf(
  snapshot: Snapshot,
  { namespace }: KubeObject,
  { kind, name }: { readonly kind: string; readonly name: string },
): NamedObject {
  const exists =
    snapshot.get(kind, namespace, name) !== undefined
      ? true
      : snapshot.knowsAll(kind, namespace)
        ? false
        : undefined;
  return { object: { kind, namespace, name }, exists };
}
