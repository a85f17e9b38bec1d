import type { Check } from './check.ts';
import { unschedulableCheck } from './platform/unschedulable.ts';

/** Checks of the area, in no order. */
export const PLATFORM_CHECKS: readonly Check[] = [unschedulableCheck];
