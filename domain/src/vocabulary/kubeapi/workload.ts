import type { EventTypeRow } from '../row.ts';

export const WORKLOAD_VOCABULARY = {} as const satisfies Record<string, EventTypeRow>;
