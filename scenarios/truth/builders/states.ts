import type { Container, ContainerStatus, Pod } from './types.ts';
import type { Workload } from './workload.ts';

type Pods = readonly Pod[];

/** Whose pods a state is about: a workload, or static pods, which have none. */
export type PodsOf = Pick<Workload, 'store' | 'namespace' | 'container' | 'fresh'>;

export interface Crash {
  /** The container that dies; the main one when left out. */
  readonly container?: string;
  readonly exitCode: number;
  readonly reason?: 'Error' | 'OOMKilled' | 'StartError' | 'Completed';
  /** What the runtime or the program left as termination message. */
  readonly message?: string;
  readonly restarts?: number;
  /** Seconds that a run lasts. */
  readonly runsSeconds?: number;
  readonly minutesAgo: number;
  readonly log: readonly string[];
  readonly pods?: Pods;
}

export function setCondition(
  pod: Pod,
  type: string,
  change: { status: 'True' | 'False' | 'Unknown'; reason?: string; message?: string; at: string },
): void {
  const { at, ...rest } = change;
  const condition = { type, ...rest, lastProbeTime: null, lastTransitionTime: at };
  const others = pod.status.conditions.filter((other) => other.type !== type);
  pod.status.conditions = [...others, condition];
}

function unready(w: PodsOf, pod: Pod, minutesAgo: number, reason = 'ContainersNotReady'): void {
  const names = (pod.status.containerStatuses ?? []).filter(({ ready }) => !ready).map(({ name }) => name);
  const message = `containers with unready status: [${names.join(' ')}]`;
  for (const type of ['Ready', 'ContainersReady']) {
    setCondition(pod, type, { status: 'False', reason, message, at: w.store.ago(minutesAgo) });
  }
}

function statusOf(pod: Pod, container: string): ContainerStatus {
  const status = [...(pod.status.containerStatuses ?? []), ...(pod.status.initContainerStatuses ?? [])].find(
    ({ name }) => name === container,
  );
  if (status === undefined) throw new Error(`pod ${pod.metadata.name} has no container ${container}`);
  return status;
}

/** A container dies again and again and is in back-off now. */
export function crashing(w: PodsOf, crash: Crash): void {
  const { store } = w;
  const {
    exitCode,
    reason = 'Error',
    restarts = 6,
    runsSeconds = 2,
    minutesAgo,
    container = w.container.name,
  } = crash;
  for (const pod of crash.pods ?? w.fresh) {
    const status = statusOf(pod, container);
    const isInit = !(pod.status.containerStatuses ?? []).includes(status);
    const id = `containerd://${store.dice.hex(64)}`;
    const isStart = reason === 'StartError';
    const lastMinutes = Math.min(2.5, minutesAgo / 2);
    Object.assign(status, {
      ready: false,
      started: false,
      restartCount: restarts,
      containerID: id,
      state: {
        waiting: {
          reason: 'CrashLoopBackOff',
          message: `back-off 5m0s restarting failed container=${container} pod=${pod.metadata.name}_${w.namespace}(${pod.metadata.uid})`,
        },
      },
      lastState: {
        terminated: {
          exitCode,
          reason,
          ...(crash.message === undefined ? {} : { message: crash.message }),
          startedAt: isStart ? '1970-01-01T00:00:00Z' : store.ago(lastMinutes + runsSeconds / 60),
          finishedAt: store.ago(lastMinutes),
          containerID: id,
        },
      },
    });
    const host = pod.spec.nodeName ?? '';
    const about = { container, initContainer: isInit, host };
    store.event(pod, {
      ...about,
      type: 'Warning',
      reason: 'BackOff',
      count: restarts * 4 + 3,
      sinceMinutesAgo: minutesAgo - 0.3,
      minutesAgo: 0.4,
      message: `Back-off restarting failed container ${container} in pod ${pod.metadata.name}_${w.namespace}(${pod.metadata.uid})`,
    });
    if (isStart) unsay(w, pod, ['Started']);
    if (isStart)
      store.event(pod, {
        ...about,
        type: 'Warning',
        reason: 'Failed',
        count: restarts + 1,
        sinceMinutesAgo: minutesAgo,
        minutesAgo: lastMinutes,
        message: `Error: ${crash.message ?? ''}`,
      });
    store.log({ namespace: w.namespace, pod: pod.metadata.name, container }, crash.log, crash.log);
    if (isInit) initUnfinished(w, pod, minutesAgo, container);
    else unready(w, pod, minutesAgo);
  }
}

