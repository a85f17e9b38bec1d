import type { TruthCase } from '../case.ts';
import { CONTROL } from './control.ts';
import { HEALTHY } from './healthy.ts';
import { NETWORK } from './network.ts';
import { PLATFORM } from './platform.ts';
import type { Builders, Row } from './rows.ts';
import { casesOfRows, readRows } from './rows.ts';
import { PROBES } from './workload-probes.ts';
import { RUN } from './workload-run.ts';
import { START } from './workload-start.ts';

const BUILDERS: Builders = {
  ...PROBES,
  ...START,
  ...RUN,
  ...PLATFORM,
  ...NETWORK,
  ...CONTROL,
  ...HEALTHY,
};

/** The names of all cases that there is code for. */
export const builtIds: readonly string[] = Object.keys(BUILDERS);

/** The rows of truth.yaml. */
export function readTruth(): readonly Row[] {
  return readRows(new URL('truth.yaml', import.meta.url));
}

/** The first batch of the cases that Tapio is only scored with. */
export function heldOutCases(): TruthCase[] {
  return casesOfRows(readTruth(), BUILDERS, 'first');
}
