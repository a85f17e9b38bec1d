import type { CausalEdge, Incident, ObservationEvent } from '@tapio/domain';
import { containerDied, oomKill } from '@tapio/domain/testing';
import {
  acquireLease,
  commitDecision,
  openGraph,
  openPosition,
  SignalWriter,
  type Graph,
} from '@tapio/store';
import { launchNeo4j, type Neo4jServer } from '@tapio/testkit';
import { anIncident } from '../../backend/testing/fixtures.ts';

const DAY_MS = 86_400_000;
const STREAM = 'SIGNALS@seed';

/** What the seeded graph holds: a crash loop in `shop` that goes back to a lowered limit, and an open question in `billing`. */
export interface Seed {
  readonly diedUs: number;
  readonly change: ObservationEvent;
  readonly kill: ObservationEvent;
  readonly death: ObservationEvent;
  readonly otherDeath: ObservationEvent;
  readonly incident: Incident;
  readonly otherIncident: Incident;
}

/** A real Neo4j with Tapio's schema and a seed written as the loader writes. Disposal ends the server. */
export interface SeededGraph extends AsyncDisposable {
  readonly server: Neo4jServer;
  readonly seed: Seed;
}

function eventsAt(diedUs: number): Pick<Seed, 'change' | 'kill' | 'death' | 'otherDeath'> {
  const { podUid, podName, namespace, workload } = containerDied();
  return {
    death: containerDied({ timestamp: diedUs }),
    kill: oomKill({ timestamp: diedUs + 200_000 }),
    change: {
      id: 'test/pod-1/17/pod_spec_changed/report.limits.memory',
      timestamp: diedUs - 31_000_000,
      source: 'kubelet',
      type: 'pod_spec_changed',
      cluster: 'test',
      node: 'n1',
      ...(podUid !== undefined && podName !== undefined && namespace !== undefined && workload !== undefined
        ? { podUid, podName, namespace, workload }
        : {}),
      data: {
        field: 'spec.containers[report].resources.limits.memory',
        category: 'resources',
        container: 'report',
        old: '256Mi',
        new: '32Mi',
        words: 'limits.memory 256Mi -> 32Mi',
        manager: 'kubectl-patch',
      },
    },
    otherDeath: containerDied({
      id: 'test/pod-9/container_died/ledger/1',
      timestamp: diedUs - 5_000_000,
      namespace: 'billing',
      podName: 'ledger-5f6b7c8d9-abcde',
      podUid: 'pod-9',
      workload: 'Deployment/ledger',
      containerId: 'd'.repeat(64),
      data: {
        container: 'ledger',
        restart_count: '1',
        exit_code: '1',
        reason: 'Error',
        resolution_us: '1000000',
      },
    }),
  };
}

function seedAt(diedUs: number): Seed {
  const events = eventsAt(diedUs);
  const { change, kill, death, otherDeath } = events;
  const base = anIncident();
  const incident = anIncident({
    chain: [
      {
        role: 'change',
        eventId: change.id,
        timeUs: change.timestamp,
        resolutionUs: 0,
        text: 'Deployment shop/checkout: limits.memory 256Mi -> 32Mi, via kubectl-patch; user unknown',
        seenBy: 'kubelet',
      },
      {
        role: 'cause',
        eventId: kill.id,
        timeUs: kill.timestamp,
        resolutionUs: 0,
        text: 'OOM killer killed java (pid 6344) in container report: 32 of 32 MiB, this container’s own limit',
        seenBy: 'kernel',
      },
      {
        role: 'effect',
        eventId: death.id,
        timeUs: death.timestamp,
        resolutionUs: 1_000_000,
        text: 'container report died, exit 137, third time',
        seenBy: 'kubelet',
      },
    ],
    change: {
      eventId: change.id,
      timeUs: change.timestamp,
      object: base.subject,
      words: 'limits.memory 256Mi -> 32Mi',
      actor: 'via kubectl-patch; user unknown',
    },
    next: {
      command: 'kubectl -n shop rollout undo deployment/checkout',
      reason: 'revision 7 ran six days with a peak of 210 MiB',
    },
    firstSeenUs: diedUs - 60_000_000,
    lastSeenUs: diedUs,
    rootCauseEventId: change.id,
    evidenceEventIds: [change.id, kill.id, death.id],
  });
  const otherIncident = anIncident({
    id: 'INC-BILL0001',
    subject: { label: 'Workload', kind: 'Deployment', namespace: 'billing', name: 'ledger' },
    headline: 'billing/ledger is crash-looping: exit 1, cause not clear.',
    verdict: { word: 'No clear cause', score: 0, status: 'settled' },
    chain: [
      {
        role: 'effect',
        eventId: otherDeath.id,
        timeUs: otherDeath.timestamp,
        resolutionUs: 1_000_000,
        text: 'container ledger died, exit 1',
        seenBy: 'kubelet',
      },
    ],
    ruledOut: [],
    touched: [],
    count: 1,
    firstSeenUs: otherDeath.timestamp,
    lastSeenUs: otherDeath.timestamp,
    symptomEventIds: [otherDeath.id],
    rootCauseEventId: otherDeath.id,
    evidenceEventIds: [otherDeath.id],
    pods: [{ namespace: 'billing', name: 'ledger-5f6b7c8d9-abcde', uid: 'pod-9' }],
  });
  return { diedUs, ...events, incident, otherIncident };
}

async function writeSeed(
  graph: Graph,
  { change, kill, death, otherDeath, incident, otherIncident }: Seed,
  nowUs: number,
): Promise<void> {
  await graph.migrate();
  const held = await acquireLease(graph, { cluster: 'test', owner: 'seed', ttlMs: 60_000 });
  if (!held.held) throw new Error(`the lease is held by ${held.holder.owner}`);
  await openPosition(held.lease, STREAM);
  const writer = await SignalWriter.open(held.lease, { eventRetentionMs: 7 * DAY_MS });
  const events = [change, kill, death, otherDeath];
  await writer.commitBatches({
    batches: [
      {
        header: {
          producer: { cluster: 'test', node: 'n1', lane: 'signal', incarnation: 'seed' },
          batch: 1,
          count: events.length,
          completeThrough: {},
        },
        events,
      },
    ],
    streamPosition: 1,
    nowUs,
  });
  const edgesAdded: CausalEdge[] = [
    {
      effectId: death.id,
      causeId: kill.id,
      rule: 'oom-at-limit',
      mechanism: 'the OOM killer ended the container',
      score: 0.97,
    },
    {
      effectId: kill.id,
      causeId: change.id,
      rule: 'limit-lowered',
      mechanism: 'the limit is below what it needs',
      score: 0.95,
    },
  ];
  await commitDecision(held.lease, {
    decision: { edgesAdded, edgesWithdrawn: [], incidents: [incident, otherIncident] },
    stream: STREAM,
    correlatorPosition: 1,
    replayFrom: 1,
    replayFromUs: change.timestamp,
    nowUs,
    incidentRetentionMs: 30 * DAY_MS,
  });
  await held.lease.release();
}

/** @param diedUs when the crash happened, Unix microseconds; a minute ago unless given */
export async function launchSeededGraph(
  diedUs: number = (Math.floor(Date.now() / 1000) - 60) * 1_000_000,
): Promise<SeededGraph> {
  const server = await launchNeo4j();
  try {
    const seed = seedAt(diedUs);
    await using graph = openGraph({ url: server.boltUrl, user: server.user, password: server.password });
    await writeSeed(graph, seed, Date.now() * 1000);
    return { server, seed, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
