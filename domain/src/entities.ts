/**
 * Entities: the things that events are about. `key` is unique in the graph.
 *
 * Pods and containers are known by the id that Kubernetes gives each incarnation: a pod made again under
 * its name is another pod. Everything else is known by its name in its namespace, because a node that
 * sees a pod learns the name of the Deployment behind it but never its uid (docs/adr/0004).
 */
export const ENTITY_LABELS = [
  'Pod',
  'Container',
  'Workload',
  'Service',
  'Node',
  'Config',
  'Volume',
  'Namespace',
  'Cluster',
] as const;

export type EntityLabel = (typeof ENTITY_LABELS)[number];

export interface Entity {
  readonly key: string;
  readonly label: EntityLabel;
  readonly cluster: string;
  readonly namespace?: string;
  /** What `kubectl` calls it. For a workload: `Kind/name`. */
  readonly name: string;
  /** Pod uid or container id; absent for entities known by name. */
  readonly uid?: string;
  /** Microseconds since the Unix epoch. */
  readonly firstSeenUs: number;
  readonly deletedUs?: number;
  /** A few plain properties that queries and pages show: image, container name, qos. */
  readonly properties?: Readonly<Record<string, string | number | boolean>>;
}

/** A bond that holds for a while: `OWNS` (workload to pod to container, node to pod) or `DEPENDS_ON`. */
export interface EntityBond {
  readonly type: 'OWNS' | 'DEPENDS_ON';
  readonly fromKey: string;
  readonly toKey: string;
  readonly sinceUs: number;
  readonly untilUs?: number;
}

function key(cluster: string, label: EntityLabel, ...id: readonly string[]): string {
  return [cluster, label, ...id].map((p) => p.replaceAll('%', '%25').replaceAll('/', '%2F')).join('/');
}

export const entityKey = {
  pod: (cluster: string, podUid: string): string => key(cluster, 'Pod', podUid),
  container: (cluster: string, containerId: string): string => key(cluster, 'Container', containerId),
  /** @param workload `Kind/name` */
  workload: (cluster: string, namespace: string, workload: string): string =>
    key(cluster, 'Workload', namespace, workload),
  service: (cluster: string, namespace: string, name: string): string =>
    key(cluster, 'Service', namespace, name),
  node: (cluster: string, name: string): string => key(cluster, 'Node', name),
  /** @param config `ConfigMap/name` or `Secret/name` */
  config: (cluster: string, namespace: string, config: string): string =>
    key(cluster, 'Config', namespace, config),
  volume: (cluster: string, namespace: string, claim: string): string =>
    key(cluster, 'Volume', namespace, claim),
  namespace: (cluster: string, name: string): string => key(cluster, 'Namespace', name),
  cluster: (cluster: string): string => key(cluster, 'Cluster', cluster),
} as const;
