import { parseQuantity } from '@tapio/domain';
import { asList, asObject, asText } from '../../json.ts';
import { nearestName } from '../../relations/near-names.ts';
import { matchesSelector, selectorText } from '../../relations/label-selector.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
] as const;

/** Class of a claim or volume: empty for `""`, undefined where it names none. */
export function classOf({ spec, metadata }: KubeObject): string | undefined {
  const named = spec['storageClassName'] ?? asObject(metadata['annotations'])?.[CLASS_ANNOTATION];
  return typeof named === 'string' ? named : undefined;
}

export function defaultClass(snapshot: Snapshot): KubeObject | undefined {
  return snapshot
    .all('StorageClass')
    .find(({ metadata }) =>
      DEFAULT_ANNOTATIONS.some((key) => asObject(metadata['annotations'])?.[key] === 'true'),
    );
}

export function waitsForConsumer(storageClass: KubeObject | undefined): boolean {
  return storageClass?.raw['volumeBindingMode'] === 'WaitForFirstConsumer';
}

/** Why a volume does not suit a claim, in the order in which the controller looks. */
export type Mismatch = 'volume_taken' | 'volume_class' | 'selector' | 'access_mode' | 'capacity';

export function mismatchOf(claim: KubeObject, volume: KubeObject): Mismatch | undefined {
  const holder = holderOf(volume);
  if (holder !== undefined && holder !== `${claim.namespace}/${claim.name}`) return 'volume_taken';
  const phase = volume.status['phase'];
  if (phase === 'Released' || phase === 'Failed') return 'volume_taken';
  if ((classOf(volume) ?? '') !== (classOf(claim) ?? '')) return 'volume_class';
  const selector = claim.spec['selector'];
  if (selector !== undefined && selector !== null && !matchesSelector(selector, volume.labels))
    return 'selector';
  if (!modesOf(claim).every((mode) => modesOf(volume).includes(mode))) return 'access_mode';
  return requestedBytes(claim) > capacityBytes(volume) ? 'capacity' : undefined;
}

/** Claim that has a volume, `namespace/name`. */
function holderOf(volume: KubeObject): string | undefined {
  const reference = asObject(volume.spec['claimRef']);
  const name = asText(reference?.['name']);
  return name === undefined ? undefined : `${asText(reference?.['namespace']) ?? ''}/${name}`;
}

function modesOf({ spec }: KubeObject): readonly string[] {
  return (asList(spec['accessModes']) ?? [])
    .slice(0, 8)
    .filter((mode): mode is string => typeof mode === 'string');
}

function requestedText(claim: KubeObject): string {
  const storage = asObject(asObject(claim.spec['resources'])?.['requests'])?.['storage'];
  return typeof storage === 'number' ? String(storage) : (asText(storage) ?? '0');
}

function capacityText(volume: KubeObject): string {
  const storage = asObject(volume.spec['capacity'])?.['storage'];
  return typeof storage === 'number' ? String(storage) : (asText(storage) ?? '0');
}

function requestedBytes(claim: KubeObject): number {
  return parseQuantity(requestedText(claim)) ?? 0;
}

function capacityBytes(volume: KubeObject): number {
  return parseQuantity(capacityText(volume)) ?? 0;
}

/** What the claim wants and the volume has, as far as they differ in it. */
export function differenceOf(
  mismatch: Mismatch,
  claim: KubeObject,
  volume: KubeObject,
): { readonly wanted: string; readonly offered: string } {
  switch (mismatch) {
    case 'access_mode':
      return { wanted: modesOf(claim).join(','), offered: modesOf(volume).join(',') };
    case 'capacity':
      return { wanted: requestedText(claim), offered: capacityText(volume) };
    case 'selector':
      return {
        wanted: selectorText(claim.spec['selector']),
        offered:
          Object.entries(volume.labels)
            .map(([key, value]) => `${key}=${value}`)
            .join(',') || 'no labels',
      };
    case 'volume_class':
      return { wanted: classOf(claim) ?? '', offered: classOf(volume) ?? '' };
    case 'volume_taken':
      return { wanted: volume.name, offered: holderOf(volume) ?? String(volume.status['phase']) };
  }
}

export function nearestClass(snapshot: Snapshot, name: string): string | undefined {
  const names = snapshot.all('StorageClass').map((storageClass) => storageClass.name);
  return (
    nearestName(name, names) ?? defaultClass(snapshot)?.name ?? (names.length === 1 ? names[0] : undefined)
  );
}
