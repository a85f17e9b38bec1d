import { asList, asObject, asText } from '../json.ts';
import type { KubeObject, ObjectName } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { nameOf } from '../snapshot/snapshot.ts';
import { knowsNamespace } from './namespaces.ts';
import { oncePerSnapshot } from './once.ts';
import { serviceNamed, servicesOf } from './services.ts';

/** What a host name or address stands for, seen from a pod of a namespace. */
export interface HostTarget {
  /** `external`: not a name of the cluster, as far as can be told. `local`: the pod itself. */
  readonly is: 'service' | 'pod' | 'node' | 'local' | 'external';
  /** The Service that the name stands for, there or not; what a user owns behind a pod; the node. */
  readonly object?: ObjectName;
  /** False: such Services were listed and it is not among them. Undefined: nobody can tell. */
  readonly exists?: boolean;
  /** What of the name can't be right, where it isn't the Service's name. */
  readonly wrong?: 'namespace' | 'domain';
}

const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** The cluster domain of practically every cluster; kubelet's `--cluster-domain`. */
const CLUSTER_DOMAIN = 'cluster.local';

/**
 * Resolves a host name or IP address as cluster DNS would for a pod of the namespace (search domains
 * `<namespace>.svc.<domain>`, `svc.<domain>`, `<domain>`: "DNS for Services and Pods"). Undefined for what is no host.
 */
export function resolveHost(snapshot: Snapshot, namespace: string, host: string): HostTarget | undefined {
  const name = host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/^\[(.*)\]$/, '$1');
  if (name === 'localhost' || name === '::1' || name.startsWith('127.')) return { is: 'local' };
  if (IPV4.test(name) || (name.includes(':') && /^[0-9a-f:.]+$/.test(name))) {
    return byAddress(snapshot).get(name) ?? { is: 'external' };
  }
  const labels = name.split('.');
  if (name.length > 253 || !labels.every((label) => LABEL.test(label))) return undefined;
  return resolveName(snapshot, namespace, labels);
}

function resolveName(snapshot: Snapshot, namespace: string, labels: readonly string[]): HostTarget {
  const [first = '', second = ''] = labels;
  if (labels.length === 1) return serviceTarget(snapshot, namespace, first);
  const svc = labels.lastIndexOf('svc');
  if (svc === 2 || svc === 3) {
    const domain = labels.slice(svc + 1).join('.');
    const target = serviceTarget(snapshot, labels[svc - 1] ?? '', labels[svc - 2] ?? '');
    if (domain === '' || domain === CLUSTER_DOMAIN) return target;
    // Clusters with a domain of their own exist; what is nearly the usual one is a slip.
    return isNearly(domain, CLUSTER_DOMAIN)
      ? { ...target, exists: false, wrong: 'domain' }
      : { is: 'external' };
  }
  if (labels.length === 2) {
    const ofNamespace = serviceNamed(snapshot, second, first);
    if (ofNamespace !== undefined) return serviceTarget(snapshot, second, first);
    // A pod of a StatefulSet or with a hostname, in the domain of its headless Service: web-0.web
    if (serviceNamed(snapshot, namespace, second) !== undefined) {
      return serviceTarget(snapshot, namespace, second);
    }
    if (knowsNamespace(snapshot, second)) return serviceTarget(snapshot, second, first);
    if (hasServiceAnywhere(snapshot, first) && snapshot.knowsAll('Namespace')) {
      return { ...serviceTarget(snapshot, second, first), exists: false, wrong: 'namespace' };
    }
  }
  if (labels.length === 3 && serviceNamed(snapshot, labels[2] ?? '', second) !== undefined) {
    return serviceTarget(snapshot, labels[2] ?? '', second);
  }
  return { is: 'external' };
}

function serviceTarget(snapshot: Snapshot, namespace: string, name: string): HostTarget {
  const object: ObjectName = { kind: 'Service', namespace, name };
  if (serviceNamed(snapshot, namespace, name) !== undefined) return { is: 'service', object, exists: true };
  const isNowhere = snapshot.knowsAll('Namespace') && !knowsNamespace(snapshot, namespace);
  return isNowhere || snapshot.knowsAll('Service', namespace)
    ? { is: 'service', object, exists: false }
    : { is: 'service', object };
}

function hasServiceAnywhere(snapshot: Snapshot, name: string): boolean {
  return servicesOf(snapshot).some((service) => service.name === name);
}

/** `cluster.locl`, `clsuter.local`: the same letters but for a slip or two. */
function isNearly(domain: string, usual: string): boolean {
  return Math.abs(domain.length - usual.length) <= 2 && domain.startsWith('cl') && domain.includes('.loc');
}

/** Addresses of Services, pods and nodes. A host-network pod has its node's address, which names nobody. */
const byAddress = oncePerSnapshot((snapshot) => {
  const targets = new Map<string, HostTarget>();
  const add = (address: string | undefined, target: HostTarget): void => {
    if (address !== undefined && address !== 'None' && !targets.has(address)) targets.set(address, target);
  };
  for (const service of servicesOf(snapshot)) {
    const target: HostTarget = { is: 'service', object: nameOf(service), exists: true };
    for (const address of serviceAddresses(service)) add(address, target);
  }
  for (const node of snapshot.all('Node')) {
    for (const entry of asList(node.status['addresses']) ?? []) {
      add(asText(asObject(entry)?.['address']), { is: 'node', object: nameOf(node), exists: true });
    }
  }
  for (const pod of snapshot.all('Pod')) {
    if (pod.spec['hostNetwork'] === true) continue;
    const target: HostTarget = { is: 'pod', object: snapshot.ownerOf(pod), exists: true };
    for (const address of podAddresses(pod)) add(address, target);
  }
  return targets;
});

function serviceAddresses(service: KubeObject): readonly string[] {
  const balancer = asList(asObject(service.status['loadBalancer'])?.['ingress']) ?? [];
  return [
    service.spec['clusterIP'],
    ...(asList(service.spec['clusterIPs']) ?? []),
    ...(asList(service.spec['externalIPs']) ?? []),
    ...balancer.map((entry) => asObject(entry)?.['ip']),
  ].flatMap((address) => asText(address) ?? []);
}

export function podAddresses(pod: KubeObject): readonly string[] {
  const others = (asList(pod.status['podIPs']) ?? []).map((entry) => asObject(entry)?.['ip']);
  return [...new Set([pod.status['podIP'], ...others].flatMap((address) => asText(address) ?? []))];
}
