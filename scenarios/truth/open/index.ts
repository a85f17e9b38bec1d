import type { TruthCase } from '../case.ts';
import { ADMISSION } from './control-admission.ts';
import { CONTROLLERS } from './control-controllers.ts';
import { DIALECT_NETWORK, DIALECT_PLATFORM, DIALECT_WORKLOADS } from './dialects.ts';
import { ADDRESSES, LIMITS, PLACEMENT } from './further.ts';
import { WELL_CONTROLLERS } from './healthy-controllers.ts';
import { WELL_NOISE } from './healthy-noise.ts';
import { WELL_STATES } from './healthy-states.ts';
import { casesOf } from './kit.ts';
import { EDGE } from './network-edge.ts';
import { NAMES } from './network-names.ts';
import { POLICIES } from './network-policies.ts';
import { SERVICES } from './network-services.ts';
import { CONTROL_PLANE } from './platform-control-plane.ts';
import { MAINTENANCE } from './platform-maintenance.ts';
import { NODE_CASES } from './platform-nodes.ts';
import { SCHEDULING } from './platform-scheduling.ts';
import { STORAGE } from './platform-storage.ts';
import { SECOND_ADMISSION } from './second-control.ts';
import { SECOND_CONTROLLERS } from './second-control-more.ts';
import { SECOND_SCALING } from './second-control-scale.ts';
import { SECOND_WELL } from './second-healthy.ts';
import { SECOND_PLACEMENT } from './second-platform.ts';
import { SECOND_STORAGE } from './second-platform-storage.ts';
import { SECOND_NODES } from './second-platform-nodes.ts';
import { SECOND_CLIENTS } from './second-network-clients.ts';
import { SECOND_SERVICES } from './second-network.ts';
import { SECOND_EDGE } from './second-network-edge.ts';
import { SECOND_QUIET } from './second-quiet.ts';
import { SECOND_STARTS } from './second-workload.ts';
import { SECOND_CONFIGS } from './second-workload-config.ts';
import { SECOND_RUNS } from './second-workload-run.ts';
import { THIRD_STARTS } from './third-workload.ts';
import { THIRD_PLATFORM_TWINS, THIRD_WORKLOAD_TWINS } from './third-twins.ts';
import { THIRD_QUIET } from './third-quiet.ts';
import { THIRD_POLICIES } from './third-network.ts';
import { THIRD_NAMES } from './third-network-names.ts';
import { THIRD_EDGE } from './third-network-edge.ts';
import { THIRD_ADMISSION } from './third-control.ts';
import { THIRD_SETS } from './third-control-sets.ts';
import { THIRD_CONTROLLERS } from './third-control-more.ts';
import { THIRD_PLACES } from './third-platform.ts';
import { THIRD_NODES } from './third-platform-more.ts';
import { THIRD_ENTRIES } from './third-workload-entry.ts';
import { THIRD_RUNS } from './third-workload-run.ts';
import { THIRD_MORE } from './third-workload-more.ts';
import { CHAINS } from './workload-chains.ts';
import { PROGRAMS } from './workload-programs.ts';
import { START } from './workload-start.ts';

/** Composed cases that authors of rules may look at. */
export function openCases(): TruthCase[] {
  return [
    ...casesOf('workload', [
      ...START,
      ...CHAINS,
      ...DIALECT_WORKLOADS,
      ...PROGRAMS,
      ...SECOND_STARTS,
      ...SECOND_CONFIGS,
      ...SECOND_RUNS,
      ...THIRD_STARTS,
      ...THIRD_ENTRIES,
      ...THIRD_RUNS,
      ...THIRD_MORE,
      ...THIRD_WORKLOAD_TWINS,
    ]),
    ...casesOf('platform', [
      ...NODE_CASES,
      ...CONTROL_PLANE,
      ...STORAGE,
      ...SCHEDULING,
      ...MAINTENANCE,
      ...PLACEMENT,
      ...DIALECT_PLATFORM,
      ...SECOND_PLACEMENT,
      ...SECOND_NODES,
      ...SECOND_STORAGE,
      ...THIRD_PLACES,
      ...THIRD_NODES,
      ...THIRD_PLATFORM_TWINS,
    ]),
    ...casesOf('network', [
      ...SERVICES,
      ...POLICIES,
      ...EDGE,
      ...NAMES,
      ...ADDRESSES,
      ...DIALECT_NETWORK,
      ...SECOND_SERVICES,
      ...SECOND_CLIENTS,
      ...SECOND_EDGE,
      ...THIRD_POLICIES,
      ...THIRD_NAMES,
      ...THIRD_EDGE,
    ]),
    ...casesOf('control', [
      ...ADMISSION,
      ...CONTROLLERS,
      ...LIMITS,
      ...SECOND_ADMISSION,
      ...SECOND_SCALING,
      ...SECOND_CONTROLLERS,
      ...THIRD_ADMISSION,
      ...THIRD_SETS,
      ...THIRD_CONTROLLERS,
    ]),
    ...casesOf('healthy', [
      ...WELL_CONTROLLERS,
      ...WELL_NOISE,
      ...WELL_STATES,
      ...SECOND_WELL,
      ...SECOND_QUIET,
      ...THIRD_QUIET,
    ]),
  ];
}
