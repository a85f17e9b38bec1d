import { KUBE_LIMITS } from './limits.ts';
import type { PodView } from './pod-view.ts';
import type { RememberedFields, SpecChange } from './spec-changes.ts';
import { rememberFields, specChanges } from './spec-changes.ts';
import type { SpecField } from './spec-fields.ts';

/** The newest revision of a workload that was seen, and what its pods were made from. */
export interface KnownRevision {
  readonly revision: string;
  /** When its first pod that was seen was made. */
  readonly createdUs: number;
  readonly fields: RememberedFields;
  /** Revisions seen before, oldest first, at most `KUBE_LIMITS.revisions`. */
  readonly earlier: readonly string[];
}

export interface RevisionChange {
  /** The first pod of the new revision that was seen. */
  readonly pod: PodView;
  readonly oldRevision: string;
  readonly newRevision: string;
  readonly changes: readonly SpecChange[];
}

/** Fields that differ between the pods of one template: set by scheduler, kubelet, admission and StatefulSet. */
const PER_POD =
  /^spec\.(?:nodeName|hostname|priority|schedulingGates|ephemeralContainers)\b|^spec\.tolerations\[node\.kubernetes\.io\//;

/** Values that the API server fills in: a field that is absent equals one that holds its default. */
const DEFAULTS: readonly (readonly [RegExp, string])[] = [
  [/\.terminationMessagePath$/, '/dev/termination-log'],
  [/\.terminationMessagePolicy$/, 'File'],
  [/^spec\.dnsPolicy$/, 'ClusterFirst'],
  [/^spec\.restartPolicy$/, 'Always'],
  [/^spec\.schedulerName$/, 'default-scheduler'],
  [/^spec\.terminationGracePeriodSeconds$/, '30'],
  [/^spec\.enableServiceLinks$/, 'true'],
  [/^spec\.preemptionPolicy$/, 'PreemptLowerPriority'],
  [/^spec\.serviceAccountName$/, 'default'],
  [/^spec\.securityContext$/, '{}'],
  [/\.resources$/, '{}'],
  [/\.protocol$/, 'TCP'],
  [/Probe\.timeoutSeconds$/, '1'],
  [/Probe\.periodSeconds$/, '10'],
  [/Probe\.successThreshold$/, '1'],
  [/Probe\.failureThreshold$/, '3'],
  [/\.scheme$/, 'HTTP'],
  [/\.defaultMode$/, '420'],
];

/**
 * Follows the revisions of workloads by the pods made from them. A revision that is seen for the first time is
 * a change when its pod is newer than the last one's. One that was seen before is a roll-back only when no pod
 * of the last one is left alive: in the middle of a roll-out a pod of the old revision may be made again.
 */
export class WorkloadRevisions {
  readonly #known: Map<string, KnownRevision>;

  constructor(known: Iterable<readonly [string, KnownRevision]> = []) {
    this.#known = new Map(known);
  }

  entries(): IterableIterator<[string, KnownRevision]> {
    return this.#known.entries();
  }

  observe(pods: readonly PodView[]): RevisionChange[] {
    const groups = new Map<string, PodView[]>();
    for (const pod of pods) {
      if (pod.workload === undefined || pod.revision === undefined || pod.createdUs === undefined) continue;
      const key = `${pod.namespace}/${pod.workload}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [pod]);
      else group.push(pod);
    }
    const changes: RevisionChange[] = [];
    for (const key of [...groups.keys()].sort())
      changes.push(...this.#observeWorkload(key, groups.get(key) ?? []));
    return changes;
  }

  #observeWorkload(key: string, pods: readonly PodView[]): RevisionChange[] {
    const ordered = pods.toSorted(
      (a, b) => (a.createdUs ?? 0) - (b.createdUs ?? 0) || (a.podUid < b.podUid ? -1 : 1),
    );
    const living = new Set(ordered.filter((p) => p.deletionRequestedUs === undefined).map((p) => p.revision));
    const changes: RevisionChange[] = [];
    let known = this.#known.get(key);
    for (const pod of ordered) {
      const { revision = '', createdUs = 0 } = pod;
      if (known?.revision === revision) continue;
      const fields = templateFields(pod);
      if (known === undefined) known = { revision, createdUs, fields: rememberFields(fields), earlier: [] };
      else {
        const isReturn = known.earlier.includes(revision);
        const isNewer = createdUs > known.createdUs;
        if (!isNewer || (isReturn && (living.has(known.revision) || pod.deletionRequestedUs !== undefined)))
          continue;
        const differences = specChanges(known.fields, fields);
        changes.push({ pod, oldRevision: known.revision, newRevision: revision, changes: differences });
        known = {
          revision,
          createdUs,
          fields: rememberFields(fields),
          earlier: [...known.earlier.filter((r) => r !== revision), known.revision].slice(
            -KUBE_LIMITS.revisions,
          ),
        };
      }
      this.#remember(key, known);
    }
    return changes;
  }

  #remember(key: string, known: KnownRevision): void {
    this.#known.delete(key);
    this.#known.set(key, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KUBE_LIMITS.workloads) break;
      this.#known.delete(oldest);
    }
  }
}

function templateFields(pod: PodView): ReadonlyMap<string, SpecField> {
  const isOrdinal = pod.workload?.startsWith('StatefulSet/') === true;
  const fields = new Map<string, SpecField>();
  for (const [place, field] of pod.spec) {
    if (PER_POD.test(place)) continue;
    if (DEFAULTS.some(([pattern, value]) => field.value === value && pattern.test(place))) continue;
    // A claim of a StatefulSet is named <template>-<pod>.
    if (isOrdinal && place.endsWith('.claimName') && field.value?.endsWith(`-${pod.podName}`) === true)
      continue;
    fields.set(place, field);
  }
  return fields;
}
