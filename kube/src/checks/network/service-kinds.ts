import { asList, asObject, asText } from '../../json.ts';
import { containerPorts } from '../../relations/container-ports.ts';
import { serviceEndpoints } from '../../relations/endpoints.ts';
import { likelyNoNamespace } from '../../relations/namespaces.ts';
import { nearestName } from '../../relations/near-names.ts';
import { inBlock } from '../../relations/address-block.ts';
import { livePods } from '../../relations/pod-templates.ts';
import { podAddresses, resolveHost } from '../../relations/resolve-host.ts';
import { isExternalName, selectorOf, servicePorts, servicesOf } from '../../relations/services.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { nameOf } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';
import { clientCount } from './service-users.ts';

/** Services that stand for another name: one of the cluster has to be there, and an address is no name. */
export const externalNames: Check = {
  name: 'external-names',
  run(snapshot, emit) {
    for (const service of servicesOf(snapshot)) {
      const name = isExternalName(service) ? asText(service.spec['externalName']) : undefined;
      if (name === undefined) continue;
      // It is answered as an alias and not searched for in namespaces: a short name leads nowhere.
      const target = resolveHost(snapshot, service.namespace, name);
      const isShort = !name.replace(/\.$/, '').includes('.');
      const isAddress = /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
      const isCertain = target?.exists === false || isShort || isAddress;
      const isLikely = target?.object !== undefined && likelyNoNamespace(snapshot, target.object.namespace);
      if (!isCertain && !isLikely) {
        if (target?.object === undefined)
          emit({ type: 'service_external_name', about: service, data: { external_name: name } });
        continue;
      }
      const namespace = target?.object?.namespace ?? service.namespace;
      const names = servicesOf(snapshot, namespace).map((other) => other.name);
      const nearest = nearestName(
        target?.object?.name ?? name,
        names.filter((other) => other !== service.name),
      );
      emit({
        type: 'service_external_name_wrong',
        about: service,
        ...(target?.object && { refers: target.object }),
        data: { external_name: name, nearest: nearest && `${namespace}/${nearest}`, certain: isCertain },
      });
    }
  },
};

/** Endpoints that are kept by hand, for Services without selector. */
export const manualEndpoints: Check = {
  name: 'manual-endpoints',
  run(snapshot, emit) {
    for (const service of servicesOf(snapshot)) {
      const isSelecting = Object.keys(selectorOf(service)).length > 0;
      const isApiServer = service.namespace === 'default' && service.name === 'kubernetes';
      if (isSelecting || isApiServer || isExternalName(service)) continue;
      const found = serviceEndpoints(snapshot, service);
      if (found === undefined) continue;
      const clients = clientCount(snapshot, service);
      if (found.endpoints.length === 0) {
        // Operators fill in endpoints of their own; that none are there says something only where somebody asks.
        if (clients > 0 && service.metadata['ownerReferences'] === undefined)
          emit({
            type: 'service_endpoints_wrong',
            about: service,
            data: { address: 'none', problem: 'none', clients },
          });
        continue;
      }
      for (const { address, ports } of found.endpoints.slice(0, 16)) {
        emitWrongEndpoint(snapshot, emit, { service, address, ports, clients });
      }
    }
  },
};

interface Manual {
  readonly service: KubeObject;
  readonly address: string;
  readonly ports: readonly number[];
  readonly clients: number;
}

function emitWrongEndpoint(
  snapshot: Snapshot,
  emit: Emit,
  { service, address, ports, clients }: Manual,
): void {
  const pod = livePods(snapshot.all('Pod')).find((candidate) => podAddresses(candidate).includes(address));
  if (pod === undefined) {
    // Addresses outside of the cluster's pod ranges are somebody else's.
    const isPodRange = snapshot
      .all('Node')
      .some((node) => podRanges(node).some((range) => inBlock(address, range)));
    if (!isPodRange || !snapshot.knowsAll('Pod')) return;
    emit({
      type: 'service_endpoints_wrong',
      about: service,
      discriminators: [address],
      data: { address, port: ports[0], problem: 'address', clients },
    });
    return;
  }
  const offered = [...new Set(containerPorts(pod.spec).map((p) => p.port))];
  const port = ports.find((number) => !offered.includes(number));
  if (offered.length === 0 || port === undefined) return;
  emit({
    type: 'service_endpoints_wrong',
    about: service,
    refers: snapshot.ownerOf(pod),
    discriminators: [address, port],
    data: { address, port, problem: 'port', offered: offered.join(', '), clients },
  });
}

function podRanges(node: KubeObject): readonly string[] {
  const ranges = [node.spec['podCIDR'], ...(asList(node.spec['podCIDRs']) ?? [])];
  return ranges.flatMap((range) => asText(range) ?? []);
}

/** Reasons by which cloud controllers and their like say that they gave no address (cloud-provider, MetalLB). */
const NOT_BALANCED = /^(?:SyncLoadBalancerFailed|CreatingLoadBalancerFailed|AllocationFailed)$/;

/** Services of type LoadBalancer without an address. Clusters without such a controller have them for ever. */
export const loadBalancers: Check = {
  name: 'load-balancers',
  run(snapshot, emit) {
    const balanced = servicesOf(snapshot).filter((service) => service.spec['type'] === 'LoadBalancer');
    const served = balanced.some(hasAddress);
    for (const service of balanced) {
      if (hasAddress(service) || service.deletionUs !== undefined) continue;
      const ageUs = service.createdUs === undefined ? undefined : snapshot.takenUs - service.createdUs;
      emit({
        type: 'load_balancer_pending',
        about: service,
        data: {
          message: failureOf(snapshot, service),
          class: asText(service.spec['loadBalancerClass']),
          age_us: ageUs !== undefined && ageUs >= 0 ? ageUs : undefined,
          served,
        },
      });
    }
  },
};

function hasAddress(service: KubeObject): boolean {
  return (asList(asObject(service.status['loadBalancer'])?.['ingress']) ?? []).length > 0;
}

function failureOf(snapshot: Snapshot, { namespace, name }: KubeObject): string | undefined {
  for (const event of snapshot.all('Event', namespace)) {
    const involved = asObject(event.raw['involvedObject'] ?? event.raw['regarding']);
    if (involved?.['kind'] !== 'Service' || involved['name'] !== name) continue;
    if (!NOT_BALANCED.test(asText(event.raw['reason']) ?? '')) continue;
    return asText(event.raw['message']) ?? asText(event.raw['note']) ?? asText(event.raw['reason']);
  }
  return undefined;
}

/** Two Services with one node port of one protocol: only one of them is served. */
export const nodePorts: Check = {
  name: 'node-ports',
  run(snapshot, emit) {
    const taken = new Map<string, KubeObject>();
    const services = servicesOf(snapshot).toSorted((a, b) => (a.createdUs ?? 0) - (b.createdUs ?? 0));
    for (const service of services) {
      for (const { nodePort, protocol } of servicePorts(service)) {
        if (nodePort === undefined) continue;
        const key = `${nodePort}/${protocol}`;
        const other = taken.get(key);
        if (other === undefined) taken.set(key, service);
        else if (other !== service) {
          emit({
            type: 'node_port_conflict',
            about: service,
            refers: nameOf(other),
            discriminators: [key],
            data: { port: nodePort, protocol, other: objectText(nameOf(other)) },
          });
        }
      }
    }
  },
};
