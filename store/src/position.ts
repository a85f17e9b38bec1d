import type { GraphTransaction } from './connection.ts';
import { StoreError } from './errors.ts';
import type { Lease } from './lease.ts';
import type { Marks } from './marks.ts';
import { unflattenRanges } from './marks.ts';

/** How far a cluster's signals are in the graph. */
export interface ClusterPosition {
  /** Identity of the stream that the sequences count: a stream made anew counts from 1 again. */
  readonly stream: string;
  /** Last message whose events are in the graph (transaction A). */
  readonly sequence: number;
  /** Last message that the engine has decided over (transaction B). */
  readonly decided: number;
  /** First message that an engine must read again after a restart to stand where it stood. */
  readonly replayFrom: number;
  /** Every event from this time on, Unix microseconds, is in that message or a later one; 0: not known. */
  readonly replayFromUs: number;
  /** Up to when the engine had decided, Unix microseconds; 0 before its first decision. */
  readonly decidedUs: number;
}

/** Both the positions that a loader begins with, and whether the stream is another one than before. */
export interface OpenedPosition extends ClusterPosition {
  readonly recreated: boolean;
}

const POSITION = `
  p.stream AS stream, toFloat(p.sequence) AS sequence, toFloat(p.decided) AS decided,
  toFloat(p.replay_from) AS replayFrom, toFloat(p.replay_from_ts) AS replayFromUs,
  toFloat(p.decided_ts) AS decidedUs`;

export async function readPosition(tx: GraphTransaction, cluster: string): Promise<ClusterPosition> {
  const [record] = await tx.run(`MATCH (p:_Position {cluster: $cluster}) RETURN ${POSITION}`, { cluster });
  if (record === undefined) {
    throw new StoreError('position_moved', `cluster ${cluster} has no stream position yet: open it first`);
  }
  return {
    stream: String(record.get('stream')),
    sequence: Number(record.get('sequence')),
    decided: Number(record.get('decided')),
    replayFrom: Number(record.get('replayFrom')),
    replayFromUs: Number(record.get('replayFromUs')),
    decidedUs: Number(record.get('decidedUs')),
  };
}

/**
 * The position of the cluster in the stream of that identity. When the graph stands on another stream, it starts
 * at that one's beginning: what comes twice is seen by the marks of its producers.
 */
export async function openPosition(
  lease: Lease,
  stream: string,
  signal?: AbortSignal,
): Promise<OpenedPosition> {
  return lease.write(async (tx) => {
    const [record] = await tx.run(
      `MERGE (p:_Position {cluster: $cluster})
       ON CREATE SET p.decided_ts = 0
       WITH p, p.stream AS before
       FOREACH (ignored IN CASE WHEN before = $stream THEN [] ELSE [1] END |
         SET p.stream = $stream, p.sequence = 0, p.decided = 0, p.replay_from = 1, p.replay_from_ts = 0)
       RETURN before IS NOT NULL AND before <> $stream AS recreated`,
      { cluster: lease.cluster, stream },
    );
    return { ...(await readPosition(tx, lease.cluster)), recreated: record?.get('recreated') === true };
  }, signal);
}

export interface PositionMove {
  readonly cluster: string;
  readonly stream: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The property that is written first takes the node's lock, and the position is read only after that: a move that
 * is sent while the one before it is being committed waits for it in the server.
 *
 * @throws StoreError `position_moved` when the graph stands elsewhere
 */
export async function advancePosition(tx: GraphTransaction, move: PositionMove): Promise<void> {
  const records = await tx.run(
    `MATCH (p:_Position {cluster: $cluster})
     SET p.moving_to = toInteger($to)
     WITH p WHERE p.stream = $stream AND p.sequence = toInteger($from)
     SET p.sequence = toInteger($to)
     RETURN p.sequence`,
    { ...move },
  );
  if (records.length === 1) return;
  throw new StoreError(
    'position_moved',
    `the graph no longer stands at ${move.from} of the stream of ${move.cluster}`,
  );
}

/** Whether a move was committed: only this loader moves the position, so having passed it is proof. */
export async function readCommitted(tx: GraphTransaction, move: PositionMove): Promise<boolean> {
  const position = await readPosition(tx, move.cluster);
  return position.stream === move.stream && position.sequence >= move.to && move.to > move.from;
}

/** More producers than this are a mistake: each is a spool of a node. */
const PRODUCERS = 50_000;

export async function readMarks(tx: GraphTransaction, cluster: string): Promise<Map<string, Marks>> {
  const records = await tx.run(
    `MATCH (m:_Producer {cluster: $cluster})
     RETURN m.key AS key, toFloat(m.contiguous) AS contiguous, [x IN m.later | toFloat(x)] AS later
     ORDER BY m.updated_at DESC LIMIT ${PRODUCERS}`,
    { cluster },
  );
  return new Map(
    records.map((record) => [
      String(record.get('key')),
      {
        contiguous: Number(record.get('contiguous')),
        later: unflattenRanges(record.get('later') as readonly number[]),
      },
    ]),
  );
}
