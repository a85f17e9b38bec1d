import { KUBE_LIMITS } from './limits.ts';
import type { ContainerView, TerminatedState } from './pod-view.ts';

/** What is remembered of one container between two lists. */
export interface RunMarks {
  /** All runs up to this one have had their start told, or have none to tell. */
  readonly startedThrough: number;
  /** All runs up to this one have ended: told, or counted as missed. */
  readonly diedThrough: number;
  /** The newest run. */
  readonly run: number;
  readonly containerId?: string;
  /** Reasons for which the newest run has been seen to wait. */
  readonly waited: readonly string[];
}

/** What a status says of a container that was not known before. */
export type RunFact =
  | {
      readonly is: 'started';
      readonly run: number;
      readonly startedUs: number;
      readonly containerId?: string;
    }
  | { readonly is: 'died'; readonly run: number; readonly end: TerminatedState }
  | {
      readonly is: 'waiting';
      readonly run: number;
      readonly reason: string;
      readonly message?: string;
      readonly containerId?: string;
    }
  /** Runs of which nobody will tell how they ended. */
  | { readonly is: 'missed'; readonly from: number; readonly through: number };

/** Every start waits for these; they say nothing. */
const ORDINARY_WAITS: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/**
 * Which run `lastState` tells of. While a container waits in its back-off the kubelet moves the end of the
 * newest run there and keeps its restart count; otherwise it is the run before (kubelet: convertToAPIContainerStatuses).
 */
export function lastRun(view: ContainerView): number {
  if (view.state.is !== 'waiting') return view.restartCount - 1;
  const lastId = view.last?.containerId;
  const isNewest =
    lastId === undefined || view.containerId === undefined
      ? view.state.reason === 'CrashLoopBackOff'
      : lastId === view.containerId;
  return isNewest ? view.restartCount : Math.max(0, view.restartCount - 1);
}

/** Ends that a status tells of, by run. */
function endsOf(view: ContainerView): readonly { readonly run: number; readonly end: TerminatedState }[] {
  const ends: { run: number; end: TerminatedState }[] = [];
  if (view.last !== undefined && lastRun(view) >= 0) ends.push({ run: lastRun(view), end: view.last });
  if (view.state.is === 'terminated') ends.push({ run: view.restartCount, end: view.state.end });
  return ends;
}

/** Compares a container's status with what was known of it. */
export function followRuns(
  before: RunMarks | undefined,
  view: ContainerView,
): { readonly marks: RunMarks; readonly facts: readonly RunFact[] } {
  const facts: RunFact[] = [];
  const ends = endsOf(view);
  const run = view.restartCount;
  // The kubelet loses count when a pod's dead containers are removed by hand: begin anew.
  const known = before !== undefined && before.run <= run ? before : undefined;
  const earliest = Math.min(run, ...ends.map((end) => end.run));
  let { startedThrough, diedThrough } = known ?? {
    startedThrough: earliest - 1,
    diedThrough: earliest - 1,
  };
  for (const { run: ended, end } of ends) {
    const { startedUs, containerId } = end;
    if (ended > startedThrough && startedUs !== undefined) {
      facts.push({ is: 'started', run: ended, startedUs, ...idOf(containerId) });
    }
    startedThrough = Math.max(startedThrough, ended);
    if (ended <= diedThrough) continue;
    if (ended > diedThrough + 1) facts.push({ is: 'missed', from: diedThrough + 1, through: ended - 1 });
    facts.push({ is: 'died', run: ended, end });
    diedThrough = ended;
  }
  if (run - 1 > diedThrough) {
    facts.push({ is: 'missed', from: diedThrough + 1, through: run - 1 });
    diedThrough = run - 1;
  }
  const { state } = view;
  if (state.is === 'running' && run > startedThrough && state.startedUs !== undefined) {
    facts.push({ is: 'started', run, startedUs: state.startedUs, ...idOf(view.containerId) });
    startedThrough = run;
  }
  let waited = known?.run === run ? known.waited : [];
  if (state.is === 'waiting' && isNewWait(state.reason, waited)) {
    const { reason, message } = state;
    facts.push({
      is: 'waiting',
      run,
      reason,
      ...idOf(view.containerId),
      ...(message === undefined ? {} : { message }),
    });
    waited = [...waited, reason];
  }
  return { marks: { startedThrough, diedThrough, run, waited, ...idOf(view.containerId) }, facts };
}

function isNewWait(reason: string | undefined, seen: readonly string[]): reason is string {
  return (
    reason !== undefined &&
    !ORDINARY_WAITS.has(reason) &&
    !seen.includes(reason) &&
    seen.length < KUBE_LIMITS.waitingReasons
  );
}

/** The runs of a container whose pod is gone and whose end nobody told. */
export function missedAtEnd(marks: RunMarks): RunFact | undefined {
  const last = Math.max(marks.startedThrough, marks.run - 1);
  return last > marks.diedThrough ? { is: 'missed', from: marks.diedThrough + 1, through: last } : undefined;
}

function idOf(containerId: string | undefined): { containerId?: string } {
  return containerId === undefined ? {} : { containerId };
}
