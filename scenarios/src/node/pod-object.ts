/** Who the pod of a scenario is; fixed for its life. */
export interface PodIdentity {
  readonly uid: string;
  readonly namespace: string;
  readonly deployment: string;
  /** pod-template-hash. */
  readonly revision: string;
  readonly podName: string;
  readonly container: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly node: string;
  readonly createdMs: number;
}

export interface TerminatedRun {
  readonly containerId: string;
  readonly exitCode: number;
  readonly reason: string;
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** What a kubelet says of the container now. */
export type ContainerPhase =
  | { readonly is: 'creating' }
  | { readonly is: 'running'; readonly containerId: string; readonly startedMs: number }
  | { readonly is: 'terminated'; readonly run: TerminatedRun }
  | { readonly is: 'back-off'; readonly run: TerminatedRun; readonly pauseMs: number };

/** Somebody lowered or raised the memory limit of the running pod, through the resize subresource. */
export interface Resize {
  readonly manager: string;
  readonly atMs: number;
}

export interface PodState {
  readonly identity: PodIdentity;
  readonly memoryLimit: string;
  readonly resize?: Resize;
  readonly restartCount: number;
  readonly phase: ContainerPhase;
  /** The run before the one that `phase` tells of. */
  readonly previous?: TerminatedRun;
  readonly resourceVersion: number;
}

/** metav1.Time: whole seconds, cut. */
export function apiTime(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** The pod as `/pods` gives it (Kubernetes 1.33 and later, where a running pod's resources can be changed). */
export function podObject(state: PodState): unknown {
  const { identity, phase } = state;
  const ready = phase.is === 'running';
  const condition = (type: string): unknown => ({
    type,
    status: ready ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: apiTime(identity.createdMs),
    ...(ready
      ? {}
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${identity.container}]` }),
  });
  return {
    metadata: metadata(state),
    spec: spec(state),
    status: {
      phase: phase.is === 'creating' && state.restartCount === 0 ? 'Pending' : 'Running',
      conditions: [condition('Ready'), condition('ContainersReady')],
      startTime: apiTime(identity.createdMs),
      containerStatuses: [containerStatus(state)],
      qosClass: 'Burstable',
    },
  };
}

function metadata({ identity, resize, resourceVersion }: PodState): unknown {
  const replicaSet = `${identity.deployment}-${identity.revision}`;
  return {
    name: identity.podName,
    generateName: `${replicaSet}-`,
    namespace: identity.namespace,
    uid: identity.uid,
    resourceVersion: String(resourceVersion),
    creationTimestamp: apiTime(identity.createdMs),
    labels: { app: identity.deployment, 'pod-template-hash': identity.revision },
    annotations: {
      'kubernetes.io/config.seen': new Date(identity.createdMs).toISOString(),
      'kubernetes.io/config.source': 'api',
    },
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: replicaSet,
        uid: identity.uid.replace(/^.{8}/, '5e7a11ed'),
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
    managedFields: [
      creator(identity, resize === undefined),
      ...(resize === undefined ? [] : [resizer(identity, resize)]),
    ],
  };
}

function creator(identity: PodIdentity, ownsLimit: boolean): unknown {
  const owned = {
    '.': {},
    'f:name': {},
    'f:image': {},
    'f:args': {},
    'f:resources': {
      '.': {},
      'f:limits': { '.': {}, ...(ownsLimit ? { 'f:memory': {} } : {}) },
      'f:requests': { '.': {}, 'f:memory': {} },
    },
  };
  return managedFields('kube-controller-manager', identity.createdMs, {
    'f:spec': { 'f:containers': { [`k:{"name":"${identity.container}"}`]: owned }, 'f:restartPolicy': {} },
  });
}

function resizer(identity: PodIdentity, { manager, atMs }: Resize): unknown {
  const owned = { 'f:resources': { 'f:limits': { 'f:memory': {} } } };
  return {
    ...managedFields(manager, atMs, {
      'f:spec': { 'f:containers': { [`k:{"name":"${identity.container}"}`]: owned } },
    }),
    subresource: 'resize',
  };
}

function managedFields(manager: string, atMs: number, fieldsV1: unknown): Record<string, unknown> {
  return {
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: apiTime(atMs),
    fieldsType: 'FieldsV1',
    fieldsV1,
  };
}

function spec({ identity, memoryLimit }: PodState): unknown {
  return {
    containers: [
      {
        name: identity.container,
        image: identity.image,
        args: identity.args,
        resources: { limits: { memory: memoryLimit }, requests: { memory: '16Mi' } },
        terminationMessagePath: '/dev/termination-log',
        terminationMessagePolicy: 'File',
        imagePullPolicy: 'IfNotPresent',
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    serviceAccountName: 'default',
    nodeName: identity.node,
    schedulerName: 'default-scheduler',
  };
}

function containerStatus({ identity, memoryLimit, phase, previous, restartCount }: PodState): unknown {
  const newestId =
    phase.is === 'creating'
      ? previous?.containerId
      : phase.is === 'running'
        ? phase.containerId
        : phase.run.containerId;
  return {
    name: identity.container,
    ...stateOf(phase, identity),
    lastState: lastState(phase, previous),
    ready: phase.is === 'running',
    started: phase.is === 'running',
    restartCount,
    image: identity.image,
    imageID: '',
    resources: { limits: { memory: memoryLimit }, requests: { memory: '16Mi' } },
    ...(newestId === undefined ? {} : { containerID: `containerd://${newestId}` }),
  };
}

function stateOf(phase: ContainerPhase, identity: PodIdentity): { readonly state: unknown } {
  switch (phase.is) {
    case 'creating':
      return { state: { waiting: { reason: 'ContainerCreating' } } };
    case 'running':
      return { state: { running: { startedAt: apiTime(phase.startedMs) } } };
    case 'terminated':
      return { state: terminated(phase.run) };
    case 'back-off': {
      const pod = `${identity.podName}_${identity.namespace}(${identity.uid})`;
      const message = `back-off ${phase.pauseMs / 1000}s restarting failed container=${identity.container} pod=${pod}`;
      return { state: { waiting: { reason: 'CrashLoopBackOff', message } } };
    }
  }
}

/** In its back-off a kubelet moves the end of the newest run here. */
function lastState(phase: ContainerPhase, previous: TerminatedRun | undefined): unknown {
  if (phase.is === 'back-off') return terminated(phase.run);
  return previous === undefined ? {} : terminated(previous);
}

function terminated(run: TerminatedRun): unknown {
  return {
    terminated: {
      exitCode: run.exitCode,
      reason: run.reason,
      startedAt: apiTime(run.startedMs),
      finishedAt: apiTime(run.finishedMs),
      containerID: `containerd://${run.containerId}`,
    },
  };
}
