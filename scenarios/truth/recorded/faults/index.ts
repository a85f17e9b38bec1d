import type { RecordedFault } from '../fault.ts';
import { HEALTHY_STATES, PLATFORM_FAULTS } from './platform.ts';
import { WORKLOAD_FAULTS } from './workload.ts';

export const RECORDED_FAULTS: readonly RecordedFault[] = [
  ...WORKLOAD_FAULTS,
  ...PLATFORM_FAULTS,
  ...HEALTHY_STATES,
];
