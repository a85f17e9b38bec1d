import type { Lease } from './lease.ts';

export interface RetentionRequest {
  readonly nowUs: number;
  /** Nodes to delete at most, in one transaction. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** Events and incidents deleted; fewer than `limit` in all when nothing else has expired. */
export interface RetentionOutcome {
  readonly events: number;
  readonly incidents: number;
}

/** Marks of producers that were silent this long are forgotten: the stream holds nothing of them any more. */
const SILENT_PRODUCER_US = 90 * 86_400_000_000;

/**
 * Deletes what has expired, oldest first, in one small transaction: called after each commit with a little more
 * than was committed, it keeps pace with what comes in and never stalls it.
 */
export async function deleteExpired(lease: Lease, request: RetentionRequest): Promise<RetentionOutcome> {
  return lease.write(async (tx) => {
    const parameters = { now: request.nowUs, limit: request.limit, cluster: lease.cluster };
    const [events] = await tx.run(
      `MATCH (e:Event) WHERE e.expires_at < toInteger($now) AND e.cluster = $cluster
       WITH e LIMIT toInteger($limit)
       DETACH DELETE e
       RETURN toFloat(count(*)) AS n`,
      parameters,
    );
    const [incidents] = await tx.run(
      `MATCH (i:Incident) WHERE i.expires_at < toInteger($now) AND i.cluster = $cluster
       WITH i LIMIT toInteger($limit)
       DETACH DELETE i
       RETURN toFloat(count(*)) AS n`,
      parameters,
    );
    return { events: Number(events?.get('n') ?? 0), incidents: Number(incidents?.get('n') ?? 0) };
  }, request.signal);
}

/** Forgets producers that are long gone. @returns how many */
export async function forgetProducers(lease: Lease, nowUs: number, signal?: AbortSignal): Promise<number> {
  return lease.write(async (tx) => {
    const [record] = await tx.run(
      `MATCH (m:_Producer {cluster: $cluster}) WHERE m.updated_at < toInteger($before)
       WITH m LIMIT 1000
       DELETE m
       RETURN toFloat(count(*)) AS n`,
      { cluster: lease.cluster, before: nowUs - SILENT_PRODUCER_US },
    );
    return Number(record?.get('n') ?? 0);
  }, signal);
}
