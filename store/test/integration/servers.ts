import { randomBytes } from 'node:crypto';
import type { BatchHeader, ObservationEvent } from '@tapio/domain';
import { encodeBatch, encodeBatchHeader, observationSubject } from '@tapio/domain';
import type { Graph, GraphOptions, Lease, Stream } from '../../src/index.ts';
import { SignalWriter, acquireLease, openGraph, openPosition } from '../../src/index.ts';
import { jetstream } from '@nats-io/jetstream';
import { headers as natsHeaders } from '@nats-io/transport-node';
import type { Neo4jServer } from '@tapio/testkit';

export const RETENTION_MS = 7 * 86_400_000;
export const NOW_US = 1_790_000_000_000_000;

/** A cluster name that no other test has used: tests share one server. */
export function newCluster(): string {
  return `c-${randomBytes(6).toString('hex')}`;
}

export function graphOptions(server: Neo4jServer): GraphOptions {
  return { url: server.boltUrl, user: server.user, password: server.password };
}

export async function openMigrated(server: Neo4jServer): Promise<Graph> {
  const graph = openGraph(graphOptions(server));
  await graph.migrate();
  return graph;
}

export async function mustAcquire(
  graph: Graph,
  cluster: string,
  owner = 'loader-1',
  ttlMs = 60_000,
): Promise<Lease> {
  const outcome = await acquireLease(graph, { cluster, owner, ttlMs });
  if (!outcome.held) throw new Error(`held by ${outcome.holder.owner}`);
  return outcome.lease;
}

export async function openWriter(lease: Lease, stream = 'SIGNALS@one'): Promise<SignalWriter> {
  await openPosition(lease, stream);
  return SignalWriter.open(lease, { eventRetentionMs: RETENTION_MS });
}

/** A container's death, with an id of its own for each `n`. */
export function death(cluster: string, n: number, extra: Partial<ObservationEvent> = {}): ObservationEvent {
  return {
    id: `${cluster}/uid-1/container_died/report/${n}`,
    timestamp: NOW_US - 3_600_000_000 + n * 1000,
    source: 'kubelet',
    type: 'container_died',
    cluster,
    node: 'node-1',
    podUid: 'uid-1',
    podName: 'checkout-1',
    namespace: 'shop',
    workload: 'Deployment/checkout',
    containerId: `${n}`.padStart(64, 'a'),
    data: {
      container: 'report',
      restart_count: String(n),
      exit_code: '137',
      reason: 'OOMKilled',
      resolution_us: '1000000',
    },
    ...extra,
  };
}

/** The event as a source reports it that lacks those fields. */
export function without(event: ObservationEvent, ...fields: (keyof ObservationEvent)[]): ObservationEvent {
  return Object.fromEntries(
    Object.entries(event).filter(([name]) => !fields.some((field) => field === name)),
  ) as unknown as ObservationEvent;
}

export function deaths(cluster: string, from: number, count: number): ObservationEvent[] {
  return Array.from({ length: count }, (_, index) => death(cluster, from + index));
}

export function header(cluster: string, batch: number, count: number, incarnation = 'inc-1'): BatchHeader {
  return {
    producer: { cluster, node: 'node-1', lane: 'signal', incarnation },
    batch,
    count,
    completeThrough: { kubelet: NOW_US },
  };
}

export async function count(
  graph: Graph,
  text: string,
  parameters: Record<string, unknown> = {},
): Promise<number> {
  const [record] = await graph.connection.run(`${text} RETURN toFloat(count(*)) AS n`, parameters);
  return Number(record?.get('n'));
}

export interface Publication {
  readonly cluster: string;
  readonly events: readonly unknown[];
  readonly batch: number;
  readonly incarnation?: string;
  /** Replaces headers that the codec would give. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: Uint8Array;
}

/** Publishes as an agent does, but without the duplicate window's help. @returns the stream sequence */
export async function publish(stream: Stream, publication: Publication): Promise<number> {
  const { cluster, events, batch, incarnation } = publication;
  const names = {
    ...encodeBatchHeader(header(cluster, batch, events.length, incarnation)),
    ...publication.headers,
  };
  const headers = natsHeaders();
  for (const [name, value] of Object.entries(names)) if (name !== 'Nats-Msg-Id') headers.set(name, value);
  const subject = observationSubject({ source: 'kubelet', lane: 'signal', cluster, node: 'node-1' });
  const payload = publication.payload ?? encodeBatch(events as readonly ObservationEvent[]);
  return (await jetstream(stream.connection).publish(subject, payload, { headers })).seq;
}
