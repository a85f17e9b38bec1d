import type { JsonObject } from '../json.ts';
import { asObject, asText, asTimeUs } from '../json.ts';
import { textPairs } from '../relations/services.ts';
import type { KubeObject } from '../snapshot/kube-object.ts';
import { objectText } from '../snapshot/kube-object.ts';
import type { ReadCertificate } from './certificate.ts';
import type { FoundItem, Strength } from './items.ts';
import type { Namespaces } from './namespaces.ts';
import type { Problems } from './problems.ts';
import { redactSecret } from './redact.ts';
import { isNamespaced } from './resources.ts';
import { newestTimeUs } from './times.ts';

const STRENGTHS: readonly Strength[] = ['row', 'description', 'object'];
/** Groups that had, or have, the same kinds as another one. */
const MOVED_GROUPS = /^(?:extensions|apps|networking\.k8s\.io|events\.k8s\.io|batch|autoscaling|policy)?$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
const NAME_LENGTH = 253;

/** What objects are placed by, and where it goes that can't be. */
export interface Placing {
  readonly namespaces: Namespaces;
  readonly problems: Problems;
  readonly readCertificate: ReadCertificate;
}

interface Candidate {
  readonly object: KubeObject;
  readonly item: FoundItem;
}

/**
 * Objects of the items that were found: each with its namespace, and each once. Of several that say the same, the
 * fullest and newest is taken.
 */
export function placeObjects(
  items: readonly FoundItem[],
  { namespaces, problems, readCertificate }: Placing,
): KubeObject[] {
  const chosen = new Map<string, Candidate>();
  for (const item of items) {
    const object = objectOf(item, namespaces, readCertificate);
    if (object === undefined) {
      problems.add(item.path, item.place, 'its kind or name can not be one of Kubernetes; it was left out');
      continue;
    }
    const key = keyOf(object, item);
    const other = chosen.get(key);
    if (other === undefined) {
      chosen.set(key, { object, item });
      continue;
    }
    const isNewer = compare({ object, item }, other) > 0;
    if (item.strength === 'object' && other.item.strength === 'object' && isAnother(object, other.object)) {
      const kept = isNewer ? item : other.item;
      problems.add(
        item.path,
        item.place,
        `${objectText(object)} is there twice with different uids (also in ${other.item.path}); the newer one, of ${kept.path}, was taken`,
      );
    }
    if (isNewer) chosen.set(key, { object, item });
  }
  // Kinds of other groups may have the name of one of the core: that is found by name before them.
  return [...chosen.values()]
    .map(({ object }) => object)
    .sort((a, b) => Number(isOwnGroup(a)) - Number(isOwnGroup(b)));
}

function objectOf(
  { raw, path, place }: FoundItem,
  namespaces: Namespaces,
  readCertificate: ReadCertificate,
): KubeObject | undefined {
  const kind = asText(raw['kind']) ?? '';
  const metadata = asObject(raw['metadata']) ?? {};
  const name = asText(metadata['name']) ?? '';
  if (!KIND.test(kind) || name === '' || name.length > NAME_LENGTH || /[\s/]/.test(name)) return undefined;
  const namespace = isNamespaced(kind) === false ? '' : namespaces.of({ raw, kind, name, path });
  const kept = kind === 'Secret' ? redactSecret(raw, readCertificate) : raw;
  const keptMetadata = asObject(kept['metadata']) ?? {};
  const uid = asText(metadata['uid']) ?? (kind === 'Pod' ? objectText({ kind, namespace, name }) : undefined);
  const full: JsonObject = { ...keptMetadata, namespace, ...(uid === undefined ? {} : { uid }) };
  return {
    apiVersion: asText(raw['apiVersion']) ?? '',
    kind,
    namespace,
    name,
    uid,
    resourceVersion: asText(metadata['resourceVersion']),
    labels: textPairs(asObject(metadata['labels'])),
    createdUs: asTimeUs(metadata['creationTimestamp']),
    deletionUs: asTimeUs(metadata['deletionTimestamp']),
    metadata: full,
    spec: asObject(raw['spec']) ?? {},
    status: asObject(raw['status']) ?? {},
    raw: { ...kept, metadata: full },
    place: place === '' ? path : `${path}, ${place}`,
  };
}

/** Events of texts have no name: what they say makes them the same. */
function keyOf(object: KubeObject, { strength }: FoundItem): string {
  const group = groupOf(object);
  if (object.kind === 'Event' && strength !== 'object') return eventKey(object);
  return `${MOVED_GROUPS.test(group) ? '' : group}\n${object.kind}\n${object.namespace}\n${object.name}`;
}

function eventKey({ raw, namespace }: KubeObject): string {
  const involved = asObject(raw['involvedObject']) ?? asObject(raw['regarding']) ?? {};
  return JSON.stringify([
    namespace,
    involved['kind'],
    involved['name'],
    raw['reason'],
    raw['message'] ?? raw['note'],
  ]);
}

/** Events of texts that a list of Events holds too. */
export function withoutRepeatedEvents(objects: readonly KubeObject[]): KubeObject[] {
  const isFromText = ({ kind, uid }: KubeObject): boolean => kind === 'Event' && uid === undefined;
  const known = new Set(objects.filter((o) => o.kind === 'Event' && !isFromText(o)).map(eventKey));
  return objects.filter((object) => !isFromText(object) || !known.has(eventKey(object)));
}

function groupOf({ apiVersion }: KubeObject): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

function isOwnGroup(object: KubeObject): boolean {
  const group = groupOf(object);
  return !group.includes('.') || group.endsWith('.k8s.io');
}

function isAnother(a: KubeObject, b: KubeObject): boolean {
  return a.uid !== undefined && b.uid !== undefined && a.uid !== b.uid;
}

function compare(a: Candidate, b: Candidate): number {
  return (
    STRENGTHS.indexOf(a.item.strength) - STRENGTHS.indexOf(b.item.strength) ||
    versionOf(a.object) - versionOf(b.object) ||
    (newestTimeUs(a.object.raw) ?? 0) - (newestTimeUs(b.object.raw) ?? 0)
  );
}

function versionOf({ resourceVersion }: KubeObject): number {
  const version = Number(resourceVersion);
  return Number.isFinite(version) ? version : 0;
}
