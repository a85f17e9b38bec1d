import { asText } from '../../json.ts';
import { clientsOf, dependencies } from '../../relations/dependencies.ts';
import { namedPort } from '../../relations/container-ports.ts';
import type { Connection, Direction, NetworkPeer } from '../../relations/network-policies.ts';
import { allows, isolatingPolicies, rulesOf } from '../../relations/network-policies.ts';
import type { PodTemplate } from '../../relations/pod-templates.ts';
import { podTemplates, servingContainers } from '../../relations/pod-templates.ts';
import { podAddresses } from '../../relations/resolve-host.ts';
import { servicePorts, servicesOf } from '../../relations/services.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { isClusterDns } from './cluster-dns.ts';
import { selected } from './service-selection.ts';
import { ingressBackends } from './service-users.ts';

/** A path on which network policies let nothing through. */
export interface BlockedPath {
  readonly path: 'ingress' | 'egress' | 'dns';
  /** The Service that cannot be reached, or the workload that cannot reach out. */
  readonly object: KubeObject;
  /** Undefined: everybody. */
  readonly client: ObjectName | undefined;
  readonly service: KubeObject | undefined;
  readonly port: number | undefined;
  readonly configured: boolean;
  /** Those that isolate the pods in that direction. */
  readonly policies: readonly KubeObject[];
}

/** Network plugins that are known to leave policies without effect, by their DaemonSet. */
const NOT_ENFORCING = /^kube-flannel(?:-ds)?/;
const ENFORCING = /calico|cilium|canal|weave|antrea|kube-router|kindnet|ovn|aws-node|azure-npm|romana|anetd/;

export function blockedPaths(snapshot: Snapshot): readonly BlockedPath[] {
  if (snapshot.all('NetworkPolicy').length === 0 || !isEnforced(snapshot)) return [];
  const toServices = servicesOf(snapshot).flatMap((service) => ingressPaths(snapshot, service));
  const fromWorkloads = podTemplates(snapshot).flatMap((template) => egressPaths(snapshot, template));
  return [...toServices, ...fromWorkloads];
}

function isEnforced(snapshot: Snapshot): boolean {
  const names = snapshot.all('DaemonSet').map((set) => set.name);
  return !names.some((name) => NOT_ENFORCING.test(name)) || names.some((name) => ENFORCING.test(name));
}

function ingressPaths(snapshot: Snapshot, service: KubeObject): readonly BlockedPath[] {
  const targets = selected(snapshot, service).filter(({ podSpec }) => podSpec['hostNetwork'] !== true);
  const [first] = targets;
  if (first === undefined) return [];
  const policies = isolatingPolicies(snapshot, peerOf(first), 'ingress');
  if (policies.length === 0) return [];
  const base = { path: 'ingress' as const, object: service, service, policies };
  const uses = clientsOf(snapshot, service).map(({ client, address: { port } }) => ({
    client,
    port,
    service,
  }));
  const paths: BlockedPath[] = [...uses, ...askedByIngress(snapshot, service)]
    .filter((use) => isBlocked(snapshot, use, { targets, direction: 'ingress' }))
    .map(({ client, port }) => ({ ...base, client: client.workload, port, configured: true }));
  if (paths.length > 0) return distinct(paths);
  if (policies.some((policy) => rulesOf(policy, 'ingress').length > 0)) return [];
  // Nothing at all comes in, whoever asks. Ingresses, node ports and load balancers are asked from outside.
  const isAsked =
    service.spec['type'] === 'LoadBalancer' ||
    service.spec['type'] === 'NodePort' ||
    ingressBackends(snapshot).some(
      ({ ingress, service: name }) => ingress.namespace === service.namespace && name === service.name,
    );
  return [{ ...base, client: undefined, port: undefined, configured: isAsked }];
}

function egressPaths(snapshot: Snapshot, client: PodTemplate): readonly BlockedPath[] {
  if (client.podSpec['hostNetwork'] === true) return [];
  const policies = isolatingPolicies(snapshot, peerOf(client), 'egress');
  if (policies.length === 0) return [];
  const allowsNothing = policies.every((policy) => rulesOf(policy, 'egress').length === 0);
  const own = dependencies(snapshot).filter((dependency) => dependency.client === client);
  const base = { object: client.object, client: client.workload, policies };
  const paths = own.flatMap((dependency): BlockedPath[] => {
    const { service, address, target } = dependency;
    const isOut = target.is === 'external' && allowsNothing && address.form !== 'looks';
    const targets = service === undefined ? [] : selected(snapshot, service);
    const blocked =
      isOut ||
      (targets.length > 0 &&
        isBlocked(snapshot, { client, service, port: address.port }, { targets, direction: 'egress' }));
    return blocked ? [{ ...base, path: 'egress', service, port: address.port, configured: true }] : [];
  });
  if (paths.length > 0) return distinct(paths);
  if (allowsNothing)
    return [{ ...base, path: 'egress', service: undefined, port: undefined, configured: false }];
  if (!isDnsBlocked(snapshot, client, policies)) return [];
  const usesNames = own.some(({ address, target }) => target.is !== 'local' && /[a-z]/.test(address.host));
  return [{ ...base, path: 'dns', service: undefined, port: 53, configured: usesNames }];
}

