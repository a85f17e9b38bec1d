import type { Connection, GraphTransaction, TransactionOptions } from './connection.ts';
import { StoreError } from './errors.ts';
import type { Graph } from './graph.ts';

export interface LeaseOptions {
  readonly cluster: string;
  /** Names this process; another start of it is another owner. */
  readonly owner: string;
  /** Counted by the clock of the Neo4j server. */
  readonly ttlMs: number;
}

/** Who holds a lease that can't be had. */
export interface LeaseHolder {
  readonly owner: string;
  readonly epoch: number;
  readonly expiresInMs: number;
}

export type LeaseOutcome =
  { readonly held: true; readonly lease: Lease } | { readonly held: false; readonly holder: LeaseHolder };

/**
 * The property that is written takes the node's exclusive lock, and the epoch is read only after that: of two
 * loaders that come at once, the second reads what the first has committed.
 */
const ACQUIRE = `
  MERGE (l:_Lease {cluster: $cluster})
  SET l.fenced_by = $owner
  WITH l, timestamp() AS now
  WITH l, now, l.owner IS NULL OR l.owner = $owner OR l.expires_at <= now AS free
  FOREACH (ignored IN CASE WHEN free THEN [1] ELSE [] END |
    SET l.owner = $owner, l.epoch = coalesce(l.epoch, 0) + 1, l.expires_at = now + toInteger($ttlMs))
  RETURN free, l.owner AS owner, toFloat(l.epoch) AS epoch, toFloat(l.expires_at - now) AS expiresInMs`;

const PEEK = `
  MATCH (l:_Lease {cluster: $cluster})
  RETURN l.owner IS NULL OR l.owner = $owner OR l.expires_at <= timestamp() AS free,
         coalesce(l.owner, '') AS owner, toFloat(l.epoch) AS epoch, toFloat(l.expires_at - timestamp()) AS expiresInMs`;

const RENEW = `
  MATCH (l:_Lease {cluster: $cluster})
  SET l.fenced_by = $owner
  WITH l WHERE l.epoch = toInteger($epoch)
  SET l.expires_at = timestamp() + toInteger($ttlMs)
  RETURN l.epoch`;

const RELEASE = `
  MATCH (l:_Lease {cluster: $cluster})
  SET l.fenced_by = $owner
  WITH l WHERE l.epoch = toInteger($epoch)
  SET l.owner = null, l.expires_at = 0
  RETURN l.epoch`;

/**
 * The right to write one cluster's events and incidents. The time to live only says when another may try; what
 * keeps two from writing is the epoch, which every transaction checks under the lease node's lock.
 */
export class Lease {
  readonly graph: Graph;
  readonly cluster: string;
  readonly owner: string;
  readonly epoch: number;
  readonly ttlMs: number;

  constructor(graph: Graph, options: LeaseOptions, epoch: number) {
    this.graph = graph;
    this.cluster = options.cluster;
    this.owner = options.owner;
    this.ttlMs = options.ttlMs;
    this.epoch = epoch;
  }

  /** @throws StoreError `fenced` when another has taken over */
  async renew(signal?: AbortSignal): Promise<void> {
    await this.write(() => Promise.resolve(), signal);
  }

  /** Lets another take over at once. Nothing happens when one already has. */
  async release(): Promise<void> {
    await this.#transaction((tx) => tx.run(RELEASE, this.#key()), { attempts: 1, timeoutMs: 3_000 });
  }

  /**
   * A write transaction of the holder: it commits only if the lease is still held, which it renews. The epoch is
   * checked after the work, so that the lease's lock is held no longer than the commit takes; nobody can take over
   * in that time. Work that knows its last statements calls `check` beside them, which spares a round trip.
   *
   * @throws StoreError `fenced` when another has taken over: nothing was written
   */
  async write<T>(
    work: (tx: GraphTransaction, check: () => Promise<void>) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    return this.#transaction(async (tx) => {
      let checked: Promise<void> | undefined;
      const check = (): Promise<void> => (checked ??= this.#check(tx));
      const value = await work(tx, check);
      await check();
      return value;
    }, signal && { signal });
  }

  async #check(tx: GraphTransaction): Promise<void> {
    const renewed = await tx.run(RENEW, { ...this.#key(), ttlMs: this.ttlMs });
    if (renewed.length === 1) return;
    throw new StoreError(
      'fenced',
      `another loader has taken over cluster ${this.cluster}: this one must stop writing`,
    );
  }

  #transaction<T>(
    work: (tx: GraphTransaction) => Promise<T>,
    options: Pick<TransactionOptions, 'attempts' | 'timeoutMs' | 'signal'> = {},
  ): Promise<T> {
    return this.graph.connection.transaction(
      {
        mode: 'write',
        metadata: { cluster: this.cluster, epoch: this.epoch },
        ...options,
      },
      work,
    );
  }

  #key(): Record<string, string | number> {
    return { cluster: this.cluster, owner: this.owner, epoch: this.epoch };
  }
}

/** Takes the cluster's lease when it is free, its own, or past its time; the epoch rises each time. */
export async function acquireLease(
  graph: Graph,
  options: LeaseOptions,
  signal?: AbortSignal,
): Promise<LeaseOutcome> {
  const { connection } = graph;
  const parameters = { cluster: options.cluster, owner: options.owner, ttlMs: options.ttlMs };
  const base = { ...(signal && { signal }) };
  const [seen] = await connection.transaction({ mode: 'read', ...base }, (tx) => tx.run(PEEK, parameters));
  if (seen !== undefined && seen.get('free') !== true) return { held: false, holder: holderOf(seen) };
  if (seen !== undefined) await endTransactionsUpTo(connection, options.cluster, Number(seen.get('epoch')));
  const [record] = await connection.transaction({ mode: 'write', ...base }, (tx) =>
    tx.run(ACQUIRE, parameters),
  );
  if (record === undefined) throw new StoreError('unknown', 'the lease could not be read back');
  if (record.get('free') !== true) return { held: false, holder: holderOf(record) };
  return { held: true, lease: new Lease(graph, options, Number(record.get('epoch'))) };
}

function holderOf(record: { get(key: string): unknown }): LeaseHolder {
  return {
    owner: String(record.get('owner')),
    epoch: Number(record.get('epoch')),
    expiresInMs: Number(record.get('expiresInMs')),
  };
}

/**
 * A predecessor that was stopped in the middle of a transaction still holds its locks, until the transaction's own
 * time is up. Ending it shortens the wait where the server allows it, and is not needed for correctness.
 */
async function endTransactionsUpTo(connection: Connection, cluster: string, epoch: number): Promise<void> {
  try {
    const records = await connection.run(
      `SHOW TRANSACTIONS YIELD transactionId, metaData
       WHERE metaData.app = 'tapio' AND metaData.cluster = $cluster AND metaData.epoch <= $epoch
       RETURN transactionId`,
      { cluster, epoch },
    );
    const ids = records.map((record) => String(record.get('transactionId')));
    if (ids.length > 0) await connection.run('TERMINATE TRANSACTIONS $ids', { ids });
  } catch {
    return;
  }
}
