import { asObject, asText } from '../../json.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import { entriesOf } from './node-selection.ts';

/** Claims of a pod, with the volume's name in the pod; an ephemeral volume's claim is named after both. */
export function claimsOf(pod: KubeObject): readonly { readonly volume: string; readonly claim: string }[] {
  return entriesOf(pod.spec['volumes']).flatMap((entry) => {
    const volume = asText(entry['name']) ?? '';
    const claim = asText(asObject(entry['persistentVolumeClaim'])?.['claimName']);
    if (claim !== undefined) return [{ volume, claim }];
    return entry['ephemeral'] === undefined ? [] : [{ volume, claim: `${pod.name}-${volume}` }];
  });
}
