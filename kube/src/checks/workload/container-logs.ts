import { oncePerSnapshot } from '../../relations/once.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { ContainerLog, Snapshot } from '../../snapshot/snapshot.ts';
import type { PodContainer } from './pod-containers.ts';
import { containersOf } from './pod-containers.ts';
import { isPast } from './superseded.ts';

/** A log with the container that wrote it and what became of that run. */
export interface RunLog {
  readonly log: ContainerLog;
  readonly pod: KubeObject;
  readonly container: PodContainer;
  /**
   * `ended`: the run failed. `killed`: it was ended by a signal that it did not send itself, so that what it wrote
   * seldom tells why. `unready`: it runs, is not ready or doesn’t end though it should. `shaky`: it runs again after
   * it failed lately. `steady`: it does what it should.
   */
  readonly run: 'ended' | 'killed' | 'unready' | 'shaky' | 'steady';
  readonly startedUs: number | undefined;
  readonly endedUs: number | undefined;
}

const RECENT_US = 600_000_000;
const STUCK_US = 60_000_000;
const URGENCY = { ended: 0, unready: 1, killed: 2, shaky: 3, steady: 4 } as const;
/** 128 + SIGKILL and 128 + SIGTERM. */
const KILLED: ReadonlySet<number> = new Set([137, 143]);

/** Logs of containers that are known, those of failing ones first. Ends that were none (exit 0) are left out. */
export const runLogs = oncePerSnapshot((snapshot): readonly RunLog[] =>
  snapshot.logs
    .flatMap((log) => {
      const pod = snapshot.get('Pod', log.namespace, log.pod);
      const container = pod === undefined ? undefined : containerOf(pod, log);
      if (pod === undefined || container === undefined || isPast(snapshot, pod)) return [];
      const of = runOf(snapshot, container, log);
      return of === undefined ? [] : [{ log, pod, container, ...of }];
    })
    .sort((a, b) => URGENCY[a.run] - URGENCY[b.run]),
);

function containerOf(pod: KubeObject, log: ContainerLog): PodContainer | undefined {
  const containers = containersOf(pod);
  if (log.container !== undefined) return containers.find(({ view }) => view.name === log.container);
  const main = containers.filter(({ view }) => view.kind !== 'init');
  return main.length === 1 ? main[0] : undefined;
}

function runOf(
  snapshot: Snapshot,
  { view, isReady }: PodContainer,
  log: ContainerLog,
): Pick<RunLog, 'run' | 'startedUs' | 'endedUs'> | undefined {
  const { state, last, kind } = view;
  // While a container waits in its back-off, the log of its newest run is the current one.
  const end =
    log.previous || state.is === 'waiting' ? last : state.is === 'terminated' ? state.end : undefined;
  if (end !== undefined) {
    const { exitCode, startedUs, finishedUs, reason } = end;
    const isOld =
      state.is === 'running' && isReady === true && snapshot.takenUs - (finishedUs ?? 0) > RECENT_US;
    if ((exitCode === 0 && state.is !== 'waiting') || isOld) return undefined;
    const run = reason === 'OOMKilled' || KILLED.has(exitCode) ? 'killed' : 'ended';
    return { run, startedUs, endedUs: finishedUs };
  }
  if (state.is !== 'running') return undefined;
  const { startedUs } = state;
  const times = { startedUs, endedUs: undefined };
  const ranUs = snapshot.takenUs - (startedUs ?? snapshot.takenUs);
  if (kind === 'init') return ranUs > STUCK_US ? { run: 'unready', ...times } : undefined;
  const failedLately =
    last !== undefined && last.exitCode !== 0 && snapshot.takenUs - (last.finishedUs ?? 0) < RECENT_US;
  if (failedLately) return { run: 'shaky', ...times };
  return { run: isReady === false && ranUs > STUCK_US / 2 ? 'unready' : 'steady', ...times };
}
