import type { EventTypeRow } from './row.ts';
import { integer, promoted, required, text } from './row.ts';

/** Why something may be missing. */
export const GAP_REASONS = [
  'ring_overflow',
  'agent_down',
  'capture_restarted',
  'flight_recorder_lost',
  'spool_overflow',
  'spool_damaged',
  'bulk_evicted',
  'kubelet_unreachable',
  'runs_missed',
  'record_malformed',
] as const;

export type GapReason = (typeof GAP_REASONS)[number];

export const TAPIO_VOCABULARY = {
  capture_gap: {
    source: 'tapio',
    severity: 'warning',
    lane: 'signal',
    meaning: 'What may have been lost, from when to when. Absence proves nothing inside a gap.',
    data: {
      reason: required(promoted(text(`one of ${GAP_REASONS.join(', ')}`))),
      sources: required(promoted(text('sources that may have missed something, comma-separated'))),
      lanes: required(text('lanes that may have missed something, comma-separated')),
      start_us: required(promoted(integer('since when, Unix time', 'us'))),
      end_us: required(promoted(integer('until when, Unix time', 'us'))),
      lost: promoted(integer('records known to be lost; absent when it can’t be known', 'count')),
      containers: text('ids of the containers affected, comma-separated; absent: any on the node'),
      detail: text('what happened, in words'),
    },
    summary: (event) =>
      `capture gap (${event.data['reason'] ?? '?'}): ${event.data['lost'] ?? 'an unknown number of'} records of ${event.data['sources'] ?? '?'} may be missing`,
  },
  capture_started: {
    source: 'tapio',
    severity: 'info',
    lane: 'signal',
    meaning: 'An agent started, with what it can see and what it can’t.',
    data: {
      agent_version: required(text('version of the agent')),
      collectors: required(text('collectors that run, comma-separated')),
      unavailable: text('collectors that can’t, with the reason: name (reason); ...'),
      resumed: text('true when it took over a capture that had gone on without an agent'),
    },
    summary: (event) => `capture started: ${event.data['collectors'] ?? ''}`,
  },
} as const satisfies Record<string, EventTypeRow>;
