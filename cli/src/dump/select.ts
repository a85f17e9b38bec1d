import type { Incident } from '@tapio/domain';
import type { Finding } from '@tapio/intelligence';
import type { Snapshot } from '@tapio/kube';
import type { Target } from '../target.ts';

/** A finding with the incident that it was made of. */
export interface Answer {
  readonly finding: Finding;
  readonly incident: Incident;
}

/** Findings of a namespace, or what touches it; of nodes and the cluster only those. */
export function inNamespace(answers: readonly Answer[], namespace: string | undefined): readonly Answer[] {
  if (namespace === undefined) return answers;
  return answers.filter(
    ({ finding, incident }) =>
      finding.namespace === namespace ||
      incident.pods.some((pod) => pod.namespace === namespace) ||
      incident.touched.some((words) => words.includes(` ${namespace}/`)),
  );
}

/** Findings whose object, symptoms or touched objects include the one that is asked about. */
export function aboutTarget(
  answers: readonly Answer[],
  target: Target,
  { snapshot, namespace }: { readonly snapshot: Snapshot; readonly namespace: string | undefined },
): readonly Answer[] {
  const names = namesOf(target, snapshot, namespace);
  return answers.filter(({ finding, incident }) => {
    const own = [finding.kind, finding.name].join('/');
    return (
      names.has(own) ||
      incident.pods.some((pod) => names.has(`Pod/${pod.name}`)) ||
      incident.touched.some((words) => {
        const [kind = '', object = ''] = words.split(' ');
        return names.has(`${kind}/${object.split('/').at(-1) ?? ''}`);
      })
    );
  });
}

/** The object, what owns it and the pods behind it, as `Kind/name`. */
function namesOf(
  { kind, name }: Target,
  snapshot: Snapshot,
  namespace: string | undefined,
): ReadonlySet<string> {
  const named = snapshot
    .objects()
    .filter(
      (object) =>
        object.name === name &&
        object.kind !== 'Event' &&
        (kind === undefined || object.kind === kind) &&
        (namespace === undefined || object.namespace === '' || object.namespace === namespace),
    );
  const names = new Set(kind === undefined ? [] : [`${kind}/${name}`]);
  for (const object of named) {
    const owner = snapshot.ownerOf(object);
    names.add(`${object.kind}/${object.name}`);
    if (kind === undefined || kind === 'Pod' || object.kind === kind)
      names.add(`${owner.kind}/${owner.name}`);
    for (const pod of snapshot.podsOf({ kind: object.kind, namespace: object.namespace, name: object.name }))
      names.add(`Pod/${pod.name}`);
  }
  return names;
}

/** Whether the dump holds an object of that name. */
export function isInDump({ kind, name }: Target, snapshot: Snapshot): boolean {
  return snapshot.objects().some((o) => o.name === name && (kind === undefined || o.kind === kind));
}
