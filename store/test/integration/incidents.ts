import type { CausalEdge, Incident, ObservationEvent } from '@tapio/domain';
import { NOW_US, death, without } from './servers.ts';

/** A change, the OOM kill that it led to and the death that that led to, as their sources report them. */
export function chainOf(cluster: string): {
  change: ObservationEvent;
  kill: ObservationEvent;
  died: ObservationEvent;
} {
  const died = death(cluster, 3);
  const kill: ObservationEvent = {
    ...died,
    id: `${cluster}/node-1/epoch-1/critical/17`,
    timestamp: died.timestamp + 400_000,
    source: 'kernel',
    type: 'oom_kill',
    pid: 6344,
    data: {
      boot_id: 'boot-1',
      mono_us: '77',
      comm: 'java',
      started_mono_us: '11',
      limited_by: 'container',
      limit_bytes: '33554432',
      usage_bytes: '33554432',
    },
  };
  const change: ObservationEvent = {
    ...without(died, 'containerId'),
    id: `${cluster}/uid-1/8812/pod_spec_changed/limits`,
    timestamp: died.timestamp - 31_000_000,
    type: 'pod_spec_changed',
    data: {
      field: 'spec.containers[report].resources.limits.memory',
      category: 'resources',
      container: 'report',
      old: '256Mi',
      new: '32Mi',
      words: 'limits.memory 256Mi -> 32Mi',
      manager: 'kubectl-patch',
    },
  };
  return { change, kill, died };
}

export function edge(
  effect: ObservationEvent,
  cause: ObservationEvent,
  score = 0.97,
  rule = 'oom-at-limit',
): CausalEdge {
  return { effectId: effect.id, causeId: cause.id, rule, mechanism: 'the kernel killed it', score };
}

export function incident(cluster: string, revision: number, extra: Partial<Incident> = {}): Incident {
  const { change, kill, died } = chainOf(cluster);
  const subject = { label: 'Workload', kind: 'Deployment', namespace: 'shop', name: 'checkout' } as const;
  return {
    id: `INC-${cluster}`,
    revision,
    cluster,
    kind: 'crash_loop',
    state: 'open',
    subject,
    headline: 'shop/checkout is crash-looping: its memory limit was lowered below what it needs.',
    verdict: {
      word: 'Likely',
      score: 1,
      status: 'provisional',
      causeCode: 'oom_limit',
      rule: 'oom-at-limit',
    },
    chain: [
      {
        role: 'change',
        eventId: change.id,
        timeUs: change.timestamp,
        resolutionUs: 0,
        text: 'changed',
        seenBy: 'kubelet',
      },
      {
        role: 'cause',
        eventId: kill.id,
        timeUs: kill.timestamp,
        resolutionUs: 0,
        text: 'killed',
        seenBy: 'kernel',
      },
      {
        role: 'effect',
        eventId: died.id,
        timeUs: died.timestamp,
        resolutionUs: 1_000_000,
        text: 'died',
        seenBy: 'kubelet',
      },
    ],
    change: {
      eventId: change.id,
      timeUs: change.timestamp,
      object: subject,
      words: 'limits.memory 256Mi -> 32Mi',
      actor: 'via kubectl-patch; user unknown',
    },
    ruledOut: [{ cause: 'eviction', reason: 'no node pressure' }],
    certain: [],
    wouldHelp: [],
    touched: [],
    count: 3,
    firstSeenUs: died.timestamp,
    lastSeenUs: NOW_US - 1,
    symptomEventIds: [died.id],
    rootCauseEventId: change.id,
    evidenceEventIds: [kill.id],
    gaps: [],
    rulesVersion: 'v1',
    pods: [{ namespace: 'shop', name: 'checkout-1', uid: 'uid-1' }],
    ...extra,
  };
}
