import type { ObservationEvent } from '@tapio/domain';
import type { Check } from '../checks/check.ts';
import { runChecks } from '../checks/observe.ts';
import type { JsonObject } from '../json.ts';
import { asObject, asText, asTimeUs } from '../json.ts';
import { textPairs } from '../relations/services.ts';
import type { KubeObject } from '../snapshot/kube-object.ts';
import { Snapshot } from '../snapshot/snapshot.ts';

/** When snapshots of tests were taken. */
export const TAKEN_US = Date.UTC(2026, 0, 2, 20) * 1000;

/** An object as its manifest says it, for tests. */
export function kubeObject(manifest: JsonObject): KubeObject {
  const metadata = asObject(manifest['metadata']) ?? {};
  const name = asText(metadata['name']) ?? '';
  return {
    apiVersion: asText(manifest['apiVersion']) ?? 'v1',
    kind: asText(manifest['kind']) ?? '',
    namespace: asText(metadata['namespace']) ?? '',
    name,
    uid: asText(metadata['uid']) ?? `uid-${name}`,
    resourceVersion: asText(metadata['resourceVersion']) ?? '1',
    labels: textPairs(asObject(metadata['labels'])),
    createdUs: asTimeUs(metadata['creationTimestamp']) ?? TAKEN_US - 3_600_000_000,
    deletionUs: asTimeUs(metadata['deletionTimestamp']),
    metadata,
    spec: asObject(manifest['spec']) ?? {},
    status: asObject(manifest['status']) ?? {},
    raw: manifest,
    place: 'test',
  };
}

/** A snapshot of these manifests; `listed` holds every kind among them unless it is given. */
export function snapshotOf(manifests: readonly JsonObject[], listed?: readonly string[]): Snapshot {
  const objects = manifests.map(kubeObject);
  return new Snapshot({
    cluster: 'test',
    objects,
    logs: [],
    takenUs: TAKEN_US,
    listed: new Set(listed ?? [...objects.map((object) => object.kind), 'Service', 'Pod', 'Namespace']),
  });
}

/** What a check sees: type, object, refers and data of each event. */
export function seenBy(check: Check, snapshot: Snapshot): readonly Readonly<Record<string, string>>[] {
  return runChecks(snapshot, [check]).map((event: ObservationEvent) => ({ type: event.type, ...event.data }));
}
