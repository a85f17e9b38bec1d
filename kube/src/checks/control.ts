import type { Check } from './check.ts';
import { deletionsCheck, mutationsCheck, tokensCheck } from './control/deletions.ts';
import { extensionsCheck } from './control/extensions.ts';
import { cronJobsCheck, jobsCheck } from './control/jobs.ts';
import { limitRangesCheck } from './control/limit-ranges.ts';
import { quotasCheck } from './control/quotas.ts';
import { refusedPodsCheck } from './control/refused-pods.ts';
import { rolloutsCheck } from './control/rollouts.ts';
import { autoscalersCheck, budgetsCheck, scaledToZeroCheck } from './control/scaling.ts';

/** Checks of the area, in no order. */
export const CONTROL_CHECKS: readonly Check[] = [
  refusedPodsCheck,
  extensionsCheck,
  quotasCheck,
  limitRangesCheck,
  rolloutsCheck,
  scaledToZeroCheck,
  autoscalersCheck,
  budgetsCheck,
  jobsCheck,
  cronJobsCheck,
  deletionsCheck,
  tokensCheck,
  mutationsCheck,
];
