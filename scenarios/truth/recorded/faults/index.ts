import type { RecordedFault } from '../fault.ts';
import { CONTROL_FAULTS } from './control.ts';
import { CONTROLLER_FAULTS } from './controllers.ts';
import { FURTHER_FAULTS } from './further.ts';
import { NETWORK_FAULTS } from './network.ts';
import { PLACEMENT_FAULTS } from './placement.ts';
import { HEALTHY_STATES, PLATFORM_FAULTS } from './platform.ts';
import { PROBE_FAULTS } from './probes.ts';
import { QUIET_STATES } from './quiet.ts';
import { WORKLOAD_FAULTS } from './workload.ts';

export const RECORDED_FAULTS: readonly RecordedFault[] = [
  ...WORKLOAD_FAULTS,
  ...PROBE_FAULTS,
  ...FURTHER_FAULTS,
  ...PLATFORM_FAULTS,
  ...PLACEMENT_FAULTS,
  ...CONTROL_FAULTS,
  ...CONTROLLER_FAULTS,
  ...NETWORK_FAULTS,
  ...HEALTHY_STATES,
  ...QUIET_STATES,
];
