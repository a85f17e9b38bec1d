import { asList, asObject, asText } from '../../json.ts';
import type { Dependency } from '../../relations/dependencies.ts';
import { dependencies } from '../../relations/dependencies.ts';
import { containerPorts } from '../../relations/container-ports.ts';
import { knowsMost } from '../../relations/known.ts';
import { likelyNoNamespace } from '../../relations/namespaces.ts';
import { nearestName } from '../../relations/near-names.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import type { PodTemplate } from '../../relations/pod-templates.ts';
import { isReady, podTemplates } from '../../relations/pod-templates.ts';
import {
  isExternalName,
  isHeadless,
  serviceNamed,
  servicePorts,
  servicesOf,
} from '../../relations/services.ts';
import type { ObjectName } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit, Observation } from '../check.ts';
import { serviceMeantBy } from './meant-service.ts';

/** Settings that programs do without: tracing, metrics, crash reports, mail. */
const DISPENSABLE =
  /otel|otlp|jaeger|zipkin|tracing|trace|collector|telemetry|metrics|statsd|prometheus|datadog|sentry|profil|apm|loki|fluent|logstash|mailhog|smtp/i;

/** Names of Services that workloads are given and that are not there. */
export const unresolvedAddresses: Check = {
  name: 'unresolved-addresses',
  run(snapshot, emit) {
    for (const dependency of dependencies(snapshot)) {
      const { target } = dependency;
      const { object } = target;
      if (target.is !== 'service' || target.exists === true || object === undefined) continue;
      if (isNamedOtherwise(snapshot, dependency) || isOfSystem(dependency)) continue;
      const found = whyUnresolved(snapshot, dependency, object);
      if (found === undefined || (target.exists === undefined && !isMeant(snapshot, found, object))) continue;
      emit({
        type: 'address_unresolved',
        ...about(dependency),
        refers: object,
        data: { ...addressData(dependency, found.evidence), nearest: found.nearest, problem: found.problem },
      });
    }
  },
};

/** Ports that workloads are given and that the Service does not have. */
export const unknownPorts: Check = {
  name: 'unknown-ports',
  run(snapshot, emit) {
    for (const dependency of dependencies(snapshot)) emitUnknownPort(dependency, emit);
  },
};

function emitUnknownPort(dependency: Dependency, emit: Emit): void {
  const { address, service, target } = dependency;
  if (service === undefined || address.port === undefined || target.exists !== true) return;
  // Names of headless Services lead to pods, and pods listen where they like; those of ExternalName lead away.
  if (isHeadless(service) || isExternalName(service)) return;
  const ports = servicePorts(service);
  if (ports.length === 0 || ports.some((port) => port.port === address.port)) return;
  const isLeadTo = ports.find((port) => port.targetPort === address.port);
  const suggested = isLeadTo ?? (ports.length === 1 ? ports[0] : undefined);
  // `redis:7` is an image as well.
  const isWeak = address.form === 'looks' && (address.port < 80 || address.by === 'file');
  emit({
    type: 'address_port_unknown',
    ...about(dependency),
    refers: { kind: 'Service', namespace: service.namespace, name: service.name },
    data: {
      ...addressData(dependency, isWeak ? 'weak' : 'strong'),
      ports: ports
        .map((port) => `${port.port}/${port.protocol}`)
        .slice(0, 16)
        .join(', '),
      suggested: suggested?.port,
    },
  });
}

/** Hosts that are there but hardly the ones that are meant. */
export const misdirectedAddresses: Check = {
  name: 'misdirected-addresses',
  run(snapshot, emit) {
    for (const dependency of dependencies(snapshot)) {
      const found = isLocalByMistake(snapshot, dependency) ?? isOtherService(snapshot, dependency);
      if (found === undefined) continue;
      emit({
        type: 'address_elsewhere',
        ...about(dependency),
        refers: { kind: 'Service', namespace: dependency.client.workload.namespace, name: found.expected },
        data: {
          ...addressData(dependency, found.evidence),
          problem: found.problem,
          expected: `${dependency.client.workload.namespace}/${found.expected}`,
        },
      });
    }
  },
};

interface Found {
  readonly problem: string;
  readonly evidence: 'strong' | 'weak';
  readonly nearest?: string;
}

/** Without a list of Services: several are known, and one of them or a workload shows which is meant. */
function isMeant(snapshot: Snapshot, found: Found, { namespace }: ObjectName): boolean {
  if (found.problem === 'namespace' && likelyNoNamespace(snapshot, namespace)) return true;
  return knowsMost(snapshot, 'Service', namespace) && found.problem !== 'absent';
}

function whyUnresolved(snapshot: Snapshot, dependency: Dependency, object: ObjectName): Found | undefined {
  const { address, client, target } = dependency;
  const own = client.workload.namespace;
  const isPlain = address.form !== 'looks';
  const isDispensable = DISPENSABLE.test(address.setting) || DISPENSABLE.test(object.name);
  const evidence = isPlain && !isDispensable ? 'strong' : 'weak';
  if (target.wrong === 'domain')
    return { problem: 'domain', evidence, nearest: `${object.namespace}/${object.name}` };
  const namespace = namespaceWith(snapshot, { object, own });
  if (namespace !== undefined)
    return { problem: 'namespace', evidence, nearest: `${namespace}/${object.name}` };
  const isUnserved = podTemplates(snapshot).some(
    ({ workload }) => workload.namespace === object.namespace && workload.name === object.name,
  );
  if (isUnserved) return { problem: 'unserved', evidence };
  const names = servicesOf(snapshot, object.namespace).map((service) => service.name);
  const others = names.filter((name) => name !== client.workload.name);
  const meant = isPlain ? serviceMeantBy(address.setting, others) : undefined;
  const nearest = meant ?? nearestName(object.name, others);
  if (nearest !== undefined) return { problem: 'name', evidence, nearest: `${object.namespace}/${nearest}` };
  const isSure = address.by === 'env' && isInTrouble(client);
  return isPlain ? { problem: 'absent', evidence: isSure ? evidence : 'weak' } : undefined;
}

