import type { Check } from './check.ts';
import { configChangedCheck } from './workload/config-changed.ts';
import { configMissingCheck } from './workload/config-missing.ts';
import { containerStartCheck } from './workload/container-start.ts';
import { imagePullCheck } from './workload/image-pull.ts';
import { probesCheck } from './workload/probes.ts';
import { completesCheck, initStuckCheck, memoryLimitCheck, podNotReadyCheck } from './workload/readiness.ts';
import { subPathCheck } from './workload/sub-paths.ts';
import { supersededCheck } from './workload/superseded.ts';

/** Checks of the area, in no order. */
export const WORKLOAD_CHECKS: readonly Check[] = [
  imagePullCheck,
  configMissingCheck,
  subPathCheck,
  containerStartCheck,
  probesCheck,
  podNotReadyCheck,
  initStuckCheck,
  completesCheck,
  memoryLimitCheck,
  configChangedCheck,
  supersededCheck,
];
