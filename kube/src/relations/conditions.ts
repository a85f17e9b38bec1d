import { asList, asObject, asText, asTimeUs } from '../json.ts';
import type { KubeObject } from '../snapshot/kube-object.ts';

/** One of `status.conditions`. */
export interface StatusCondition {
  readonly status: string;
  readonly reason: string | undefined;
  readonly message: string;
  /** Since when it has this status. */
  readonly sinceUs: number | undefined;
}

/** More conditions than any controller writes. */
const CONDITIONS = 64;

export function conditionOf({ status }: KubeObject, type: string): StatusCondition | undefined {
  for (const entry of (asList(status['conditions']) ?? []).slice(0, CONDITIONS)) {
    const condition = asObject(entry);
    if (condition?.['type'] !== type) continue;
    return {
      status: asText(condition['status']) ?? 'Unknown',
      reason: asText(condition['reason']),
      message: asText(condition['message']) ?? '',
      sinceUs: asTimeUs(condition['lastTransitionTime']),
    };
  }
  return undefined;
}
