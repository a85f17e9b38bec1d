import type { Check } from './check.ts';

/** Checks of the area, in no order. */
export const NETWORK_CHECKS: readonly Check[] = [];
