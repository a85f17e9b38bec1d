import type { RunMarks } from './container-runs.ts';
import type { PodNaming } from './pod-events.ts';
import type { RememberedFields } from './spec-changes.ts';

/** What is remembered of a pod between two lists. */
export interface TrackedPod {
  readonly naming: PodNaming;
  readonly containers: ReadonlyMap<string, RunMarks>;
  readonly spec: RememberedFields;
  /** Entries of metadata.managedFields, by `managerKey`. */
  readonly managers: readonly string[];
  readonly deletionRequested: boolean;
  readonly evicted: boolean;
  /** The first list without it. */
  readonly missingSinceUs?: number;
}
