import type { AgentCheckpoint } from '../ingest/checkpoint.ts';
import type { SpoolDamage } from '../spool/recovery.ts';
import type { Gap } from './gap-events.ts';

export interface StartState {
  /** What an earlier agent stored last; undefined: there was none. */
  readonly checkpoint: AgentCheckpoint | undefined;
  /** Undefined when no record is read. */
  readonly capture: { readonly resumed: boolean; readonly replaced: string | undefined } | undefined;
  readonly damage: readonly SpoolDamage[];
  readonly sameBoot: boolean;
  readonly nowUs: number;
}

/** How far back the flight recorder would have reached. */
const RECORDER_WINDOW_US = 30_000_000;

/** What may be missing when an agent starts after another one. */
export function startGaps(state: StartState): readonly Gap[] {
  const { checkpoint, capture, nowUs } = state;
  const gaps: Gap[] = spoolGaps(state);
  if (checkpoint === undefined) return gaps;
  const sinceUs = checkpoint.completeThrough.kernel;
  if (capture !== undefined && sinceUs !== undefined) {
    if (capture.resumed) {
      // Nothing is lost of the records; but what the recorder held is no longer there to be promoted.
      gaps.push({
        reason: 'flight_recorder_lost',
        sources: ['kernel'],
        lanes: ['bulk'],
        startUs: nowUs - RECORDER_WINDOW_US,
        endUs: nowUs,
        detail: 'the agent was restarted: bulk events of before are in the bulk stream only',
      });
    } else {
      gaps.push({
        reason: capture.replaced === undefined ? 'agent_down' : 'capture_restarted',
        sources: ['kernel'],
        lanes: ['signal', 'bulk'],
        startUs: sinceUs,
        endUs: nowUs,
        detail: capture.replaced ?? 'no agent ran, and the programs were not pinned',
      });
    }
  }
  return gaps;
}

/**
 * A frame that was torn while the machine stayed up is no loss: its records are still in the ring, its pod
 * events are found again. After a boot they are gone, and damage elsewhere is a loss in any case.
 */
function spoolGaps({ checkpoint, damage, sameBoot, nowUs, capture }: StartState): Gap[] {
  const lost = damage.filter(({ kind }) => kind !== 'torn' || !sameBoot || capture?.resumed !== true);
  if (lost.length === 0) return [];
  const known = Object.values(checkpoint?.completeThrough ?? {});
  return [
    {
      reason: 'spool_damaged',
      sources: ['kernel', 'kubelet', 'tapio'],
      lanes: ['signal', 'bulk'],
      startUs: known.length === 0 ? nowUs : Math.min(...known),
      endUs: nowUs,
      detail: lost
        .map(({ detail }) => detail)
        .join('; ')
        .slice(0, 1000),
    },
  ];
}
