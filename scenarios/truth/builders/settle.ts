import type { Store } from './store.ts';
import type { ContainerStatus, Manifest, Pod } from './types.ts';
import type { Workload } from './workload.ts';

/** What `settle` needs of the cluster. */
export interface Settled extends Store {
  readonly workloads: readonly Workload[];
}

export function isPod(object: Manifest): object is Pod {
  return object.kind === 'Pod';
}

/** Neither being deleted nor at its end. */
function isActive({ metadata, status }: Pod): boolean {
  return (
    metadata.deletionTimestamp === undefined && status.phase !== 'Failed' && status.phase !== 'Succeeded'
  );
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

function condition(object: Manifest, type: string, values: Record<string, unknown>): void {
  const status = (object.status ??= {});
  const conditions = (status['conditions'] ?? []) as { type: string }[];
  if (conditions.some((other) => other.type === type)) return;
  status['conditions'] = [...conditions, { type, ...values }];
}

function settleDeployment(store: Settled, w: Workload): void {
  const { manifest } = w;
  const pods = w.pods.filter(isActive);
  const ready = pods.filter(isReady).length;
  const updated = pods.filter(
    (pod) => pod.metadata.ownerReferences?.[0]?.uid === w.replicaSet?.metadata.uid,
  ).length;
  const wanted = w.replicas;
  Object.assign((manifest.status ??= {}), {
    observedGeneration: manifest.metadata.generation,
    ...(pods.length === 0 ? {} : { replicas: pods.length, updatedReplicas: updated }),
    ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
    ...(ready >= wanted ? {} : { unavailableReplicas: wanted - ready }),
  });
  const made = w.replicaSet?.metadata.creationTimestamp ?? manifest.metadata.creationTimestamp;
  const isUp = ready >= Math.ceil(wanted * 0.75);
  const times = { lastTransitionTime: made, lastUpdateTime: made };
  condition(
    manifest,
    'Available',
    isUp
      ? {
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
          ...times,
        }
      : {
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
          ...times,
        },
  );
  const name = w.replicaSet?.metadata.name ?? '';
  const ageMinutes = (store.nowMs - Date.parse(made)) / 60_000;
  const isDone = ready >= wanted && updated === pods.length;
  const progress = isDone
    ? {
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "${name}" has successfully progressed.`,
      }
    : ageMinutes > 10 && ageMinutes < 600
      ? {
          status: 'False',
          reason: 'ProgressDeadlineExceeded',
          message: `ReplicaSet "${name}" has timed out progressing.`,
        }
      : ageMinutes <= 10
        ? { status: 'True', reason: 'ReplicaSetUpdated', message: `ReplicaSet "${name}" is progressing.` }
        : {
            status: 'True',
            reason: 'NewReplicaSetAvailable',
            message: `ReplicaSet "${name}" has successfully progressed.`,
          };
  condition(manifest, 'Progressing', { ...progress, ...times });
}

function settleReplicaSets(store: Settled): void {
  for (const set of store.ofKind('ReplicaSet')) {
    const pods = store
      .ofKind('Pod', set.metadata.namespace)
      .filter(isPod)
      .filter((pod) => isActive(pod) && pod.metadata.ownerReferences?.[0]?.uid === set.metadata.uid);
    const ready = pods.filter(isReady).length;
    Object.assign((set.status ??= {}), {
      replicas: pods.length,
      observedGeneration: 1,
      ...(pods.length === 0 ? {} : { fullyLabeledReplicas: pods.length }),
      ...(ready === 0 ? {} : { readyReplicas: ready, availableReplicas: ready }),
    });
  }
}

function settleSet(w: Workload): void {
  const { manifest } = w;
  const ready = w.pods.filter(isReady).length;
  const count = w.pods.length;
  manifest.status =
    manifest.kind === 'DaemonSet'
      ? {
          currentNumberScheduled: count,
          desiredNumberScheduled: count,
          numberReady: ready,
          numberAvailable: ready,
          numberMisscheduled: 0,
          updatedNumberScheduled: count,
          observedGeneration: manifest.metadata.generation,
          ...(ready < count ? { numberUnavailable: count - ready } : {}),
        }
      : {
          replicas: count,
          currentReplicas: count,
          updatedReplicas: count,
          readyReplicas: ready,
          availableReplicas: ready,
          collisionCount: 0,
          currentRevision: `${w.name}-5d8c7b9f6d`,
          updateRevision: `${w.name}-5d8c7b9f6d`,
          observedGeneration: manifest.metadata.generation,
        };
}

interface ServicePort {
  readonly name?: string;
  readonly port: number;
  readonly targetPort?: number | string;
  readonly protocol: string;
}

function targetOf(pod: Pod, { targetPort, port }: ServicePort): number | undefined {
  if (typeof targetPort !== 'string') return targetPort ?? port;
  for (const container of pod.spec.containers) {
    const found = container.ports?.find(({ name }) => name === targetPort);
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}

/** Endpoints and EndpointSlices, as the controllers make them from selectors and readiness. */
function settleService(store: Settled, service: Manifest): void {
  const { name, namespace = '', creationTimestamp } = service.metadata;
  const selector = service.spec?.['selector'] as Record<string, string> | undefined;
  if (selector === undefined || store.find('Endpoints', namespace, name) !== undefined) return;
  const pods = store
    .ofKind('Pod', namespace)
    .filter(isPod)
    .filter((pod) => Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value))
    .filter((pod) => pod.status.podIP !== undefined && pod.status.phase === 'Running');
  const ports = (service.spec?.['ports'] ?? []) as ServicePort[];
  const [sample] = pods;
  const slicePorts = ports.flatMap((port) => {
    const number = sample === undefined ? undefined : targetOf(sample, port);
    return number === undefined ? [] : [{ name: port.name ?? '', port: number, protocol: port.protocol }];
  });
  const target = (pod: Pod): object => ({
    kind: 'Pod',
    name: pod.metadata.name,
    namespace,
    uid: pod.metadata.uid,
  });
  const address = (pod: Pod): object => ({
    ip: pod.status.podIP,
    nodeName: pod.spec.nodeName,
    targetRef: target(pod),
  });
  const up = pods.filter(isReady);
  const down = pods.filter((pod) => !isReady(pod));
  const labels = {
    'kubernetes.io/service-name': name,
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  };
  const meta = { ...store.meta(name, namespace, 0), creationTimestamp };
  store.add({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...meta, labels: { ...service.metadata.labels } },
    ...(pods.length === 0 || slicePorts.length === 0
      ? {}
      : {
          subsets: [
            {
              ...(up.length === 0 ? {} : { addresses: up.map(address) }),
              ...(down.length === 0 ? {} : { notReadyAddresses: down.map(address) }),
              ports: slicePorts,
            },
          ],
        }),
  });
  store.add({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    metadata: {
      ...meta,
      uid: store.dice.uid(),
      name: `${name}-${store.dice.letters(5)}`,
      generateName: `${name}-`,
      labels,
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Service',
          name,
          uid: service.metadata.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    endpoints: pods.map((pod) => ({
      addresses: [pod.status.podIP],
      conditions: { ready: isReady(pod), serving: isReady(pod), terminating: false },
      nodeName: pod.spec.nodeName,
      targetRef: target(pod),
    })),
    ports: slicePorts.length === 0 ? null : slicePorts,
  });
}

function milli(cpu: string | undefined): number {
  if (cpu === undefined) return 0;
  return cpu.endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000;
}

function mebi(memory: string | undefined): number {
  if (memory === undefined) return 0;
  return memory.endsWith('Gi') ? Number(memory.slice(0, -2)) * 1024 : Number.parseInt(memory, 10);
}

function settleQuota(store: Settled, quota: Manifest): void {
  const hard = (quota.spec?.['hard'] ?? {}) as Record<string, string>;
  const pods = store
    .ofKind('Pod', quota.metadata.namespace)
    .filter(isPod)
    .filter(({ status }) => status.phase === 'Running' || status.phase === 'Pending');
  const containers = pods.flatMap(({ spec }) => spec.containers);
  const sum = (
    of: (limits: Record<string, string> | undefined) => number,
    part: 'requests' | 'limits',
  ): number => containers.reduce((total, { resources }) => total + of(resources[part]), 0);
  const known: Record<string, string> = {
    'requests.cpu': `${sum((values) => milli(values?.['cpu']), 'requests')}m`,
    'limits.cpu': `${sum((values) => milli(values?.['cpu']), 'limits')}m`,
    'requests.memory': `${sum((values) => mebi(values?.['memory']), 'requests')}Mi`,
    'limits.memory': `${sum((values) => mebi(values?.['memory']), 'limits')}Mi`,
    pods: String(pods.length),
  };
  const said = (quota.status?.['used'] ?? {}) as Record<string, string>;
  quota.status = {
    hard,
    used: Object.fromEntries(Object.keys(hard).map((key) => [key, said[key] ?? known[key] ?? '0'])),
  };
}

function settleBudget(store: Settled, budget: Manifest): void {
  const { selector, minAvailable, maxUnavailable } = (budget.spec ?? {}) as {
    selector?: { matchLabels: Record<string, string> };
    minAvailable?: number;
    maxUnavailable?: number;
  };
  const pods = store
    .ofKind('Pod', budget.metadata.namespace)
    .filter(isPod)
    .filter((pod) => pod.metadata.labels?.['app'] === selector?.matchLabels['app']);
  const healthy = pods.filter(isReady).length;
  const desired = minAvailable ?? pods.length - (maxUnavailable ?? 0);
  const allowed = Math.max(0, healthy - desired);
  budget.status = {
    currentHealthy: healthy,
    desiredHealthy: desired,
    disruptionsAllowed: allowed,
    expectedPods: pods.length,
    observedGeneration: budget.metadata.generation ?? 1,
    conditions: [
      {
        type: 'DisruptionAllowed',
        status: allowed > 0 ? 'True' : 'False',
        reason: allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        lastTransitionTime: budget.metadata.creationTimestamp,
        observedGeneration: 1,
      },
    ],
  };
}

function sortStatuses(statuses: ContainerStatus[] | undefined): void {
  statuses?.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Fills in what controllers derive: statuses, endpoints, use of quotas, budgets. */
export function settle(store: Settled): void {
  settleReplicaSets(store);
  for (const workload of store.workloads) {
    if (store.find(workload.manifest.kind, workload.namespace, workload.name) === undefined) continue;
    if (workload.manifest.kind === 'Deployment') settleDeployment(store, workload);
    else settleSet(workload);
  }
  for (const service of store.ofKind('Service')) settleService(store, service);
  for (const quota of store.ofKind('ResourceQuota')) settleQuota(store, quota);
  for (const budget of store.ofKind('PodDisruptionBudget')) settleBudget(store, budget);
  for (const pod of store.ofKind('Pod').filter(isPod)) sortStatuses(pod.status.containerStatuses);
}
