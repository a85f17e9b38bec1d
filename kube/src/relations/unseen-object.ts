import type { KubeObject, ObjectName } from '../snapshot/kube-object.ts';

/** An object of which only the name is known, from an Event or by convention: absent, or of a kind that was not read. */
export function unseenObject({ kind, namespace, name }: ObjectName): KubeObject {
  return {
    apiVersion: '',
    kind,
    namespace,
    name,
    uid: undefined,
    resourceVersion: undefined,
    labels: {},
    createdUs: undefined,
    deletionUs: undefined,
    metadata: {},
    spec: {},
    status: {},
    raw: {},
    place: '',
  };
}
