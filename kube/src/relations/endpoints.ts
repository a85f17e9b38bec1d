import type { JsonObject } from '../json.ts';
import { asList, asObject, asText } from '../json.ts';
import type { KubeObject, ObjectName } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { oncePerSnapshot } from './once.ts';
import { isReady, livePods } from './pod-templates.ts';
import { podAddresses } from './resolve-host.ts';
import { portNumber, selectorOf } from './services.ts';

export interface Endpoint {
  readonly address: string;
  readonly ready: boolean;
  readonly ports: readonly number[];
  readonly target: ObjectName | undefined;
}

export interface ServiceEndpoints {
  /** Which objects told it: the selector and the pods' readiness where neither was read. */
  readonly from: 'EndpointSlice' | 'Endpoints' | 'pods';
  readonly endpoints: readonly Endpoint[];
  /** Written by hand: no controller made the objects from a selector. */
  readonly manual: boolean;
}

/** Label by which a slice names its Service. */
const SERVICE_NAME = 'kubernetes.io/service-name';

const slices = oncePerSnapshot((snapshot) => {
  const byService = new Map<string, KubeObject[]>();
  for (const slice of snapshot.all('EndpointSlice')) {
    const service = slice.labels[SERVICE_NAME];
    if (service === undefined) continue;
    const key = `${slice.namespace}/${service}`;
    byService.set(key, [...(byService.get(key) ?? []), slice]);
  }
  return byService;
});

/**
 * Where a Service leads: its EndpointSlices, else its Endpoints, else computed as the endpoint controllers do,
 * from the selector and the pods' readiness. Undefined where none of these was read.
 */
export function serviceEndpoints(snapshot: Snapshot, service: KubeObject): ServiceEndpoints | undefined {
  const { namespace, name } = service;
  const manual = Object.keys(selectorOf(service)).length === 0;
  const own = slices(snapshot).get(`${namespace}/${name}`);
  if (own !== undefined) return { from: 'EndpointSlice', endpoints: own.flatMap(sliceEndpoints), manual };
  const endpoints = snapshot.get('Endpoints', namespace, name);
  if (endpoints !== undefined)
    return { from: 'Endpoints', endpoints: subsetEndpoints(endpoints.raw), manual };
  for (const from of ['EndpointSlice', 'Endpoints'] as const) {
    if (snapshot.knowsAll(from, namespace)) return { from, endpoints: [], manual };
  }
  if (manual || !snapshot.knowsAll('Pod', namespace)) return undefined;
  return { from: 'pods', endpoints: computed(snapshot, service), manual };
}

function sliceEndpoints(slice: KubeObject): readonly Endpoint[] {
  const ports = (asList(slice.raw['ports']) ?? []).flatMap(
    (entry) => portNumber(asObject(entry)?.['port']) ?? [],
  );
  return (asList(slice.raw['endpoints']) ?? []).flatMap((entry) => {
    const endpoint = asObject(entry);
    // "nil should be interpreted as true" (EndpointConditions.ready).
    const ready = asObject(endpoint?.['conditions'])?.['ready'] !== false;
    const target = targetOf(asObject(endpoint?.['targetRef']));
    return (asList(endpoint?.['addresses']) ?? []).flatMap((address) => {
      const text = asText(address);
      return text === undefined ? [] : [{ address: text, ready, ports, target }];
    });
  });
}

function subsetEndpoints(endpoints: JsonObject): readonly Endpoint[] {
  return (asList(endpoints['subsets']) ?? []).flatMap((entry) => {
    const subset = asObject(entry);
    const ports = (asList(subset?.['ports']) ?? []).flatMap(
      (port) => portNumber(asObject(port)?.['port']) ?? [],
    );
    return (['addresses', 'notReadyAddresses'] as const).flatMap((key) =>
      (asList(subset?.[key]) ?? []).flatMap((item) => {
        const address = asText(asObject(item)?.['ip']);
        const target = targetOf(asObject(asObject(item)?.['targetRef']));
        return address === undefined ? [] : [{ address, ready: key === 'addresses', ports, target }];
      }),
    );
  });
}

function computed(snapshot: Snapshot, service: KubeObject): readonly Endpoint[] {
  const always = service.spec['publishNotReadyAddresses'] === true;
  return livePods(snapshot.podsWithLabels(service.namespace, selectorOf(service))).flatMap((pod) => {
    const [address] = podAddresses(pod);
    const target: ObjectName = { kind: 'Pod', namespace: pod.namespace, name: pod.name };
    return address === undefined ? [] : [{ address, ready: always || isReady(pod), ports: [], target }];
  });
}

function targetOf(reference: JsonObject | undefined): ObjectName | undefined {
  const kind = asText(reference?.['kind']);
  const name = asText(reference?.['name']);
  return kind === undefined || name === undefined
    ? undefined
    : { kind, namespace: asText(reference?.['namespace']) ?? '', name };
}
