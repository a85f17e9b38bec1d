import type { Check } from './check.ts';

/** Checks of the area, in no order. */
export const CONTROL_CHECKS: readonly Check[] = [];
