import type { EventTypeRow } from '../row.ts';

export const NETWORK_VOCABULARY = {} as const satisfies Record<string, EventTypeRow>;
