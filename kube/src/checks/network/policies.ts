import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import { nameOf } from '../../snapshot/snapshot.ts';
import type { Direction } from '../../relations/network-policies.ts';
import { appliesTo, rulesOf } from '../../relations/network-policies.ts';
import { selectorText } from '../../relations/label-selector.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import type { Check } from '../check.ts';
import type { BlockedPath } from './blocked-paths.ts';
import { blockedPaths } from './blocked-paths.ts';

/** Clients of one Service that are told; all of them have the same policy. */
const CLIENTS_LIMIT = 8;

interface Told extends BlockedPath {
  readonly policy: KubeObject;
}

/** Paths that network policies block, each under the policy that is to be looked at. */
const toldPaths = oncePerSnapshot((snapshot): readonly Told[] => {
  const told: Told[] = [];
  const perObject = new Map<string, number>();
  for (const path of blockedPaths(snapshot)) {
    const policy = mostSpecific(path.policies, path.path === 'ingress' ? 'ingress' : 'egress');
    if (policy === undefined) continue;
    const key = `${objectText(path.object)} ${path.path} ${policy.name}`;
    const count = perObject.get(key) ?? 0;
    perObject.set(key, count + 1);
    if (count < CLIENTS_LIMIT) told.push({ ...path, policy });
  }
  return told;
});

/** Configured paths between workloads that network policies let nothing through. */
export const networkPaths: Check = {
  name: 'network-paths',
  run(snapshot, emit) {
    for (const { path, object, client, service, port, configured, policies, policy } of toldPaths(snapshot)) {
      const target =
        service && objectText({ kind: 'Service', namespace: service.namespace, name: service.name });
      emit({
        type: 'network_path_blocked',
        about: object,
        refers: nameOf(policy),
        discriminators: [path, policy.name, client === undefined ? '*' : objectText(client), target ?? ''],
        data: {
          path,
          words: pathWords({ path, object, client, service }),
          client: client === undefined ? '*' : objectText(client),
          service: target,
          port,
          configured,
          policies: policies.length,
        },
      });
    }
  },
};

function pathWords({
  path,
  object,
  client,
  service,
}: Pick<Told, 'path' | 'object' | 'client' | 'service'>): string {
  const named = ({ kind, namespace, name }: ObjectName): string => `${kind} ${namespace}/${name}`;
  const who = client === undefined ? 'anybody' : named(client);
  if (path === 'dns') return `DNS queries of ${who}`;
  const whom = path === 'ingress' ? named(object) : service === undefined ? 'anybody' : named(service);
  return `${path} from ${who} to ${whom}`;
}

/** The policies behind them. */
export const isolatingNetworkPolicies: Check = {
  name: 'isolating-network-policies',
  run(snapshot, emit) {
    const paths = toldPaths(snapshot);
    for (const policy of new Set(paths.map((path) => path.policy))) {
      const own = paths.filter((path) => path.policy === policy);
      const [example] = mostFrequent(
        own.some((path) => path.configured) ? own.filter((path) => path.configured) : own,
      );
      if (example === undefined) continue;
      emit({
        type: 'network_policy_isolates',
        about: policy,
        data: {
          selector: selectorText(policy.spec['podSelector'] ?? {}),
          ingress: appliesTo(policy, 'ingress'),
          egress: appliesTo(policy, 'egress'),
          rules: rulesOf(policy, 'ingress').length + rulesOf(policy, 'egress').length,
          blocked: own.filter((path) => path.configured).length,
          path: example.path,
          client: example.client === undefined ? '*' : objectText(example.client),
          target: example.service && objectText(nameOf(example.service)),
        },
      });
    }
  },
};

/** Paths of the kind of which there are most; ingress before egress before dns where there are as many. */
function mostFrequent(paths: readonly Told[]): readonly Told[] {
  const kinds = (['ingress', 'egress', 'dns'] as const).map((kind) =>
    paths.filter((told) => told.path === kind),
  );
  return kinds.toSorted((a, b) => b.length - a.length)[0] ?? [];
}

/**
 * Policies only add what is allowed, so all that isolate a pod block together. To be looked at is the one that is made for
 * these pods and allows something, but not this; else the one that isolates them, the newest of several.
 */
function mostSpecific(policies: readonly KubeObject[], direction: Direction): KubeObject | undefined {
  const weight = (policy: KubeObject): number =>
    (selectorText(policy.spec['podSelector'] ?? {}) === 'all pods' ? 0 : 2) +
    (rulesOf(policy, direction).length > 0 ? 1 : 0);
  return policies.toSorted((a, b) => weight(b) - weight(a) || (b.createdUs ?? 0) - (a.createdUs ?? 0))[0];
}
