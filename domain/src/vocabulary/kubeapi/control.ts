import type { EventTypeRow } from '../row.ts';

export const CONTROL_VOCABULARY = {} as const satisfies Record<string, EventTypeRow>;
