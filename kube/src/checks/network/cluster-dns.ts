import type { KubeObject } from '../../snapshot/kube-object.ts';

/** The Service that the kubelet gives pods as their name server, by the name or label that all installers use. */
export function isClusterDns(service: KubeObject): boolean {
  return (
    service.kind === 'Service' &&
    service.namespace === 'kube-system' &&
    (service.name === 'kube-dns' || service.labels['k8s-app'] === 'kube-dns')
  );
}
