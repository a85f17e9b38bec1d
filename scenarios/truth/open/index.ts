import type { TruthCase } from '../case.ts';
import { casesOf } from './kit.ts';
import { EDGE } from './network-edge.ts';
import { POLICIES } from './network-policies.ts';
import { SERVICES } from './network-services.ts';
import { NODE_CASES } from './platform-nodes.ts';

/** Composed cases that authors of rules may look at. */
export function openCases(): TruthCase[] {
  return [...casesOf('network', [...SERVICES, ...POLICIES, ...EDGE]), ...casesOf('platform', NODE_CASES)];
}
