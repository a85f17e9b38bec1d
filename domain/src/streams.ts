import { DEAD_LETTERS, OBSERVATIONS } from './subjects.ts';

/** How a JetStream stream of Tapio is made, as plain data; `store` turns it into API calls. */
export interface StreamDefinition {
  readonly name: string;
  readonly subjects: readonly string[];
  /** `new`: the publisher is refused and keeps its spool. `old`: the oldest batch goes, reported as a gap. */
  readonly discard: 'new' | 'old';
  readonly maxSizeBytes: number;
  readonly maxAgeMs: number;
  /** Window in which a Nats-Msg-Id that is sent again is taken for the same batch. */
  readonly duplicateWindowMs: number;
}

const GIB = 1024 ** 3;
const DAY_MS = 86_400_000;

/**
 * Retention is by limits, never by acknowledgement: a work queue forgets acknowledged ids when its server
 * restarts and stores a resent batch again.
 */
export const STREAMS = {
  SIGNALS: {
    name: 'SIGNALS',
    subjects: [`${OBSERVATIONS}.*.signal.>`],
    discard: 'new',
    maxSizeBytes: 4 * GIB,
    maxAgeMs: 0,
    duplicateWindowMs: 120_000,
  },
  BULK: {
    name: 'BULK',
    subjects: [`${OBSERVATIONS}.*.bulk.>`],
    discard: 'old',
    maxSizeBytes: 2 * GIB,
    maxAgeMs: DAY_MS,
    duplicateWindowMs: 120_000,
  },
  DEADLETTERS: {
    name: 'DEADLETTERS',
    subjects: [`${DEAD_LETTERS}.>`],
    discard: 'old',
    maxSizeBytes: GIB / 4,
    maxAgeMs: 14 * DAY_MS,
    duplicateWindowMs: 120_000,
  },
} as const satisfies Record<string, StreamDefinition>;
