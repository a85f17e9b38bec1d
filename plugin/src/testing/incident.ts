import type { Incident } from '@tapio/domain';

const CHANGED_US = Date.UTC(2026, 10, 24, 20, 24, 10) * 1000;
const DIED_US = Date.UTC(2026, 10, 24, 20, 24, 41) * 1000;

/** The incident of the walk-through: a memory limit that was lowered. */
export function anIncident(change: Partial<Incident> = {}): Incident {
  return {
    id: 'INC-7Q4F2K9M',
    revision: 3,
    cluster: 'test',
    kind: 'crash_loop',
    state: 'open',
    subject: { label: 'Workload', kind: 'Deployment', namespace: 'shop', name: 'checkout' },
    headline: 'shop/checkout is crash-looping: its memory limit was lowered below what it needs.',
    verdict: {
      word: 'Likely',
      score: 0.97,
      status: 'settled',
      causeCode: 'oom_limit_lowered',
      rule: 'oom-at-limit',
    },
    chain: [
      {
        role: 'change',
        eventId: 'e1',
        timeUs: CHANGED_US,
        resolutionUs: 0,
        text: 'Deployment shop/checkout: limits.memory 256Mi -> 32Mi, via kubectl-patch; user unknown',
        seenBy: 'kubelet',
      },
      {
        role: 'cause',
        eventId: 'e2',
        timeUs: DIED_US,
        resolutionUs: 0,
        text: 'OOM killer killed java (pid 6344) in container report',
        seenBy: 'kernel',
      },
      {
        role: 'effect',
        eventId: 'e3',
        timeUs: DIED_US,
        resolutionUs: 1_000_000,
        text: 'container report died, exit 137, third time',
        seenBy: 'kubelet',
      },
    ],
    change: {
      eventId: 'e1',
      timeUs: CHANGED_US,
      object: { label: 'Workload', kind: 'Deployment', namespace: 'shop', name: 'checkout' },
      words: 'limits.memory 256Mi -> 32Mi',
      actor: 'via kubectl-patch; user unknown',
    },
    ruledOut: [{ cause: 'liveness kill', reason: 'no failed probe before the exit' }],
    certain: ['three exits with code 137, each 2.1 s after start'],
    explanation: 'The limit was below what it uses.',
    wouldHelp: [],
    next: {
      command: 'kubectl -n shop rollout undo deployment/checkout',
      reason: 'revision 7 ran six days with a peak of 210 MiB',
    },
    touched: ['shop/frontend: connections to checkout refused since 20:24:41'],
    count: 3,
    firstSeenUs: DIED_US - 60_000_000,
    lastSeenUs: DIED_US,
    symptomEventIds: ['e3'],
    rootCauseEventId: 'e1',
    evidenceEventIds: ['e1', 'e2', 'e3', 'e4'],
    gaps: [],
    rulesVersion: '12',
    pods: [{ namespace: 'shop', name: 'checkout-7d9c6b5f4-x2lqv', uid: 'pod-1' }],
    ...change,
  };
}
