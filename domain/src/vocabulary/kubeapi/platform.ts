import type { EventTypeRow } from '../row.ts';

export const PLATFORM_VOCABULARY = {} as const satisfies Record<string, EventTypeRow>;
