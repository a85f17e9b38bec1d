import type { ObservationEvent } from '@tapio/domain';
import type { CauseLookup } from '../rules/rule-set.ts';
import { resolutionUs } from './joins.ts';
import { SCORING } from './settings.ts';

/** Time between two events, given how exactly each is known; 0 when they may coincide. */
export function distanceUs(a: ObservationEvent, b: ObservationEvent): number {
  const [first, second] = a.timestamp <= b.timestamp ? [a, b] : [b, a];
  return Math.max(0, second.timestamp - first.timestamp - resolutionUs(first));
}

/** 1 at a cause's usual distance, less the further away it is in its window. */
export function lagFactor(lookup: CauseLookup, event: ObservationEvent, anchor: ObservationEvent): number {
  if (lookup.lagUs === undefined) return 1;
  const beyondUs = distanceUs(event, anchor) - lookup.lagUs;
  if (beyondUs <= 0) return 1;
  const spanUs = Math.max(1, Math.max(lookup.beforeUs, lookup.afterUs) - lookup.lagUs);
  return 1 - (1 - SCORING.farLag) * Math.min(1, beyondUs / spanUs);
}

/** Scores to three digits: more would be noise. */
export function round(score: number): number {
  return Math.round(score * 1000) / 1000;
}
