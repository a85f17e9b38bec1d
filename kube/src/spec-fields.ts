import { scrubCommandLine, scrubText } from '@tapio/domain';
import type { JsonObject } from './json.ts';
import { asList, asObject, asText, cut } from './json.ts';
import { KUBE_LIMITS } from './limits.ts';

/** One step of a path as metadata.managedFields names it: `f:name`, or `k:{...}` for an entry of a keyed list. */
export type PathStep = string | Readonly<Record<string, string | number>>;

export interface SpecField {
  /** What may be shown, scrubbed; absent for environment values and other texts that may be secret. */
  readonly value?: string;
  /** Tells apart values that are not shown or shown in part. 16 bits: it can't confirm a guessed secret. */
  readonly digest?: string;
  /** Where managedFields names it. */
  readonly path: readonly PathStep[];
}

/** The fields of a pod's spec by path, lists by name: `spec.containers[report].resources.limits.memory`. */
export type SpecFields = ReadonlyMap<string, SpecField>;

/**
 * Lists whose entries have a name of their own. `owned` are the keys by which managedFields tells entries
 * apart (the list-map-keys of the v1 API); a list without them is owned whole.
 */
const KEYED_LISTS: Readonly<Record<string, { shown: readonly string[]; owned: readonly string[] }>> = {
  containers: { shown: ['name'], owned: ['name'] },
  initContainers: { shown: ['name'], owned: ['name'] },
  ephemeralContainers: { shown: ['name'], owned: ['name'] },
  env: { shown: ['name'], owned: ['name'] },
  volumes: { shown: ['name'], owned: ['name'] },
  volumeMounts: { shown: ['mountPath'], owned: ['mountPath'] },
  volumeDevices: { shown: ['devicePath'], owned: ['devicePath'] },
  ports: { shown: ['containerPort', 'protocol'], owned: ['containerPort', 'protocol'] },
  imagePullSecrets: { shown: ['name'], owned: ['name'] },
  hostAliases: { shown: ['ip'], owned: ['ip'] },
  topologySpreadConstraints: {
    shown: ['topologyKey', 'whenUnsatisfiable'],
    owned: ['topologyKey', 'whenUnsatisfiable'],
  },
  resourceClaims: { shown: ['name'], owned: ['name'] },
  schedulingGates: { shown: ['name'], owned: ['name'] },
  tolerations: { shown: ['key', 'operator', 'effect'], owned: [] },
  resizePolicy: { shown: ['resourceName'], owned: [] },
  httpHeaders: { shown: ['name'], owned: [] },
};

/** Parts of a spec whose values may be secret whatever they look like: only that they changed is told. */
const HIDDEN_VALUES =
  /\.(?:env|httpHeaders)\[.*\]\.value$|\.(?:volumeAttributes|options)\.|\.(?:flexVolume|csi)\.(?!driver$|fsType$|readOnly$)/s;

/** Volumes and mounts that admission adds under a random name: the token of the service account. */
const TOKEN_VOLUME = /^(?:kube-api-access|.+-token)-[a-z0-9]{5}$/;
const TOKEN_MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** 16-bit fold of FNV-1a over UTF-16 units. */
export function digest(value: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < value.length; i += 1) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 16)) & 0xffff).toString(16).padStart(4, '0');
}

/** Takes a pod's spec apart into comparable fields. Takes anything; what is too deep or too many is left out. */
export function specFields(spec: unknown): SpecFields {
  const fields = new Map<string, SpecField>();
  const root = asObject(spec);
  if (root !== undefined) walkObject(root, { place: 'spec', path: ['f:spec'], depth: 0, fields });
  return fields;
}

/** Prefix and name of a label or resource (Kubernetes documentation: "Labels and Selectors"). */
const LONGEST_KEY = 253 + 1 + 63;

interface Position {
  readonly place: string;
  readonly path: readonly PathStep[];
  readonly depth: number;
  readonly fields: Map<string, SpecField>;
}

function walkObject(object: JsonObject, at: Position): void {
  for (const name of Object.keys(object).sort()) {
    // The deprecated alias of serviceAccountName.
    if (at.depth === 0 && name === 'serviceAccount') continue;
    if (name.length > LONGEST_KEY) continue;
    walk(object[name], name, {
      ...at,
      place: `${at.place}.${name}`,
      path: [...at.path, `f:${name}`],
      depth: at.depth + 1,
    });
  }
}

function walk(value: unknown, name: string, at: Position): void {
  if (value === null || value === undefined) return;
  if (at.depth > KUBE_LIMITS.specDepth || at.fields.size >= KUBE_LIMITS.specFields) return;
  const list = asList(value);
  if (list !== undefined) {
    walkList(list, name, at);
    return;
  }
  const object = asObject(value);
  if (object !== undefined && Object.keys(object).length > 0) walkObject(object, at);
  else put(at, object === undefined ? leafText(value) : '{}');
}

function walkList(list: readonly unknown[], name: string, at: Position): void {
  const keyed = Object.hasOwn(KEYED_LISTS, name) ? KEYED_LISTS[name] : undefined;
  if (keyed === undefined || !list.every((entry) => asObject(entry) !== undefined)) {
    putList(list, name, at);
    return;
  }
  const taken = new Map<string, number>();
  for (const entry of list) {
    const object = asObject(entry) ?? {};
    if (isTokenVolume(name, object)) continue;
    const shown = keyed.shown.map((key) => keyText(object, key)).filter((part) => part !== '');
    const label = cut(shown.join(':'), KUBE_LIMITS.nameLength);
    const seen = (taken.get(label) ?? 0) + 1;
    taken.set(label, seen);
    const step: Record<string, string | number> = {};
    for (const key of keyed.owned) {
      const part = object[key] ?? (key === 'protocol' ? 'TCP' : undefined);
      if (typeof part === 'string' || typeof part === 'number') step[key] = part;
    }
    walkObject(object, {
      ...at,
      place: `${at.place}[${label}${seen === 1 ? '' : `#${seen}`}]`,
      path: keyed.owned.length === 0 ? at.path : [...at.path, step],
      depth: at.depth + 1,
    });
  }
}

function isTokenVolume(list: string, entry: JsonObject): boolean {
  if (list === 'volumes') return TOKEN_VOLUME.test(asText(entry['name']) ?? '');
  return list === 'volumeMounts' && entry['mountPath'] === TOKEN_MOUNT;
}

function keyText(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A list without names is one field: the words of a command line, or JSON. */
function putList(list: readonly unknown[], name: string, at: Position): void {
  const isCommandLine = name === 'args' || name === 'command';
  const raw = jsonText(list);
  if (isCommandLine) {
    const words = list.slice(0, 256).map((word) => (typeof word === 'string' ? word : jsonText(word)));
    put(at, scrubCommandLine(words.map((word) => word.slice(0, 4096))), raw);
  } else put(at, raw);
}

function leafText(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value);
}

/** Of parsed JSON; empty where it is nested too deep to be written. */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '';
  }
}

/** @param raw what to compare by, where it is not the text itself */
function put(at: Position, text: string, raw = text): void {
  const hidden = HIDDEN_VALUES.test(at.place);
  const shown = hidden ? undefined : cut(scrubText(text.slice(0, 4096)), KUBE_LIMITS.valueLength);
  at.fields.set(at.place, {
    path: at.path,
    ...(shown === undefined ? {} : { value: shown }),
    ...(shown === raw ? {} : { digest: digest(raw) }),
  });
}
