import type { Store } from './store.ts';
import type { Container, ContainerStatus, OwnerReference, Pod, PodTemplate } from './types.ts';

export interface PodPlan {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  readonly owner?: OwnerReference;
  readonly minutesAgo: number;
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Place {
  readonly hostIP: string;
  podIP(): string;
}

const TOLERATIONS = ['not-ready', 'unreachable'].map((key) => ({
  key: `node.kubernetes.io/${key}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 300,
}));

function qosOf(containers: readonly Container[]): string {
  const isGuaranteed = containers.every(
    ({ resources: { requests = {}, limits = {} } }) =>
      limits['cpu'] !== undefined &&
      limits['memory'] !== undefined &&
      (requests['cpu'] ?? limits['cpu']) === limits['cpu'] &&
      (requests['memory'] ?? limits['memory']) === limits['memory'],
  );
  if (isGuaranteed) return 'Guaranteed';
  return containers.some(({ resources }) => resources.requests ?? resources.limits)
    ? 'Burstable'
    : 'BestEffort';
}

function runningStatus(store: Store, container: Container, startedAt: string): ContainerStatus {
  const digest = store.dice.hex(64);
  return {
    name: container.name,
    state: { running: { startedAt } },
    lastState: {},
    ready: true,
    started: true,
    restartCount: 0,
    image: container.image,
    imageID: `${container.image.replace(/:[^:/]*$/u, '')}@sha256:${digest}`,
    containerID: `containerd://${store.dice.hex(64)}`,
  };
}

/** A pod that runs well on its node. */
export function makePod(store: Store, template: PodTemplate, plan: PodPlan, place: Place): Pod {
  const { dice } = store;
  const meta = store.meta(plan.name, plan.namespace, plan.minutesAgo);
  if (plan.generateName !== undefined) meta.generateName = plan.generateName;
  meta.labels = { ...template.metadata.labels, ...plan.labels };
  if (template.metadata.annotations !== undefined) meta.annotations = { ...template.metadata.annotations };
  if (plan.owner !== undefined) meta.ownerReferences = [plan.owner];
  const copy = structuredClone(template.spec);
  const tokenVolume = `kube-api-access-${dice.letters(5)}`;
  const takesToken = copy['automountServiceAccountToken'] !== false && copy['hostNetwork'] !== true;
  const mount = {
    name: tokenVolume,
    readOnly: true,
    mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  };
  if (takesToken) {
    for (const container of [...copy.containers, ...(copy.initContainers ?? [])]) {
      container.volumeMounts = [...(container.volumeMounts ?? []), mount];
    }
    copy.volumes = [
      ...(copy.volumes ?? []),
      {
        name: tokenVolume,
        projected: {
          defaultMode: 420,
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
            { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
          ],
        },
      },
    ];
  }
  const started = store.ago(plan.minutesAgo - 0.05);
  const ip = copy['hostNetwork'] === true ? place.hostIP : place.podIP();
  const conditions = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta,
    spec: {
      ...copy,
      nodeName: plan.node,
      tolerations: [...(copy.tolerations ?? []), ...TOLERATIONS],
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      enableServiceLinks: true,
    },
    status: {
      phase: 'Running',
      conditions: conditions.map((type) => ({
        type,
        status: 'True',
        lastProbeTime: null,
        lastTransitionTime: store.ago(plan.minutesAgo - (type.endsWith('Ready') ? 0.2 : 0)),
      })),
      hostIP: place.hostIP,
      hostIPs: [{ ip: place.hostIP }],
      podIP: ip,
      podIPs: [{ ip }],
      startTime: store.ago(plan.minutesAgo),
      qosClass: qosOf(copy.containers),
      containerStatuses: copy.containers.map((container) => runningStatus(store, container, started)),
      ...(copy.initContainers === undefined
        ? {}
        : {
            initContainerStatuses: copy.initContainers.map((container) =>
              finishedInit(store, container, plan.minutesAgo),
            ),
          }),
    },
  };
}

function finishedInit(store: Store, container: Container, minutesAgo: number): ContainerStatus {
  const status = runningStatus(store, container, store.ago(minutesAgo));
  return {
    ...status,
    started: false,
    state: {
      terminated: {
        exitCode: 0,
        reason: 'Completed',
        startedAt: store.ago(minutesAgo),
        finishedAt: store.ago(minutesAgo - 0.04),
        containerID: status.containerID ?? '',
      },
    },
  };
}

/** The events of a pod's ordinary start. */
export function startEvents(store: Store, pod: Pod, minutesAgo: number): void {
  const { nodeName = '', containers } = pod.spec;
  const at = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  store.event(pod, {
    reason: 'Scheduled',
    message: `Successfully assigned ${at} to ${nodeName}`,
    minutesAgo,
    component: 'default-scheduler',
  });
  for (const { name, image } of containers) {
    const about = { container: name, host: nodeName, minutesAgo: minutesAgo - 0.05 };
    store.event(pod, {
      ...about,
      reason: 'Pulled',
      message: `Container image "${image}" already present on machine`,
    });
    store.event(pod, { ...about, reason: 'Created', message: `Created container ${name}` });
    store.event(pod, { ...about, reason: 'Started', message: `Started container ${name}` });
  }
}
