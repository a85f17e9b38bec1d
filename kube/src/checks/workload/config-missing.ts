import { asObject } from '../../json.ts';
import { nearestName } from '../../relations/near-names.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';
import type { ConfigReference } from './config-references.ts';
import { configReferences } from './config-references.ts';
import { gonePods } from './gone-pods.ts';
import type { PodContainer } from './pod-containers.ts';
import { containersOf, standingPods } from './pod-containers.ts';
import { reportsOf } from './pod-reports.ts';

/** A ConfigMap, Secret or key that a text says is missing. */
interface Missing {
  readonly kind: 'ConfigMap' | 'Secret' | undefined;
  readonly name: string | undefined;
  readonly key: string | undefined;
  readonly message: string;
}

/** Containers that wait for what they are made from. */
const WAITS: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'ContainerCreating',
  'PodInitializing',
]);

/**
 * ConfigMaps and Secrets without which containers can't start: said by the kubelet (CreateContainerConfigError for
 * variables, FailedMount for volumes), or seen in the objects where all of the kind were read. A pod that has started
 * since is well, and so is one whose reference is optional.
 */
export const configMissingCheck: Check = {
  name: 'config-missing',
  run(snapshot, emit) {
    for (const pod of [...standingPods(snapshot), ...gonePods(snapshot)]) {
      const waiting = containersOf(pod).filter(isHeldUp);
      if (waiting.length > 0) lookAt(snapshot, { pod, waiting, emit });
    }
  },
};

function isHeldUp({ view: { state } }: PodContainer): boolean {
  return state.is === 'waiting' && (state.reason === undefined || WAITS.has(state.reason));
}

function lookAt(
  snapshot: Snapshot,
  {
    pod,
    waiting,
    emit,
  }: { readonly pod: KubeObject; readonly waiting: readonly PodContainer[]; readonly emit: Emit },
): void {
  const references = configReferences(pod.spec).filter((reference) => !reference.optional);
  const names = new Set(waiting.map(({ view }) => view.name));
  const told = toldMissing(snapshot, pod, waiting);
  for (const reference of references) {
    if (reference.container !== undefined && !names.has(reference.container)) continue;
    const said = told.find((missing) => isAbout(missing, reference));
    const seen = seenMissing(snapshot, pod, reference);
    if (said === undefined && seen !== true) continue;
    // A message names the object that is missing; the objects may have been made since.
    if (seen === false && snapshot.takenUs - (pod.createdUs ?? 0) > 600_000_000 && said === undefined)
      continue;
    if (
      said !== undefined &&
      said.key === undefined &&
      reference.key !== undefined &&
      reference.via === 'volume'
    )
      continue;
    emitMissing(snapshot, { pod, reference, said, seen, emit });
  }
}

function emitMissing(
  snapshot: Snapshot,
  found: {
    readonly pod: KubeObject;
    readonly reference: ConfigReference;
    readonly said: Missing | undefined;
    readonly seen: boolean | undefined;
    readonly emit: Emit;
  },
): void {
  const { pod, reference, said, seen, emit } = found;
  const { kind, name, via, setting, container } = reference;
  const isWhole =
    said === undefined ? snapshot.get(kind, pod.namespace, name) === undefined : said.key === undefined;
  const key = isWhole ? undefined : reference.key;
  emit({
    type: 'config_missing',
    about: pod,
    refers: { kind, namespace: pod.namespace, name },
    ...(container === undefined ? {} : { container }),
    discriminators: [kind, name, key ?? ''],
    data: {
      kind,
      key,
      via,
      setting,
      nearest: isWhole ? nearObject(snapshot, pod, reference) : nearKey(snapshot, pod, reference),
      proven: said === undefined ? 'objects' : seen === true ? 'both' : 'message',
      message: said?.message,
    },
  });
}

function isAbout(missing: Missing, reference: ConfigReference): boolean {
  if (missing.kind !== undefined && missing.kind !== reference.kind) return false;
  if (missing.name !== undefined && missing.name !== reference.name) return false;
  if (missing.key === undefined) return missing.name !== undefined;
  return missing.key === reference.key;
}

function toldMissing(
  snapshot: Snapshot,
  pod: KubeObject,
  waiting: readonly PodContainer[],
): readonly Missing[] {
  const statuses = waiting.flatMap(({ view: { state } }) =>
    state.is === 'waiting' && state.reason === 'CreateContainerConfigError' ? [state.message ?? ''] : [],
  );
  const reports = reportsOf(snapshot, pod)
    .filter(({ reason }) => reason === 'FailedMount' || reason === 'Failed')
    .map(({ message }) => message);
  return [...statuses, ...reports].flatMap(missingIn);
}

const OBJECT = /\b(configmap|secret)s? "([^"]{1,253})" not found/gi;
const KEY = /couldn't find key (\S{1,253}) in (ConfigMap|Secret) (?:[^\s/]{1,63}\/)?([^\s,;:]{1,253})/gi;
const VOLUME_KEY = /(configmap|secret)? ?references non-existent (config|secret) key: ([^\s,\]]{1,253})/gi;

/**
 * Texts of pkg/kubelet/kubelet_pods.go (`couldn't find key`), pkg/volume/configmap and pkg/volume/secret
 * (`references non-existent`), and of the API server's not-found errors.
 */
function missingIn(message: string): readonly Missing[] {
  const found: Missing[] = [];
  const kindOf = (word: string): 'ConfigMap' | 'Secret' => (/^c/i.test(word) ? 'ConfigMap' : 'Secret');
  for (const [, word = '', name] of message.matchAll(OBJECT)) {
    found.push({ kind: kindOf(word), name, key: undefined, message });
  }
  for (const [, key, word = '', name] of message.matchAll(KEY)) {
    found.push({ kind: kindOf(word), name, key, message });
  }
  for (const [, , word = '', key] of message.matchAll(VOLUME_KEY)) {
    found.push({ kind: kindOf(word), name: undefined, key, message });
  }
  return found;
}

/** Whether the object or key is missing, as the objects tell; undefined where they don't. */
function seenMissing(
  snapshot: Snapshot,
  pod: KubeObject,
  { kind, name, key }: ConfigReference,
): boolean | undefined {
  const object = snapshot.get(kind, pod.namespace, name);
  if (object === undefined) return snapshot.knowsAll(kind, pod.namespace) ? true : undefined;
  if (key === undefined) return false;
  const keys = dataKeys(object);
  return keys === undefined ? undefined : !keys.includes(key);
}

/** Keys of a ConfigMap or Secret; undefined where only metadata was read. */
export function dataKeys({ raw }: KubeObject): readonly string[] | undefined {
  const parts = [raw['data'], raw['binaryData'], raw['stringData']].map(asObject);
  const known = parts.filter((part) => part !== undefined);
  return known.length === 0 ? undefined : known.flatMap((part) => Object.keys(part));
}

function nearObject(
  snapshot: Snapshot,
  pod: KubeObject,
  { kind, name }: ConfigReference,
): string | undefined {
  return nearestName(
    name,
    snapshot.all(kind, pod.namespace).map((object) => object.name),
  );
}

function nearKey(
  snapshot: Snapshot,
  pod: KubeObject,
  { kind, name, key }: ConfigReference,
): string | undefined {
  const object = snapshot.get(kind, pod.namespace, name);
  return object === undefined || key === undefined ? undefined : nearestName(key, dataKeys(object) ?? []);
}
