import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import type { PodContainer } from './pod-containers.ts';
import { containersOf, memoryLimit, standingPods } from './pod-containers.ts';
import type { PodReport } from './pod-reports.ts';
import { reportsOf } from './pod-reports.ts';
import { startProblem } from './start-problems.ts';

/** Waiting reasons of pkg/kubelet/kuberuntime/kuberuntime_container.go and of the runtimes' start errors. */
const WAITS: ReadonlySet<string> = new Set([
  'RunContainerError',
  'CreateContainerError',
  'CreateContainerConfigError',
  'StartError',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
]);
const ENDS: ReadonlySet<string> = new Set(['StartError', 'ContainerCannotRun']);

/** Processes that the runtime could not create or the kubelet refused, and start hooks that failed. */
export const containerStartCheck: Check = {
  name: 'container-start',
  run(snapshot, emit) {
    for (const pod of standingPods(snapshot)) {
      for (const container of containersOf(pod)) {
        const { view, spec } = container;
        const found = hookFailure(snapshot, pod, container) ?? startFailure(snapshot, pod, container);
        if (found === undefined) continue;
        emit({
          type: 'container_start_failed',
          about: pod,
          container: view.name,
          data: {
            init: view.kind === 'init' || view.kind === 'sidecar' ? true : undefined,
            problem: found.problem,
            subject: found.subject,
            message: found.message,
            memory_limit: memoryLimit(spec),
          },
        });
      }
    }
  },
};

interface Failure {
  readonly problem: string;
  readonly subject: string | undefined;
  readonly message: string;
}

function startFailure(snapshot: Snapshot, pod: KubeObject, container: PodContainer): Failure | undefined {
  for (const message of textsOf(snapshot, pod, container)) {
    const problem = startProblem(message);
    if (problem !== undefined) return { ...problem, message };
  }
  return undefined;
}

/** What tells it, the nearest first; nothing for a container that runs now. */
function textsOf(snapshot: Snapshot, pod: KubeObject, { view }: PodContainer): readonly string[] {
  const { state, last } = view;
  if (state.is === 'running') return [];
  const ends = [state.is === 'terminated' ? state.end : undefined, last].flatMap((end) =>
    end !== undefined && (ENDS.has(end.reason ?? '') || (end.exitCode === 128 && end.startedUs === undefined))
      ? [end]
      : [],
  );
  const waits = state.is === 'waiting' && WAITS.has(state.reason ?? '');
  if (!waits && ends.length === 0) return [];
  const reports = reportsOf(snapshot, pod)
    .filter((report) => report.reason === 'Failed' && isOf(report, view.name, pod))
    .map(({ message }) => message)
    .reverse();
  return [
    ...(state.is === 'waiting' && waits ? [state.message ?? ''] : []),
    ...ends.map((end) => end.message ?? ''),
    ...reports,
  ];
}

function isOf({ container }: PodReport, name: string, pod: KubeObject): boolean {
  return container === undefined ? containersOf(pod).length === 1 : container === name;
}

/** `FailedPostStartHook` (pkg/kubelet/events); the kubelet kills the container for it. */
function hookFailure(
  snapshot: Snapshot,
  pod: KubeObject,
  { view, isReady }: PodContainer,
): Failure | undefined {
  if (isReady === true) return undefined;
  const { state } = view;
  if (state.is === 'waiting' && state.reason === 'PostStartHookError') {
    return { problem: 'hook', subject: 'postStart', message: state.message ?? '' };
  }
  const report = reportsOf(snapshot, pod).findLast(
    (candidate) => candidate.reason === 'FailedPostStartHook' && isOf(candidate, view.name, pod),
  );
  return report === undefined
    ? undefined
    : { problem: 'hook', subject: 'postStart', message: report.message };
}
