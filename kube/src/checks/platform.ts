import type { Check } from './check.ts';

/** Checks of the area, in no order. */
export const PLATFORM_CHECKS: readonly Check[] = [];
