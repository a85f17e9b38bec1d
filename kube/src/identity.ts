import { lastRun } from './container-runs.ts';
import type { PodView } from './pod-view.ts';

/** One run of a container, as its id names it. */
export interface ContainerIdentity {
  readonly name: string;
  readonly restartCount: number;
  /** It runs once before the pod's other containers. */
  readonly init: boolean;
}

/** What a container id or pod uid found in a cgroup path stands for. */
export interface PodIdentity {
  readonly podUid: string;
  readonly podName: string;
  readonly namespace: string;
  readonly workload?: string;
  readonly containers: ReadonlyMap<string, ContainerIdentity>;
}

/** Names a pod and the runs of its containers that its status knows: the newest and the one before. */
export function podIdentity(pod: PodView): PodIdentity {
  const containers = new Map<string, ContainerIdentity>();
  for (const view of pod.containers) {
    const identity = { name: view.name, init: view.kind === 'init' };
    const lastId = view.last?.containerId;
    if (lastId !== undefined) containers.set(lastId, { ...identity, restartCount: lastRun(view) });
    const ended = view.state.is === 'terminated' ? view.state.end.containerId : undefined;
    for (const id of [ended, view.containerId]) {
      if (id !== undefined) containers.set(id, { ...identity, restartCount: view.restartCount });
    }
  }
  return {
    podUid: pod.podUid,
    podName: pod.podName,
    namespace: pod.namespace,
    containers,
    ...(pod.workload === undefined ? {} : { workload: pod.workload }),
  };
}
