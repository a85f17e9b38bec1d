import type { ObjectName } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { isControlPlane } from './node-facts.ts';

export const SYSTEM_NAMESPACE = 'kube-system';

/** Components that kubeadm, kind and most others run as static pods named after their node. */
export type StaticComponent = 'kube-scheduler' | 'kube-controller-manager' | 'kube-apiserver' | 'etcd';

/**
 * The static pod of a component: one that is there, else the name that it has on the control plane's node; the
 * component's name alone where nothing more is known.
 */
export function controlPlanePod(snapshot: Snapshot, component: StaticComponent): ObjectName {
  const pod = snapshot.all('Pod', SYSTEM_NAMESPACE).find(({ name }) => name.startsWith(`${component}-`));
  const node = snapshot.all('Node').find(isControlPlane);
  const name = pod?.name ?? (node === undefined ? component : `${component}-${node.name}`);
  return { kind: 'Pod', namespace: SYSTEM_NAMESPACE, name };
}
