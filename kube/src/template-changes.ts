import type { ObservationEvent } from '@tapio/domain';
import { EVENT_LIMITS, NO_NODE, eventTypeRow, podEventId } from '@tapio/domain';
import type { FieldManager } from './field-managers.ts';
import { fieldManagers, ownerOf } from './field-managers.ts';
import type { JsonObject } from './json.ts';
import { asList, asObject, asTimeUs, cut } from './json.ts';
import { boundedChanges, changeData } from './pod-events.ts';
import { textPairs } from './relations/services.ts';
import type { KubeObject, ObjectName } from './snapshot/kube-object.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import type { SpecChange } from './spec-changes.ts';
import { specChanges } from './spec-changes.ts';
import type { PathStep, SpecField } from './spec-fields.ts';
import { digest, specFields } from './spec-fields.ts';

/** A revision of a workload: a ReplicaSet or a ControllerRevision with the template of its pods. */
interface Revision {
  readonly object: KubeObject;
  readonly number: number;
  readonly template: JsonObject;
}

/** Workloads whose revisions were compared, and what changed from the one before to the newest. */
export interface TemplateChanges {
  readonly events: readonly ObservationEvent[];
  /** `namespace/Kind/name`. */
  readonly compared: ReadonlySet<string>;
}

/**
 * Compares the pod templates of each workload's newest revision and the one before: ReplicaSets of a Deployment by
 * `deployment.kubernetes.io/revision`, ControllerRevisions of StatefulSets and DaemonSets by their number. The time is
 * when the newest one was made; for a roll-back, which takes an old one up again, when its number was raised.
 */
export function templateChanges(snapshot: Snapshot): TemplateChanges {
  const revisions = new Map<string, { owner: ObjectName; list: Revision[] }>();
  for (const object of [...snapshot.all('ReplicaSet'), ...snapshot.all('ControllerRevision')]) {
    const revision = revisionOf(object);
    const owner = snapshot.ownerOf(object);
    if (revision === undefined || owner.name === object.name) continue;
    const key = `${owner.namespace}/${owner.kind}/${owner.name}`;
    const known = revisions.get(key) ?? { owner, list: [] };
    revisions.set(key, known);
    known.list.push(revision);
  }
  const events: ObservationEvent[] = [];
  const compared = new Set<string>();
  for (const [key, { owner, list }] of revisions) {
    const [before, newest] = list.toSorted((a, b) => a.number - b.number).slice(-2);
    if (before === undefined || newest === undefined) continue;
    compared.add(key);
    events.push(...changesOf(snapshot, owner, { before, newest }));
  }
  return { events, compared };
}

function revisionOf(object: KubeObject): Revision | undefined {
  const annotations = asObject(object.metadata['annotations']);
  const isSet = object.kind === 'ReplicaSet';
  const number = Number(isSet ? annotations?.['deployment.kubernetes.io/revision'] : object.raw['revision']);
  const spec = isSet ? object.spec : asObject(asObject(object.raw['data'])?.['spec']);
  const template = asObject(spec?.['template']);
  return template === undefined || !Number.isSafeInteger(number) || number < 1
    ? undefined
    : { object, number, template };
}

function changesOf(
  snapshot: Snapshot,
  owner: ObjectName,
  { before, newest }: { readonly before: Revision; readonly newest: Revision },
): ObservationEvent[] {
  const workload = snapshot.get(owner.kind, owner.namespace, owner.name);
  const managers = fieldManagers(workload?.metadata['managedFields']);
  const { object } = newest;
  const atUs = revisedUs(before.object, object);
  const changes = specChanges(templateFields(before.template), templateFields(newest.template));
  return boundedChanges(changes, 'spec').map((change): ObservationEvent => {
    const manager = managerOf(change, managers);
    const data: Record<string, string | undefined> = {
      ...changeData(change),
      manager: manager?.manager,
      operation: manager?.operation,
      resource_version: object.resourceVersion,
      old_revision: hashOf(before.object),
      new_revision: hashOf(object),
    };
    const uid = object.uid ?? `${object.kind}/${object.namespace}/${object.name}`;
    return {
      id: podEventId('workload_spec_changed', { cluster: snapshot.cluster, podUid: uid }, [
        change.field,
        digest(change.version),
        ...(newest.number === 1 ? [] : [newest.number]),
      ]).slice(0, EVENT_LIMITS.idLength),
      timestamp: atUs ?? manager?.timeUs ?? snapshot.takenUs,
      source: eventTypeRow('workload_spec_changed')?.source ?? 'kubelet',
      type: 'workload_spec_changed',
      cluster: snapshot.cluster,
      node: NO_NODE,
      namespace: owner.namespace,
      workload: `${owner.kind}/${owner.name}`,
      data: Object.fromEntries(
        Object.entries(data).flatMap(([key, value]) =>
          value === undefined ? [] : [[key, cut(value, EVENT_LIMITS.dataValueLength)]],
        ),
      ),
    };
  });
}

/** The manager of the field in the workload's template, as far as it is the one who last set it. */
function managerOf({ path }: SpecChange, managers: readonly FieldManager[]): FieldManager | undefined {
  return path === undefined ? undefined : ownerOf(managers, ['f:spec', 'f:template', ...path]);
}

function revisedUs(before: KubeObject, newest: KubeObject): number | undefined {
  const { createdUs } = newest;
  if (createdUs === undefined || before.createdUs === undefined || createdUs >= before.createdUs)
    return createdUs;
  const raised = (asList(newest.metadata['managedFields']) ?? [])
    .map((entry) => asTimeUs(asObject(entry)?.['time']) ?? 0)
    .filter((us) => us >= (before.createdUs ?? 0));
  return raised.length === 0 ? before.createdUs : Math.min(...raised);
}

function hashOf({ labels, name }: KubeObject): string {
  return (
    labels['pod-template-hash'] ??
    labels['controller-revision-hash'] ??
    labels['controller.kubernetes.io/hash'] ??
    name
  );
}

/** Labels that controllers add to tell revisions apart. */
const REVISION_LABELS = /^(?:pod-template-hash|controller-revision-hash|rollouts-pod-template-hash)$/;

function templateFields(template: JsonObject): ReadonlyMap<string, SpecField> {
  const fields = new Map(specFields(withoutPatch(asObject(template['spec']))));
  for (const [name, value] of Object.entries(
    textPairs(asObject(asObject(template['metadata'])?.['labels'])),
  )) {
    if (REVISION_LABELS.test(name)) continue;
    const path: readonly PathStep[] = ['f:metadata', 'f:labels', `f:${name}`];
    fields.set(`metadata.labels[${name}]`, { value, path });
  }
  return fields;
}

/** A ControllerRevision holds its template as a patch that replaces the whole. */
function withoutPatch(spec: JsonObject | undefined): JsonObject {
  return Object.fromEntries(Object.entries(spec ?? {}).filter(([key]) => key !== '$patch'));
}