/** The main containers wait for an init container. */
export function initUnfinished(w: PodsOf, pod: Pod, minutesAgo: number, init: string): void {
  pod.status.phase = 'Pending';
  for (const status of pod.status.containerStatuses ?? []) {
    Object.assign(status, {
      ready: false,
      started: false,
      state: { waiting: { reason: 'PodInitializing' } },
    });
    delete status.containerID;
    w.store.logs.delete(`${w.namespace}/${pod.metadata.name}/${status.name}`);
  }
  setCondition(pod, 'Initialized', {
    status: 'False',
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${init}]`,
    at: w.store.ago(minutesAgo),
  });
  unready(w, pod, minutesAgo);
}

/** Lets a container that finished be the one that still runs. */
export function initRunning(w: PodsOf, pod: Pod, container: Container, log: readonly string[]): void {
  const status = statusOf(pod, container.name);
  Object.assign(status, { ready: false, started: true, state: { running: { startedAt: w.store.ago(30) } } });
  w.store.log({ namespace: w.namespace, pod: pod.metadata.name, container: container.name }, log);
}

export interface Waiting {
  readonly reason: string;
  readonly message?: string;
  readonly minutesAgo: number;
  /** Warnings of the kubelet: reason, text, count. */
  readonly warnings?: readonly (readonly [reason: string, message: string, count: number])[];
  readonly normals?: readonly (readonly [reason: string, message: string, count: number])[];
  /** Whether the warnings are about the container or about the pod. */
  readonly about?: 'container' | 'pod';
  readonly pods?: Pods;
}

/** A container is not started: image, configuration, volumes or sandbox. */
export function waiting(w: PodsOf, state: Waiting): void {
  const { store } = w;
  for (const pod of state.pods ?? w.fresh) {
    const { containers, nodeName = '' } = pod.spec;
    const isWhole = state.reason === 'ContainerCreating';
    for (const status of pod.status.containerStatuses ?? []) {
      if (!isWhole && status.name !== w.container.name) continue;
      Object.assign(status, {
        ready: false,
        started: false,
        imageID: '',
        state: {
          waiting: {
            reason: state.reason,
            ...(state.message === undefined ? {} : { message: state.message }),
          },
        },
      });
      delete status.containerID;
    }
    for (const { name } of containers)
      store.logs.set(`${w.namespace}/${pod.metadata.name}/${name}`, {
        namespace: w.namespace,
        pod: pod.metadata.name,
        container: name,
        current: [],
        previous: undefined,
      });
    pod.status.phase = 'Pending';
    if (isWhole) {
      delete pod.status.podIP;
      delete pod.status.podIPs;
    }
    unready(w, pod, state.minutesAgo);
    unsay(w, pod, ['Created', 'Started', 'Pulled']);
    const about = { host: nodeName, ...(state.about === 'pod' ? {} : { container: w.container.name }) };
    for (const [type, list] of [
      ['Normal', state.normals ?? []],
      ['Warning', state.warnings ?? []],
    ] as const) {
      for (const [reason, message, count] of list) {
        store.event(pod, {
          ...about,
          type,
          reason,
          message,
          count,
          sinceMinutesAgo: state.minutesAgo - 0.1,
          minutesAgo: 0.7,
        });
      }
    }
  }
}

/** Takes back events of a start that did not come to that. */
export function unsay(w: PodsOf, pod: Pod, reasons: readonly string[]): void {
  const { events } = w.store;
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const event = events[index];
    const about = event?.['involvedObject'] as { uid?: string } | undefined;
    if (about?.uid === pod.metadata.uid && reasons.includes(String(event?.['reason'])))
      events.splice(index, 1);
  }
}

/** Containers run and are not ready; `restarts` when their liveness probe kills them too. */
export function notReady(
  w: PodsOf,
  state: { minutesAgo: number; probe?: string; count?: number; pods?: Pods; log?: readonly string[] },
): void {
  for (const pod of state.pods ?? w.fresh) {
    const status = statusOf(pod, w.container.name);
    status.ready = false;
    unready(w, pod, state.minutesAgo);
    const at = { namespace: w.namespace, pod: pod.metadata.name, container: w.container.name };
    if (state.log !== undefined) w.store.log(at, state.log);
    if (state.probe === undefined) continue;
    const ip = pod.status.podIP ?? '';
    w.store.event(pod, {
      type: 'Warning',
      reason: 'Unhealthy',
      message: state.probe.replaceAll('POD_IP', ip),
      count: state.count ?? 40,
      sinceMinutesAgo: state.minutesAgo,
      minutesAgo: 0.2,
      container: w.container.name,
      host: pod.spec.nodeName ?? '',
    });
  }
}

export interface LivenessKills {
  readonly minutesAgo: number;
  /** Text of the event; POD_IP stands for the pod's address. */
  readonly probe: string;
  readonly restarts: number;
  readonly exitCode: number;
  readonly runsSeconds: number;
  readonly log: readonly string[];
  readonly previous?: readonly string[];
  readonly pods?: Pods;
  /** Runs again at the moment, or waits in back-off. */
  readonly now: 'running' | 'back-off';
}

/** A liveness (or startup) probe kills a container again and again. */
export function killedByProbe(w: PodsOf, kills: LivenessKills): void {
  const { store } = w;
  const { name } = w.container;
  const word = kills.probe.split(' ')[0]?.toLowerCase() ?? 'liveness';
  for (const pod of kills.pods ?? w.fresh) {
    const host = pod.spec.nodeName ?? '';
    crashing(w, {
      exitCode: kills.exitCode,
      restarts: kills.restarts,
      runsSeconds: kills.runsSeconds,
      minutesAgo: kills.minutesAgo,
      log: kills.previous ?? kills.log,
      pods: [pod],
    });
    store.event(pod, {
      type: 'Warning',
      reason: 'Unhealthy',
      message: kills.probe.replaceAll('POD_IP', pod.status.podIP ?? ''),
      count: kills.restarts * 3 + 1,
      sinceMinutesAgo: kills.minutesAgo - 0.5,
      minutesAgo: 0.6,
      container: name,
      host,
    });
    store.event(pod, {
      reason: 'Killing',
      message: `Container ${name} failed ${word} probe, will be restarted`,
      count: kills.restarts,
      sinceMinutesAgo: kills.minutesAgo - 1,
      minutesAgo: 0.6,
      container: name,
      host,
    });
    if (kills.now === 'back-off') continue;
    const status = statusOf(pod, name);
    const startedAt = store.ago(0.5);
    Object.assign(status, { state: { running: { startedAt } }, started: true, ready: true });
    for (const type of ['Ready', 'ContainersReady'])
      setCondition(pod, type, { status: 'True', at: startedAt });
    store.log(
      { namespace: w.namespace, pod: pod.metadata.name, container: name },
      kills.log,
      kills.previous ?? kills.log,
    );
  }
}

/** The scheduler finds no node. Without a text it says nothing at all. */
export function pending(
  w: PodsOf,
  state: { message?: string; minutesAgo: number; pods?: Pods; count?: number },
): void {
  for (const pod of state.pods ?? w.fresh) {
    delete pod.spec.nodeName;
    unsay(w, pod, ['Scheduled', 'Pulled', 'Created', 'Started']);
    const { name } = pod.metadata;
    for (const container of pod.spec.containers)
      w.store.logs.delete(`${w.namespace}/${name}/${container.name}`);
    const at = w.store.ago(state.minutesAgo);
    const { qosClass } = pod.status;
    pod.status = { phase: 'Pending', conditions: [], qosClass };
    w.store.logs.set(`${w.namespace}/${name}/${w.container.name}`, {
      namespace: w.namespace,
      pod: name,
      container: w.container.name,
      current: [],
      previous: undefined,
    });
    if (state.message === undefined) continue;
    setCondition(pod, 'PodScheduled', {
      status: 'False',
      reason: 'Unschedulable',
      message: state.message,
      at,
    });
    w.store.event(pod, {
      type: 'Warning',
      reason: 'FailedScheduling',
      message: state.message,
      minutesAgo: Math.max(0.5, state.minutesAgo - 5),
      component: 'default-scheduler',
    });
  }
}

/** The controller is refused the pods. */
export function refused(
  w: Workload,
  state: { reason: string; minutesAgo: number; keep?: number; count?: number },
): void {
  const owner = w.replicaSet ?? w.manifest;
  const keep = state.keep ?? 0;
  const lost = w.fresh.slice(keep);
  const [example] = lost;
  const name = example?.metadata.name ?? `${owner.metadata.name}-${w.store.dice.letters(5)}`;
  for (const pod of lost) {
    unsay(w, pod, ['Scheduled', 'Pulled', 'Created', 'Started']);
    w.store.events.splice(
      0,
      w.store.events.length,
      ...w.store.events.filter(({ message }) => message !== `Created pod: ${pod.metadata.name}`),
    );
  }
  w.dropPods(lost);
  const message = `Error creating: ${state.reason.replaceAll('POD_NAME', name)}`;
  const component = `${owner.kind.toLowerCase()}-controller`;
  w.store.event(owner, {
    type: 'Warning',
    reason: 'FailedCreate',
    message,
    count: state.count ?? 9,
    sinceMinutesAgo: state.minutesAgo,
    minutesAgo: 1.2,
    component,
  });
  const condition = {
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message: message.replace('Error creating: ', ''),
    lastTransitionTime: w.store.ago(state.minutesAgo),
  };
  owner.status = { ...owner.status, conditions: [condition] };
  if (owner !== w.manifest) w.manifest.status = { ...w.manifest.status, conditions: [condition] };
}
