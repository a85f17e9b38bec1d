import type { FieldManager } from '../../field-managers.ts';
import { fieldManagers } from '../../field-managers.ts';
import type { JsonObject } from '../../json.ts';
import { asObject } from '../../json.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';

/** Kinds whose change by hand brings faults that show elsewhere; pod templates are compared by their revisions. */
const KINDS = [
  'Service',
  'Endpoints',
  'NetworkPolicy',
  'Ingress',
  'IngressClass',
  'ConfigMap',
  'Secret',
  'ResourceQuota',
  'LimitRange',
  'PersistentVolumeClaim',
] as const;

/** Parts of Kubernetes that write what somebody else asked for. */
const CONTROLLER =
  /^(?:kube-controller-manager|kube-scheduler|kube-apiserver|kubelet|cloud-controller-manager|.*-provisioner)$/;
/** Made in every namespace, or with every release. */
const ORDINARY = /^kube-root-ca\.crt$|^sh\.helm\.release\./;
/** What is older began nothing that is looked into now. */
const LOOKED_BACK_US = 30 * 86_400_000_000;
/** Whoever makes an object often writes it again at once. */
const MAKING_US = 60_000_000;
/** A manager that owns more fields set the whole object. */
const FIELDS_LIMIT = 4;
const FIELD_DEPTH = 3;

/** Who last changed Services, policies, Ingresses and configuration, and when. */
export const objectChanges: Check = {
  name: 'object-changes',
  run(snapshot, emit) {
    for (const object of KINDS.flatMap((kind) => snapshot.all(kind))) {
      const change = lastChange(snapshot, object);
      if (change === undefined) continue;
      const { manager, atUs, stage, fields } = change;
      const whole = fields.length === 0 || fields.length > FIELDS_LIMIT;
      const named = whole ? '' : fields.join(', ');
      emit({
        type: 'object_changed',
        about: object,
        atUs,
        data: {
          stage,
          fields: named,
          whole,
          words: stage === 'created' ? 'created' : whole ? 'updated' : `${named} set`,
          manager,
        },
      });
    }
  },
};

interface Change {
  readonly manager: string | undefined;
  readonly atUs: number;
  readonly stage: 'created' | 'updated';
  readonly fields: readonly string[];
}

function lastChange(snapshot: Snapshot, object: KubeObject): Change | undefined {
  const earliestUs = snapshot.takenUs - LOOKED_BACK_US;
  const entries = fieldManagers(object.metadata['managedFields']);
  const managers = entries.filter(
    (entry) => entry.subresource === undefined && !CONTROLLER.test(entry.manager),
  );
  const isMadeByController = managers.length === 0 && (entries.length > 0 || object.kind === 'Endpoints');
  if (isMadeByController || ORDINARY.test(object.name)) return undefined;
  const isInTime = (atUs: number | undefined): atUs is number =>
    atUs !== undefined && atUs > earliestUs && atUs <= snapshot.takenUs;
  const [last] = managers.toSorted((a, b) => (b.timeUs ?? 0) - (a.timeUs ?? 0));
  const { createdUs } = object;
  if (last !== undefined && isInTime(last.timeUs) && last.timeUs > (createdUs ?? 0) + MAKING_US) {
    return { manager: last.manager, atUs: last.timeUs, stage: 'updated', fields: fieldsOf(last) };
  }
  return isInTime(createdUs)
    ? { manager: last?.manager, atUs: createdUs, stage: 'created', fields: [] }
    : undefined;
}

/** `spec.selector.app`: names of fields; those of lists and below stand for their list. */
function fieldsOf({ fields }: FieldManager): readonly string[] {
  const found: string[] = [];
  const walk = (node: JsonObject, path: readonly string[]): void => {
    const children = Object.entries(node).filter(([key]) => key.startsWith('f:'));
    if ((children.length === 0 || path.length >= FIELD_DEPTH) && path.length > 0) {
      found.push(path.join('.'));
      return;
    }
    for (const [key, child] of children) {
      if (path.length === 0 && key !== 'f:spec' && key !== 'f:data' && key !== 'f:subsets') continue;
      walk(asObject(child) ?? {}, [...path, key.slice(2)]);
    }
  };
  walk(fields, []);
  return found;
}
