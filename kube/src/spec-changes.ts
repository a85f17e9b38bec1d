import type { CHANGE_CATEGORIES } from '@tapio/domain';
import { parseQuantity } from '@tapio/domain';
import type { PathStep, SpecField } from './spec-fields.ts';

export type ChangeCategory = (typeof CHANGE_CATEGORIES)[number];

/** A field as it is remembered between lists: without its place in managedFields. */
export type RememberedField = Omit<SpecField, 'path'>;
export type RememberedFields = ReadonlyMap<string, RememberedField>;

/** One difference between two specs, in words. */
export interface SpecChange {
  /** `spec.containers[report].resources.limits.memory`, or an entry of a list that is new or gone. */
  readonly field: string;
  readonly category: ChangeCategory;
  readonly container?: string;
  /** Absent when it was added or may not be shown. */
  readonly old?: string;
  readonly new?: string;
  /** Differs between any two values of the field. */
  readonly version: string;
  readonly words: string;
  /** Where managedFields of the new spec names it; absent when it is gone. */
  readonly path?: readonly PathStep[];
}

const CATEGORY_OF_FIELD: Readonly<Record<string, ChangeCategory>> = {
  resources: 'resources',
  resizePolicy: 'resources',
  overhead: 'resources',
  image: 'image',
  imagePullPolicy: 'image',
  imagePullSecrets: 'image',
  command: 'command',
  args: 'command',
  workingDir: 'command',
  lifecycle: 'command',
  env: 'env',
  envFrom: 'env',
  livenessProbe: 'probe',
  readinessProbe: 'probe',
  startupProbe: 'probe',
  volumes: 'volume',
  volumeMounts: 'volume',
  volumeDevices: 'volume',
  securityContext: 'security',
  serviceAccountName: 'security',
  automountServiceAccountToken: 'security',
  hostPID: 'security',
  hostIPC: 'security',
  hostNetwork: 'security',
  hostUsers: 'security',
  nodeSelector: 'scheduling',
  affinity: 'scheduling',
  tolerations: 'scheduling',
  topologySpreadConstraints: 'scheduling',
  priorityClassName: 'scheduling',
  priority: 'scheduling',
  schedulerName: 'scheduling',
  runtimeClassName: 'scheduling',
  nodeName: 'scheduling',
};

/** What most incidents go back to first. */
const CATEGORY_ORDER: readonly ChangeCategory[] = [
  'resources',
  'image',
  'command',
  'env',
  'probe',
  'volume',
  'security',
  'scheduling',
  'other',
];

/** Differences from `before` to `after`, the likeliest to matter first, then by path. */
export function specChanges(before: RememberedFields, after: ReadonlyMap<string, SpecField>): SpecChange[] {
  const oldEntries = entriesOf(before.keys());
  const newEntries = entriesOf(after.keys());
  const changes = new Map<string, SpecChange>();
  for (const [place, field] of after) {
    const old = before.get(place);
    if (old !== undefined && sameValue(place, old, field)) continue;
    const entry = old === undefined ? outermostMissing(place, oldEntries) : undefined;
    const at = entry ?? place;
    if (!changes.has(at))
      changes.set(at, describe({ place: at, old, now: field, isEntry: entry !== undefined }));
  }
  for (const [place, old] of before) {
    if (after.has(place)) continue;
    const entry = outermostMissing(place, newEntries);
    const at = entry ?? place;
    if (!changes.has(at)) changes.set(at, describe({ place: at, old, isEntry: entry !== undefined }));
  }
  return [...changes.values()].sort(
    (a, b) =>
      CATEGORY_ORDER.indexOf(a.category) - CATEGORY_ORDER.indexOf(b.category) || (a.field < b.field ? -1 : 1),
  );
}

