import { asObject, asText } from '../../json.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { entriesOf, termFits } from './node-selection.ts';

/** Claims of a pod, with the volume's name in the pod; an ephemeral volume's claim is named after both. */
export function claimsOf(pod: KubeObject): readonly { readonly volume: string; readonly claim: string }[] {
  return entriesOf(pod.spec['volumes']).flatMap((entry) => {
    const volume = asText(entry['name']) ?? '';
    const claim = asText(asObject(entry['persistentVolumeClaim'])?.['claimName']);
    if (claim !== undefined) return [{ volume, claim }];
    return entry['ephemeral'] === undefined ? [] : [{ volume, claim: `${pod.name}-${volume}` }];
  });
}

/** Whether all bound volumes of a pod, as far as they are known, can be reached from a node. */
export function volumesReach(snapshot: Snapshot, pod: KubeObject, node: KubeObject): boolean {
  return claimsOf(pod).every(({ claim }) => {
    const bound = asText(snapshot.get('PersistentVolumeClaim', pod.namespace, claim)?.spec['volumeName']);
    const volume = bound === undefined ? undefined : snapshot.get('PersistentVolume', '', bound);
    const required = asObject(asObject(volume?.spec['nodeAffinity'])?.['required']);
    return (
      required === undefined || entriesOf(required['nodeSelectorTerms']).some((term) => termFits(term, node))
    );
  });
}
