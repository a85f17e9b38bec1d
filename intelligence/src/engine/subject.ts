import type { EntityLabel, ObjectRef, ObservationEvent } from '@tapio/domain';
import { parseObject } from '@tapio/domain';

const LABELS: Readonly<Record<string, EntityLabel>> = {
  Pod: 'Pod',
  Node: 'Node',
  Service: 'Service',
  Namespace: 'Namespace',
  PersistentVolumeClaim: 'Volume',
  PersistentVolume: 'Volume',
  Deployment: 'Workload',
  StatefulSet: 'Workload',
  DaemonSet: 'Workload',
  ReplicaSet: 'Workload',
  ReplicationController: 'Workload',
  Job: 'Workload',
  CronJob: 'Workload',
  Rollout: 'Workload',
};

/** Kinds that a sentence names by namespace and name alone. */
const PLAIN: ReadonlySet<string> = new Set(['Workload', 'Pod', 'Node']);

/** The object of an event that somebody has to act on. */
export function subjectOf(
  event: ObservationEvent,
  object: 'workload' | 'pod' | 'node' | 'object' | 'refers',
): ObjectRef {
  if (object === 'refers' && event.data['refers'] !== undefined) return refOf(event.data['refers']);
  if (object === 'node') return { label: 'Node', kind: 'Node', name: event.node };
  const own = event.data['object'];
  if (own !== undefined && object !== 'pod') return refOf(own);
  const namespace = event.namespace === undefined ? {} : { namespace: event.namespace };
  if (object !== 'pod' && event.workload !== undefined) {
    const [kind = 'Workload', name = event.workload] = event.workload.split('/');
    return { label: 'Workload', kind, ...namespace, name };
  }
  return { label: 'Pod', kind: 'Pod', ...namespace, name: event.podName ?? event.podUid ?? '?' };
}

function refOf(text: string): ObjectRef {
  const { kind, namespace, name } = parseObject(text) ?? { kind: '?', namespace: '', name: text };
  return { label: LABELS[kind] ?? 'Config', kind, ...(namespace === '' ? {} : { namespace }), name };
}

/** `shop/checkout`, `Service shop/checkout`, `worker-1`: how sentences name it. */
export function subjectWords({ label, kind, namespace, name }: ObjectRef): string {
  const path = namespace === undefined ? name : `${namespace}/${name}`;
  return PLAIN.has(label) ? path : `${kind} ${path}`;
}

/** `deployment/checkout`, as kubectl takes it. */
export function kubectlName({ kind, name }: ObjectRef): string {
  return `${kind.toLowerCase()}/${name}`;
}
