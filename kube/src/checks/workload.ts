import type { Check } from './check.ts';

/** Checks of the area, in no order. */
export const WORKLOAD_CHECKS: readonly Check[] = [];
