import { asList, asObject, asText } from '../json.ts';
import type { JsonObject } from '../json.ts';
import type { KubeObject } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { oncePerSnapshot } from './once.ts';

/** Ports of one Service; the API server allows 250 per protocol, more than anybody reads. */
const PORTS_LIMIT = 250;

export interface ServicePort {
  readonly name: string | undefined;
  readonly port: number;
  /** TCP where the object says nothing. */
  readonly protocol: string;
  /** A number, or the name of a container port; the port itself where the object says nothing. */
  readonly targetPort: number | string;
  readonly nodePort: number | undefined;
  readonly appProtocol: string | undefined;
}

const byNamespace = oncePerSnapshot((snapshot) => {
  const services = new Map<string, Map<string, KubeObject>>();
  for (const service of snapshot.all('Service')) {
    // Other API groups have a kind of this name too (Knative).
    if (service.apiVersion !== 'v1' && service.apiVersion !== '') continue;
    const ofNamespace = services.get(service.namespace) ?? new Map<string, KubeObject>();
    ofNamespace.set(service.name, service);
    services.set(service.namespace, ofNamespace);
  }
  return services;
});

/** Core Services, of one namespace if given. */
export function servicesOf(snapshot: Snapshot, namespace?: string): readonly KubeObject[] {
  const services = byNamespace(snapshot);
  if (namespace !== undefined) return [...(services.get(namespace)?.values() ?? [])];
  return [...services.values()].flatMap((ofNamespace) => [...ofNamespace.values()]);
}

export function serviceNamed(snapshot: Snapshot, namespace: string, name: string): KubeObject | undefined {
  return byNamespace(snapshot).get(namespace)?.get(name);
}

export function servicePorts(service: KubeObject): readonly ServicePort[] {
  return (asList(service.spec['ports']) ?? []).slice(0, PORTS_LIMIT).flatMap((entry) => {
    const port = asObject(entry);
    const number = portNumber(port?.['port']);
    if (port === undefined || number === undefined) return [];
    const target = port['targetPort'];
    return [
      {
        name: asText(port['name']),
        port: number,
        protocol: asText(port['protocol']) ?? 'TCP',
        targetPort: portNumber(target) ?? asText(target) ?? number,
        nodePort: portNumber(port['nodePort']),
        appProtocol: asText(port['appProtocol']),
      },
    ];
  });
}

/** Pairs of the Service's selector; empty where it has none. */
export function selectorOf(service: KubeObject): Readonly<Record<string, string>> {
  return textPairs(asObject(service.spec['selector']));
}

export function isExternalName(service: KubeObject): boolean {
  return service.spec['type'] === 'ExternalName';
}

export function isHeadless(service: KubeObject): boolean {
  return service.spec['clusterIP'] === 'None';
}

/** `8080`, or `"8080"` as YAML writers quote it; undefined where it is no port. */
export function portNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return Number.isInteger(number) && (number as number) >= 1 && (number as number) <= 65_535
    ? (number as number)
    : undefined;
}

export function textPairs(object: JsonObject | undefined): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = {};
  for (const [key, value] of Object.entries(object ?? {})) if (typeof value === 'string') pairs[key] = value;
  return pairs;
}
