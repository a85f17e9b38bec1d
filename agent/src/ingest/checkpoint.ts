import type { CompleteThrough } from '@tapio/domain';
import type { Checkpoint } from '../spool/frame.ts';

/** What is stored in one frame with the events that it accounts for. */
export interface AgentCheckpoint {
  /** Epoch that the ring figures are of. */
  readonly captureEpoch: string | undefined;
  /** Records before it are in this frame or an earlier one. */
  readonly ringPosition: number;
  /** Drops and runs of drops that gaps have told. */
  readonly reportedDrops: { readonly dropped: number; readonly gaps: number };
  /** Number of the last gap event of the incarnation. */
  readonly gapNumber: number;
  readonly completeThrough: CompleteThrough;
}

/** Reads what an earlier agent stored; undefined for a new spool. What can't be read counts as not there. */
export function readCheckpoint(stored: Checkpoint | undefined): AgentCheckpoint | undefined {
  if (stored === undefined) return undefined;
  const { captureEpoch, ringPosition, reportedDrops, gapNumber, completeThrough } =
    stored as Partial<AgentCheckpoint>;
  return {
    captureEpoch: typeof captureEpoch === 'string' ? captureEpoch : undefined,
    ringPosition: whole(ringPosition),
    reportedDrops: { dropped: whole(reportedDrops?.dropped), gaps: whole(reportedDrops?.gaps) },
    gapNumber: whole(gapNumber),
    completeThrough: typeof completeThrough === 'object' ? completeThrough : {},
  };
}

function whole(value: unknown): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : 0;
}
