import type { TruthCase } from './case.ts';
import { heldOutCases } from './held-out/index.ts';
import { secondHeldOutCases } from './held-out/second/index.ts';
import { openCases } from './open/index.ts';
import { recordedCases } from './recorded/index.ts';

/** Every labelled case there is. */
export function allCases(): TruthCase[] {
  return [...recordedCases(), ...openCases(), ...heldOutCases(), ...secondHeldOutCases()];
}
