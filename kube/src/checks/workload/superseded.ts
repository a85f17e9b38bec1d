import { asList, asObject, asText } from '../../json.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';

/** Pods that are over and whose workload has put others in their place, or is done. */
export function isPast(snapshot: Snapshot, pod: KubeObject): boolean {
  const { phase } = pod.status;
  if (phase === 'Succeeded' || pod.status['reason'] === 'Evicted') return true;
  if (phase !== 'Failed') return false;
  const owner = snapshot.ownerOf(pod);
  if (owner.kind === 'Pod') return false;
  if (owner.kind !== 'Job' && owner.kind !== 'CronJob') return true;
  const job = jobOf(snapshot, pod);
  return (asList(job?.status['conditions']) ?? [])
    .map(asObject)
    .some((condition) => condition?.['type'] === 'Complete' && condition['status'] === 'True');
}

function jobOf(snapshot: Snapshot, pod: KubeObject): KubeObject | undefined {
  const owners = (asList(pod.metadata['ownerReferences']) ?? []).map(asObject);
  const name = asText(owners.find((owner) => owner?.['kind'] === 'Job')?.['name']);
  return name === undefined ? undefined : snapshot.get('Job', pod.namespace, name);
}

/** Failed pods that fail nobody any more. Evicted ones are told otherwise: why they were is worth knowing. */
export const supersededCheck: Check = {
  name: 'pod-superseded',
  run(snapshot, emit) {
    for (const pod of snapshot.all('Pod')) {
      if (pod.status['phase'] !== 'Failed' || pod.status['reason'] === 'Evicted' || !isPast(snapshot, pod))
        continue;
      emit({ type: 'pod_superseded', about: pod, data: { reason: asText(pod.status['reason']) } });
    }
  },
};
