import type { KubeObject } from '../../snapshot/kube-object.ts';
import { asList, asObject } from '../../json.ts';
import { knowsEverywhere } from '../../relations/known.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { freeOf, isCordoned, requestsOf, taintsOf } from './node-facts.ts';

/** A node is emptied within this time after it was cordoned. */
const EMPTIED_US = 3_600_000_000;
const SLACK_US = 60_000_000;

/**
 * The cordoned node that a pending pod was moved off: the pod is younger than the cordon and what makes it is older, so
 * it replaces one that was there, and it would fit there again. Undefined where the cordon has nothing to do with it.
 */
export function cordonBehind(
  snapshot: Snapshot,
  pod: KubeObject,
  eligible: readonly KubeObject[],
): KubeObject | undefined {
  const madeUs = pod.createdUs;
  const maker = makerOf(snapshot, pod);
  if (madeUs === undefined || maker?.createdUs === undefined || !knowsEverywhere(snapshot, 'Pod'))
    return undefined;
  const makerUs = maker.createdUs;
  return eligible.find((node) => {
    const sinceUs = taintsOf(node).find(({ key }) => key === 'node.kubernetes.io/unschedulable')?.addedUs;
    if (!isCordoned(node) || sinceUs === undefined) return false;
    const isMoved =
      makerUs < sinceUs - SLACK_US && madeUs >= sinceUs - SLACK_US && madeUs < sinceUs + EMPTIED_US;
    return isMoved && fits(snapshot, pod, node);
  });
}

function fits(snapshot: Snapshot, pod: KubeObject, node: KubeObject): boolean {
  const free = freeOf(snapshot, node);
  return [...requestsOf(pod.spec)].every(([name, amount]) => amount <= (free.get(name) ?? 0));
}

function makerOf(snapshot: Snapshot, pod: KubeObject): KubeObject | undefined {
  const owner = asObject((asList(pod.metadata['ownerReferences']) ?? [])[0]);
  return typeof owner?.['kind'] === 'string' && typeof owner['name'] === 'string'
    ? snapshot.get(owner['kind'], pod.namespace, owner['name'])
    : undefined;
}