/** What is kept of a spec until the next list. */
export function rememberFields(fields: ReadonlyMap<string, SpecField>): RememberedFields {
  return new Map(
    [...fields].map(([place, { value, digest }]) => [
      place,
      { ...(value === undefined ? {} : { value }), ...(digest === undefined ? {} : { digest }) },
    ]),
  );
}

/** 0.5 and 500m are one quantity. */
function sameValue(place: string, a: RememberedField, b: RememberedField): boolean {
  if (a.value === b.value && a.digest === b.digest) return true;
  if (!/\.resources\.(?:limits|requests)\./.test(place)) return false;
  const quantity = parseQuantity(a.value ?? '');
  return quantity !== undefined && quantity === parseQuantity(b.value ?? '');
}

/** Every `...[name]` that some field lies in. */
function entriesOf(places: Iterable<string>): ReadonlySet<string> {
  const entries = new Set<string>();
  for (const place of places) for (const entry of entriesAround(place)) entries.add(entry);
  return entries;
}

function entriesAround(place: string): string[] {
  return [...place.matchAll(/\](?=\.|$)/g)].map((match) => place.slice(0, match.index + 1));
}

function outermostMissing(place: string, present: ReadonlySet<string>): string | undefined {
  return entriesAround(place).find((entry) => !present.has(entry));
}

interface Difference {
  readonly place: string;
  readonly old?: RememberedField | undefined;
  readonly now?: SpecField;
  readonly isEntry: boolean;
}

function describe({ place, old, now, isEntry }: Difference): SpecChange {
  const { container, rest } = splitContainer(place);
  const label = labelOf(rest);
  const isEnvironment = /^env(?:From)?\[/.test(rest) && rest.endsWith('.value');
  const oldValue = isEntry || isEnvironment ? undefined : old?.value;
  const newValue = isEntry || isEnvironment ? undefined : now?.value;
  return {
    field: place,
    category: CATEGORY_OF_FIELD[/^[A-Za-z]+/.exec(rest)?.[0] ?? ''] ?? 'other',
    version: now === undefined ? 'removed' : `${now.value ?? ''}#${now.digest ?? ''}`,
    words: wordsOf({
      label,
      isEntry,
      added: old === undefined,
      removed: now === undefined,
      oldValue,
      newValue,
    }),
    ...(container === undefined ? {} : { container }),
    ...(oldValue === undefined ? {} : { old: oldValue }),
    ...(newValue === undefined ? {} : { new: newValue }),
    ...(now === undefined ? {} : { path: now.path }),
  };
}

interface Wording {
  readonly label: string;
  readonly isEntry: boolean;
  readonly added: boolean;
  readonly removed: boolean;
  readonly oldValue: string | undefined;
  readonly newValue: string | undefined;
}

function wordsOf({ label, isEntry, added, removed, oldValue, newValue }: Wording): string {
  if (removed) return oldValue === undefined ? `${label} removed` : `${label} removed (was ${oldValue})`;
  if (added) return isEntry || newValue === undefined ? `${label} added` : `${label} set to ${newValue}`;
  if (oldValue === undefined || newValue === undefined || oldValue === newValue) return `${label} changed`;
  return `${label} ${oldValue} -> ${newValue}`;
}

function splitContainer(place: string): { container?: string; rest: string } {
  const match = /^spec\.(?:containers|initContainers|ephemeralContainers)\[([^\]]*)\](?:\.(.*))?$/s.exec(
    place,
  );
  if (match === null) return { rest: place.replace(/^spec\./, '') };
  return { container: match[1] ?? '', rest: match[2] ?? '' };
}

/** `resources.limits.memory` -> `limits.memory`; `env[DB_HOST].value` -> `env DB_HOST`. */
function labelOf(rest: string): string {
  if (rest === '') return 'container';
  return rest
    .replace(/^resources\./, '')
    .replace(/^env\[(.*)\](?:\.value)?$/s, 'env $1')
    .replace(/^env\[(.*)\]\.valueFrom\./s, 'env $1 from ');
}
