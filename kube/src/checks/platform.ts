import type { Check } from './check.ts';
import { claimsCheck } from './platform/claims.ts';
import { componentsCheck } from './platform/components.ts';
import { controllersCheck } from './platform/controllers.ts';
import { evictionsCheck } from './platform/evictions.ts';
import { clocksCheck, nodesCheck } from './platform/nodes.ts';
import { sandboxesCheck } from './platform/sandboxes.ts';
import { unschedulableCheck } from './platform/unschedulable.ts';
import { volumesCheck } from './platform/volumes.ts';

/** Checks of the area, in no order. */
export const PLATFORM_CHECKS: readonly Check[] = [
  unschedulableCheck,
  claimsCheck,
  volumesCheck,
  sandboxesCheck,
  nodesCheck,
  clocksCheck,
  componentsCheck,
  controllersCheck,
  evictionsCheck,
];