/** A client and the port of a Service that it uses; undefined for all of its ports. */
interface Use {
  readonly client: PodTemplate;
  readonly port: number | undefined;
  readonly service: KubeObject | undefined;
}

/** Names and images of the usual Ingress controllers. */
const INGRESS_CONTROLLER = /ingress-nginx|nginx-ingress|traefik|haproxy-ingress|kong|contour|emissary/;

/** An Ingress controller asks the Services that Ingresses lead to; with several of them nobody can tell which. */
function askedByIngress(snapshot: Snapshot, service: KubeObject): readonly Use[] {
  const backends = ingressBackends(snapshot).filter(
    ({ ingress, service: name }) => ingress.namespace === service.namespace && name === service.name,
  );
  const controllers = podTemplates(snapshot).filter(
    ({ workload, podSpec }) =>
      /^(?:Deployment|DaemonSet)$/.test(workload.kind) &&
      INGRESS_CONTROLLER.test(`${workload.namespace}/${workload.name}`) &&
      servingContainers(podSpec).some(({ image }) => INGRESS_CONTROLLER.test(asText(image) ?? '')),
  );
  const [client, ...more] = controllers;
  if (client === undefined || more.length > 0) return [];
  return backends.map(({ port }) => ({ client, service, port: typeof port === 'number' ? port : undefined }));
}

function isBlocked(
  snapshot: Snapshot,
  { client, port: used, service }: Use,
  { targets, direction }: { readonly targets: readonly PodTemplate[]; readonly direction: Direction },
): boolean {
  if (service === undefined || client.podSpec['hostNetwork'] === true) return false;
  const from = peerOf(client);
  const ports = servicePorts(service).filter(({ port }) => used === undefined || used === port);
  const connections = targets
    .filter(({ podSpec }) => podSpec['hostNetwork'] !== true)
    .flatMap((target): Connection[] =>
      ports.flatMap(({ targetPort, protocol }) => {
        const port =
          typeof targetPort === 'number' ? targetPort : namedPort(target.podSpec, targetPort, protocol);
        return port === undefined ? [] : [{ from, to: peerOf(target), port, protocol }];
      }),
    );
  return (
    connections.length > 0 && connections.every((connection) => refuses(snapshot, connection, direction))
  );
}

function refuses(snapshot: Snapshot, connection: Connection, direction: Direction): boolean {
  const pod = direction === 'ingress' ? connection.to : connection.from;
  const policies = isolatingPolicies(snapshot, pod, direction);
  return (
    policies.length > 0 && !policies.some((policy) => allows(snapshot, policy, { connection, direction }))
  );
}

/** Whether pods cannot ask the cluster's DNS. With a cache on the node they ask that, and nobody can tell. */
function isDnsBlocked(snapshot: Snapshot, client: PodTemplate, policies: readonly KubeObject[]): boolean {
  const hasNodeCache = snapshot.all('DaemonSet').some(({ name }) => /node-?local-?dns/.test(name));
  if (hasNodeCache || client.podSpec['dnsPolicy'] === 'None' || client.podSpec['dnsPolicy'] === 'Default')
    return false;
  const service = servicesOf(snapshot, 'kube-system').find(isClusterDns);
  const [server] = service === undefined ? [] : selected(snapshot, service);
  if (service === undefined || server === undefined) return false;
  const from = peerOf(client);
  const to = peerOf(server);
  const dnsAddress = asText(service.spec['clusterIP']) ?? '';
  // Some plugins look at the Service's address before its translation: a block that holds it counts.
  const widened = { ...to, addresses: [...to.addresses, dnsAddress] };
  const ports = servicePorts(service).filter(({ port, protocol }) => port === 53 && protocol === 'UDP');
  return (
    ports.length > 0 &&
    ports.every(({ targetPort, protocol }) => {
      const port =
        typeof targetPort === 'number' ? targetPort : namedPort(server.podSpec, targetPort, protocol);
      if (port === undefined) return false;
      return [port, 53].every((number) => {
        const connection: Connection = { from, to: widened, port: number, protocol };
        return !policies.some((policy) => allows(snapshot, policy, { connection, direction: 'egress' }));
      });
    })
  );
}

function peerOf({ workload, labels, podSpec, pods }: PodTemplate): NetworkPeer {
  return { namespace: workload.namespace, labels, podSpec, addresses: pods.flatMap(podAddresses) };
}

function distinct(paths: readonly BlockedPath[]): readonly BlockedPath[] {
  const known = new Map<string, BlockedPath>();
  for (const path of paths) {
    const client = path.client === undefined ? '*' : objectText(path.client);
    const key = `${client} ${path.service?.namespace ?? ''}/${path.service?.name ?? ''}`;
    if (!known.has(key)) known.set(key, path);
  }
  return [...known.values()];
}
