import type { TruthCase } from '../../case.ts';
import type { Builders, Row } from '../rows.ts';
import { casesOfRows, readRows } from '../rows.ts';
import { HEALTHY } from './healthy.ts';
import { CONTROL } from './control.ts';
import { HEALTHY_PLATFORM } from './healthy-platform.ts';
import { EDGE } from './network-edge.ts';
import { NETWORK } from './network.ts';
import { PLATFORM_CONTROLLERS } from './platform-controllers.ts';
import { PLATFORM } from './platform.ts';
import { RUN } from './workload-run.ts';
import { START } from './workload-start.ts';

/** Each is named here once there is code for all of its rows. */
const TRUTH_FILES: readonly string[] = ['truth-workload-network.yaml', 'truth-platform-control.yaml'];

const BUILDERS: Builders = {
  ...START,
  ...RUN,
  ...NETWORK,
  ...EDGE,
  ...HEALTHY,
  ...PLATFORM,
  ...PLATFORM_CONTROLLERS,
  ...CONTROL,
  ...HEALTHY_PLATFORM,
};

/** The names of all cases of the second batch that there is code for. */
export const secondBuiltIds: readonly string[] = Object.keys(BUILDERS);

/** The rows of the second batch's truth files. */
export function readSecondTruth(): readonly Row[] {
  return TRUTH_FILES.flatMap((file) => readRows(new URL(file, import.meta.url)));
}

/** The second batch of held-out cases, of other authors than the first. */
export function secondHeldOutCases(): TruthCase[] {
  return casesOfRows(readSecondTruth(), BUILDERS, 'second');
}
