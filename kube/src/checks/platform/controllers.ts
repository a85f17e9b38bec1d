import { asCount, asList, asObject, asText, asTimeUs } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { reportsAbout } from '../../relations/object-reports.ts';
import { isReady } from '../../relations/pod-templates.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import { SYSTEM_NAMESPACE, controlPlanePod } from './control-plane.ts';

/** Controllers act within a second; a busy one within a minute. */
const IDLE_US = 60_000_000;

/** Workloads on which no controller acts: a change that is not observed, or nothing made and no word why. */
export const controllersCheck: Check = {
  name: 'controllers',
  run(snapshot, emit) {
    // A manager that is ready and leads nobody is too rare to blame it.
    if (
      snapshot
        .all('Pod', SYSTEM_NAMESPACE)
        .some((pod) => pod.name.startsWith('kube-controller-manager-') && isReady(pod))
    )
      return;
    for (const kind of ['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job']) {
      for (const workload of snapshot.all(kind)) {
        const problem = isUnobserved(workload)
          ? 'generation'
          : isChildless(snapshot, workload)
            ? 'children'
            : undefined;
        const sinceUs = changedUs(workload);
        if (problem === undefined || sinceUs === undefined || snapshot.takenUs - sinceUs < IDLE_US) continue;
        emit({
          type: 'controllers_idle',
          about: workload,
          refers: controlPlanePod(snapshot, 'kube-controller-manager'),
          atUs: sinceUs,
          data: { problem, since_us: snapshot.takenUs - sinceUs },
        });
      }
    }
  },
};

function isUnobserved({ kind, metadata, status, deletionUs }: KubeObject): boolean {
  const generation = asCount(metadata['generation']);
  if (kind === 'Job' || deletionUs !== undefined || generation === undefined) return false;
  return generation > (asCount(status['observedGeneration']) ?? 0);
}

/** It wants pods or a ReplicaSet and has none, and nobody said why. */
function isChildless(snapshot: Snapshot, workload: KubeObject): boolean {
  const { kind, namespace, spec, status, deletionUs } = workload;
  if (deletionUs !== undefined || conditionOf(workload, 'ReplicaFailure')?.status === 'True') return false;
  if (snapshot.get('Namespace', '', namespace)?.deletionUs !== undefined) return false;
  if (reportsAbout(snapshot, workload).some(({ reason }) => reason.startsWith('Failed'))) return false;
  if ((asCount(status['replicas']) ?? 0) > 0) return false;
  const wanted = asCount(spec['replicas']) ?? 1;
  if (kind === 'Deployment') {
    if (wanted === 0 || !snapshot.knowsAll('ReplicaSet', namespace)) return false;
    return !snapshot.all('ReplicaSet', namespace).some((set) => isOwnedBy(set, workload));
  }
  if (!snapshot.knowsAll('Pod', namespace)) return false;
  const hasPods = snapshot.all('Pod', namespace).some((pod) => isOwnedBy(pod, workload));
  if (kind === 'ReplicaSet' || kind === 'StatefulSet') return wanted > 0 && !hasPods;
  if (kind !== 'Job') return false;
  const isOver = asList(status['conditions'])?.length || asText(status['completionTime']) !== undefined;
  const isOthers = asText(spec['managedBy']) !== undefined || spec['suspend'] === true;
  return !isOver && !isOthers && !hasPods && status['startTime'] === undefined;
}

function isOwnedBy(child: KubeObject, { kind, name }: KubeObject): boolean {
  return (asList(child.metadata['ownerReferences']) ?? []).some((entry) => {
    const owner = asObject(entry);
    return owner?.['kind'] === kind && owner['name'] === name;
  });
}

/** When its spec was last written, as far as the field managers tell; else when it was made. */
function changedUs({ metadata, createdUs }: KubeObject): number | undefined {
  const times = (asList(metadata['managedFields']) ?? []).flatMap((entry) => {
    const manager = asObject(entry);
    return manager?.['subresource'] === 'status' ? [] : (asTimeUs(manager?.['time']) ?? []);
  });
  return times.length === 0 ? createdUs : Math.max(...times);
}
