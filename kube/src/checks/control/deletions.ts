import { asList, asObject } from '../../json.ts';
import type { JsonObject } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { allContainers, podTemplates } from '../../relations/pod-templates.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';

/** Controllers remove their finalizers within seconds; volumes and load balancers may take minutes. */
const STUCK_US = 300_000_000;

/** Objects that wait for deletion because a finalizer is not removed. */
export const deletionsCheck: Check = {
  name: 'deletions',
  run(snapshot, emit) {
    for (const object of snapshot.objects()) {
      const { deletionUs, metadata, spec, kind } = object;
      if (deletionUs === undefined || snapshot.takenUs - deletionUs < STUCK_US) continue;
      const finalizers = [
        ...textsOf(metadata['finalizers']),
        ...(kind === 'Namespace' ? textsOf(spec['finalizers']) : []),
      ];
      if (finalizers.length === 0 || isInUse(object, finalizers)) continue;
      const remaining = conditionOf(object, 'NamespaceContentRemaining');
      const failing = [
        'NamespaceFinalizersRemaining',
        'NamespaceDeletionDiscoveryFailure',
        'NamespaceDeletionContentFailure',
      ]
        .map((type) => conditionOf(object, type))
        .find((condition) => condition?.status === 'True');
      emit({
        type: 'deletion_stuck',
        about: object,
        atUs: deletionUs,
        data: {
          finalizer: finalizers.join(','),
          since_us: snapshot.takenUs - deletionUs,
          remaining: remaining?.status === 'True' ? remaining.message : undefined,
          message: failing?.message,
        },
      });
    }
  },
};

function textsOf(value: unknown): readonly string[] {
  return (asList(value) ?? []).slice(0, 16).filter((entry): entry is string => typeof entry === 'string');
}

/** The claim protection waits for the pods that use it, by design; a foreground deletion for its dependents. */
function isInUse({ kind }: KubeObject, finalizers: readonly string[]): boolean {
  if (kind === 'Pod') return finalizers.every((name) => name === 'batch.kubernetes.io/job-tracking');
  return finalizers.every((name) => name.startsWith('kubernetes.io/pv') || name === 'foregroundDeletion');
}

/** Pods that get no token of their account, for rules that explain what they then can't do. */
export const tokensCheck: Check = {
  name: 'tokens',
  run(snapshot, emit) {
    for (const { object, podSpec } of podTemplates(snapshot)) {
      const name =
        typeof podSpec['serviceAccountName'] === 'string' ? podSpec['serviceAccountName'] : 'default';
      const account = snapshot.get('ServiceAccount', object.namespace, name);
      const byPod = podSpec['automountServiceAccountToken'];
      const isOff =
        byPod === false || (byPod === undefined && account?.raw['automountServiceAccountToken'] === false);
      if (!isOff) continue;
      emit({
        type: 'token_mount_disabled',
        about: object,
        refers: { kind: 'ServiceAccount', namespace: object.namespace, name },
        data: { by: byPod === false ? 'pod' : 'account' },
      });
    }
  },
};

/** Pods that differ from the template of the ReplicaSet that made them: admission changed them. */
export const mutationsCheck: Check = {
  name: 'mutations',
  run(snapshot, emit) {
    const told = new Set<string>();
    for (const set of [...snapshot.all('ReplicaSet'), ...snapshot.all('Job')]) {
      const template = asObject(asObject(set.spec['template'])?.['spec']);
      if (template === undefined) continue;
      const owner = objectText(snapshot.ownerOf(set));
      for (const pod of snapshot.podsOf(snapshot.ownerOf(set))) {
        if (told.has(owner) || !isMadeBy(pod, set)) continue;
        const difference = differenceOf(template, pod.spec);
        if (difference === undefined) continue;
        told.add(owner);
        const webhook = onlyWebhook(snapshot);
        emit({
          type: 'pod_spec_mutated',
          about: pod,
          ...(webhook === undefined ? {} : { refers: webhook }),
          data: { pod: pod.name, ...difference },
        });
      }
    }
  },
};

function isMadeBy(pod: KubeObject, { kind, name }: KubeObject): boolean {
  return (asList(pod.metadata['ownerReferences']) ?? []).some((entry) => {
    const owner = asObject(entry);
    return owner?.['kind'] === kind && owner['name'] === name;
  });
}

/** What nothing but admission changes in a pod: image, command, arguments. */
const FIXED = ['image', 'command', 'args'] as const;

function differenceOf(
  template: JsonObject,
  podSpec: JsonObject,
): { readonly field: string; readonly template?: string; readonly value?: string } | undefined {
  const own = new Map(allContainers(podSpec).map((container) => [container['name'], container]));
  for (const container of allContainers(template)) {
    const other = own.get(container['name']);
    if (other === undefined) continue;
    for (const key of FIXED) {
      const [before, after] = [textOf(container[key]), textOf(other[key])];
      if (before !== after) {
        const field = `spec.containers[${String(container['name'])}].${key}`;
        // Arguments may hold passwords.
        return key === 'image' ? { field, template: before, value: after } : { field };
      }
    }
  }
  return undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : JSON.stringify(value).slice(0, 300);
}

function onlyWebhook(snapshot: Snapshot): ObjectName | undefined {
  const configurations = snapshot.all('MutatingWebhookConfiguration');
  const [only] = configurations;
  return configurations.length === 1 && only !== undefined
    ? { kind: only.kind, namespace: '', name: only.name }
    : undefined;
}
