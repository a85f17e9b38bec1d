import type { Check } from './check.ts';
import { claimsCheck } from './platform/claims.ts';
import { componentLogsCheck } from './platform/component-logs.ts';
import { componentsCheck } from './platform/components.ts';
import { controllersCheck } from './platform/controllers.ts';
import { evictionsCheck } from './platform/evictions.ts';
import { clocksCheck } from './platform/clocks.ts';
import { nodeLogsCheck } from './platform/node-logs.ts';
import { nodesCheck } from './platform/nodes.ts';
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
  componentLogsCheck,
  nodeLogsCheck,
  controllersCheck,
  evictionsCheck,
];
