import type { CompleteThrough } from '@tapio/domain';
import type { RingName } from '../collectors/shared/rings.ts';
import type { Checkpoint } from '../spool/frame.ts';

/** How far a ring was taken. */
export interface RingProgress {
  /** Records before it are stored. */
  readonly position: number;
  /** Drops and runs of drops that gaps have told. */
  readonly reportedDrops: { readonly dropped: number; readonly gaps: number };
}

export type RingsProgress = Readonly<Record<RingName, RingProgress>>;

const NOTHING_TAKEN: RingProgress = { position: 0, reportedDrops: { dropped: 0, gaps: 0 } };

/** Of a capture that begins. */
export const RINGS_AT_START: RingsProgress = { crit: NOTHING_TAKEN, bulk: NOTHING_TAKEN };

/** What is stored in one frame with the events that it accounts for. */
export interface AgentCheckpoint {
  /** Epoch that the ring figures are of. */
  readonly captureEpoch: string | undefined;
  readonly rings: RingsProgress;
  /** Number of the last gap event of the incarnation. */
  readonly gapNumber: number;
  readonly completeThrough: CompleteThrough;
}

/** Reads what an earlier agent stored; undefined for a new spool. What can't be read counts as not there. */
export function readCheckpoint(stored: Checkpoint | undefined): AgentCheckpoint | undefined {
  if (stored === undefined) return undefined;
  const { captureEpoch, rings, gapNumber, completeThrough } = stored as Partial<AgentCheckpoint>;
  return {
    captureEpoch: typeof captureEpoch === 'string' ? captureEpoch : undefined,
    rings: { crit: readProgress(rings?.crit), bulk: readProgress(rings?.bulk) },
    gapNumber: whole(gapNumber),
    completeThrough: typeof completeThrough === 'object' ? completeThrough : {},
  };
}

function readProgress(stored: Partial<RingProgress> | undefined): RingProgress {
  const { position, reportedDrops } = stored ?? {};
  return {
    position: whole(position),
    reportedDrops: { dropped: whole(reportedDrops?.dropped), gaps: whole(reportedDrops?.gaps) },
  };
}

function whole(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;
}
