import type { ObservationEvent } from '@tapio/domain';
import type { Lookup } from '../rules/rule-set.ts';
import type { CaptureState } from './capture.ts';
import type { Finder } from './finder.ts';
import type { Recovery } from './outcome.ts';
import type { Question } from './question.ts';

const DAY_US = 86_400_000_000;

const podLookup = (type: 'container_started' | 'pod_deleted'): Lookup => ({
  alias: 'sign',
  type,
  source: 'kubelet',
  join: 'pod',
  of: 'effect',
  beforeUs: type === 'pod_deleted' ? DAY_US : 0,
  afterUs: 7 * DAY_US,
  clauses: [],
});

/** What tells that a container recovered: the engine keeps these events for it. */
export const RECOVERY_LOOKUPS: readonly Lookup[] = [podLookup('container_started'), podLookup('pod_deleted')];

const [STARTED, DELETED] = RECOVERY_LOOKUPS as [Lookup, Lookup];

/** Last symptom of each container of each pod. */
function lastOfEach(questions: readonly Question[]): Question[] {
  const last = new Map<string, Question>();
  for (const question of questions) {
    const { event } = question.effect;
    last.set(`${event.podUid ?? event.node}\n${event.data['container'] ?? ''}`, question);
  }
  return [...last.values()];
}

export interface RecoveryOptions {
  readonly finder: Finder;
  readonly capture: CaptureState;
  readonly nowUs: number;
  readonly healthyUs: number;
  readonly staleUs: number;
}

/**
 * Whether all that failed is well again: run healthy for ten minutes since (after which the kubelet forgets its
 * back-off too), or gone. It is judged by the kubelet's marks, not by the clock, so a replay judges the same.
 *
 * @param questions in order of time; the newest is looked at first, so that a loop that goes on costs one look
 */
export async function recoveryOf(
  questions: readonly Question[],
  options: RecoveryOptions,
): Promise<Recovery> {
  for (const question of lastOfEach(questions).sort((a, b) => b.timeUs - a.timeUs)) {
    const recovery = await containerRecovery(question, options);
    if (!recovery.isRecovered) return recovery;
  }
  return { isRecovered: true, lookAgainUs: Number.POSITIVE_INFINITY, node: '' };
}

/** Whether one container is well again since a symptom; looked up anew only when its time has come. */
export async function containerRecovery(question: Question, options: RecoveryOptions): Promise<Recovery> {
  const { event } = question.effect;
  const { finder, capture, nowUs, healthyUs, staleUs } = options;
  const markUs = Math.min(capture.through(event.node, 'kubelet') ?? 0, nowUs);
  const known = question.recovery;
  if (known !== undefined && (known.isRecovered || markUs < known.lookAgainUs)) return known;
  const { held: deleted } = await finder.find(DELETED, event);
  const { held: started } = await finder.find(STARTED, event);
  const restart = started.map((s) => s.event).findLast((s) => isLaterRun(s, event));
  const dueUs = restart === undefined ? event.timestamp + staleUs : restart.timestamp + healthyUs;
  const isRecovered = deleted.length > 0 || (!isLasting(event) && markUs >= dueUs);
  question.recovery = { isRecovered, lookAgainUs: dueUs, node: event.node };
  return question.recovery;
}

/** States of API objects hold until they are reported otherwise: silence does not end them. */
function isLasting({ source, type }: ObservationEvent): boolean {
  return source === 'kubeapi' && type !== 'kube_event';
}

function isLaterRun(started: ObservationEvent, death: ObservationEvent): boolean {
  return (
    started.data['container'] === death.data['container'] &&
    Number(started.data['restart_count'] ?? 0) > Number(death.data['restart_count'] ?? 0)
  );
}
