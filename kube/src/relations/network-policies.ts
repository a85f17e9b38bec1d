import type { JsonObject } from '../json.ts';
import { asList, asObject, asText } from '../json.ts';
import type { KubeObject } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { inBlock } from './address-block.ts';
import { namedPort } from './container-ports.ts';
import { matchesSelector, selectorKeys } from './label-selector.ts';
import { portNumber } from './services.ts';

/** One end of a connection: a pod, or something of which only little is known. */
export interface NetworkPeer {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly addresses: readonly string[];
  readonly podSpec: JsonObject;
}

export interface Connection {
  readonly from: NetworkPeer;
  readonly to: NetworkPeer;
  /** Port of the pod that is connected to, after the Service's translation. */
  readonly port: number;
  readonly protocol: string;
}

export type Direction = 'ingress' | 'egress';

/** Every namespace carries its name under this label (Kubernetes 1.22 and later). */
const NAME_LABEL = 'kubernetes.io/metadata.name';

/** Policies that isolate a pod in a direction: it then gets only the traffic that one of them allows. */
export function isolatingPolicies(
  snapshot: Snapshot,
  pod: NetworkPeer,
  direction: Direction,
): readonly KubeObject[] {
  return snapshot
    .all('NetworkPolicy', pod.namespace)
    .filter(
      (policy) =>
        policy.deletionUs === undefined &&
        appliesTo(policy, direction) &&
        matchesSelector(policy.spec['podSelector'] ?? {}, pod.labels),
    );
}

/** "If no policyTypes are specified then by default Ingress will always be set and Egress if there are egress rules." */
export function appliesTo(policy: KubeObject, direction: Direction): boolean {
  const types = asList(policy.spec['policyTypes']);
  if (types === undefined || types.length === 0) {
    return direction === 'ingress' || rulesOf(policy, 'egress').length > 0;
  }
  return types.includes(direction === 'ingress' ? 'Ingress' : 'Egress');
}

export function rulesOf(policy: KubeObject, direction: Direction): readonly JsonObject[] {
  return (asList(policy.spec[direction]) ?? [])
    .map(asObject)
    .filter((rule): rule is JsonObject => rule !== undefined);
}

/** Whether a policy allows a connection in a direction. What cannot be told counts as allowed. */
export function allows(
  snapshot: Snapshot,
  policy: KubeObject,
  { connection, direction }: { readonly connection: Connection; readonly direction: Direction },
): boolean {
  const peer = direction === 'ingress' ? connection.from : connection.to;
  return rulesOf(policy, direction).some((rule) => {
    const peers = asList(rule[direction === 'ingress' ? 'from' : 'to']) ?? [];
    const ports = asList(rule['ports']) ?? [];
    const fitsPeer =
      peers.length === 0 || peers.some((entry) => matchesPeer(snapshot, policy, { entry, peer }));
    return fitsPeer && (ports.length === 0 || ports.some((entry) => matchesPort(entry, connection)));
  });
}

function matchesPeer(
  snapshot: Snapshot,
  policy: KubeObject,
  { entry, peer }: { readonly entry: unknown; readonly peer: NetworkPeer },
): boolean {
  const wanted = asObject(entry);
  if (wanted === undefined) return false;
  const block = asObject(wanted['ipBlock']);
  if (block !== undefined) return matchesBlock(block, peer.addresses);
  const { namespaceSelector, podSelector } = wanted;
  const fitsNamespace =
    asObject(namespaceSelector) === undefined
      ? peer.namespace === policy.namespace
      : matchesNamespace(snapshot, namespaceSelector, peer.namespace);
  return fitsNamespace && (asObject(podSelector) === undefined || matchesSelector(podSelector, peer.labels));
}

function matchesNamespace(snapshot: Snapshot, selector: unknown, namespace: string): boolean {
  const object = snapshot.get('Namespace', '', namespace);
  const labels = { [NAME_LABEL]: namespace, ...object?.labels };
  // Without the Namespace object only the label with its name is known.
  if (object === undefined && selectorKeys(selector).some((key) => key !== NAME_LABEL)) return true;
  return matchesSelector(selector, labels);
}

/** Whether blocks see addresses of pods differs between network plugins: they count where an address is in one. */
function matchesBlock(block: JsonObject, addresses: readonly string[]): boolean {
  const cidr = asText(block['cidr']) ?? '';
  const except = (asList(block['except']) ?? []).flatMap((entry) => asText(entry) ?? []);
  if (addresses.length === 0) return true;
  return addresses.some((address) => inBlock(address, cidr) && !except.some((e) => inBlock(address, e)));
}

function matchesPort(entry: unknown, { to, port, protocol }: Connection): boolean {
  const wanted = asObject(entry);
  if (wanted === undefined || (asText(wanted['protocol']) ?? 'TCP') !== protocol) return false;
  const value = wanted['port'];
  if (value === undefined || value === null) return true;
  const number = portNumber(value);
  if (number === undefined) return namedPort(to.podSpec, asText(value) ?? '', protocol) === port;
  const end = portNumber(wanted['endPort']) ?? number;
  return port >= number && port <= end;
}