/**
 * Nodes may search domains in which a short name is found, and programs may do without a peer: only where pods are not
 * ready is it worth a word of its own. What logs say is tied to it in any case.
 */
function isInTrouble({ pods }: PodTemplate): boolean {
  return pods.some((pod) => !isReady(pod));
}

/** Another namespace that has the Service: the client's own, else the only one. */
function namespaceWith(
  snapshot: Snapshot,
  { object, own }: { object: ObjectName; own: string },
): string | undefined {
  if (object.namespace !== own && serviceNamed(snapshot, own, object.name) !== undefined) return own;
  const namespaces = servicesOf(snapshot).filter(({ name }) => name === object.name);
  return namespaces.length === 1 ? namespaces[0]?.namespace : undefined;
}

/** Parts of the cluster itself are given names of nodes and of the API server. */
function isOfSystem({ client, address }: Dependency): boolean {
  return client.workload.namespace === 'kube-system' || /^KUBERNETES_|^CONTROL_PLANE_/.test(address.setting);
}

/** Names that pods know by other means than the cluster's DNS. */
function isNamedOtherwise(snapshot: Snapshot, { client, address }: Dependency): boolean {
  const { podSpec, workload, pods } = client;
  const aliases = (asList(podSpec['hostAliases']) ?? []).flatMap(
    (entry) => asList(asObject(entry)?.['hostnames']) ?? [],
  );
  const searches = asList(asObject(podSpec['dnsConfig'])?.['searches']) ?? [];
  const [first = ''] = address.host.split('.');
  return (
    aliases.includes(address.host) ||
    (searches.length > 0 && !address.host.includes('.svc')) ||
    asText(podSpec['hostname']) === first ||
    pods.some((pod) => pod.name === first) ||
    (workload.kind === 'StatefulSet' && first.startsWith(`${workload.name}-`)) ||
    snapshot.get('Node', '', address.host) !== undefined
  );
}

/** `localhost` in a pod in which nothing offers that port, while a Service of the namespace is meant for it. */
function isLocalByMistake(
  snapshot: Snapshot,
  { client, address, target }: Dependency,
): (Found & { readonly expected: string }) | undefined {
  const { port } = address;
  if (target.is !== 'local' || port === undefined || address.form === 'looks') return undefined;
  if (containerPorts(client.podSpec).some((offered) => offered.port === port)) return undefined;
  const { namespace, name } = client.workload;
  const withPort = servicesOf(snapshot, namespace).filter((service) =>
    servicePorts(service).some((p) => p.port === port || p.targetPort === port),
  );
  const others = withPort.map((service) => service.name).filter((other) => other !== name);
  const meant = serviceMeantBy(address.setting, others);
  if (meant === undefined) return undefined;
  const isAlone = (asList(client.podSpec['containers']) ?? []).length === 1;
  return { problem: 'local', evidence: isAlone && isInTrouble(client) ? 'strong' : 'weak', expected: meant };
}

/** What stands between a client and the one that it means. */
const GO_BETWEEN =
  /proxy|gateway|envoy|router|mesh|haproxy|nginx|ingress|pool|bouncer|sentinel|balancer|kong|traefik|mock|stub|fake/i;

function isOtherService(
  snapshot: Snapshot,
  { client, address, target, service }: Dependency,
): (Found & { readonly expected: string }) | undefined {
  if (service === undefined || target.is !== 'service' || address.form === 'looks' || address.by === 'file')
    return undefined;
  if (GO_BETWEEN.test(service.name) || service.namespace !== client.workload.namespace) return undefined;
  const meant = meantService(snapshot, service.namespace, address.setting);
  if (meant === undefined || meant === client.workload.name) return undefined;
  if (nearestName(service.name, [meant]) !== undefined) return undefined;
  // Somebody else may be given the same on purpose, and the setting may speak of its kind and not its name.
  const isOneOfKind = serviceMeantBy(address.setting, [service.name]) !== undefined;
  return isOneOfKind ? undefined : { problem: 'other', evidence: 'strong', expected: meant };
}

const meantServices = oncePerSnapshot(() => new Map<string, string | undefined>());

/** As `serviceMeantBy`, of all Services of a namespace; the same settings come again in many workloads. */
function meantService(snapshot: Snapshot, namespace: string, setting: string): string | undefined {
  const known = meantServices(snapshot);
  const key = `${namespace}/${setting}`;
  if (known.has(key)) return known.get(key);
  const names = servicesOf(snapshot, namespace).map(({ name }) => name);
  const meant = serviceMeantBy(setting, names);
  known.set(key, meant);
  return meant;
}

function about(dependency: Dependency): Pick<Observation, 'about' | 'container' | 'discriminators'> {
  const { address, client } = dependency;
  return {
    about: client.object,
    container: address.container,
    discriminators: [address.setting, address.host, address.port ?? 0],
  };
}

function addressData({ address }: Dependency, evidence: 'strong' | 'weak'): NonNullable<Observation['data']> {
  const { configMap } = address;
  return {
    setting: address.setting,
    by: address.by,
    config_map: configMap && `${configMap.namespace}/${configMap.name}`,
    host: address.host,
    port: address.port,
    evidence,
  };
}
