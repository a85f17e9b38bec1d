import type { FieldManager } from './field-managers.ts';
import type { SpecFields } from './spec-fields.ts';

/**
 * `init` runs once before the others; `sidecar` is an init container with restartPolicy Always (Kubernetes
 * 1.29); `ephemeral` was added for debugging.
 */
export type ContainerKind = 'container' | 'init' | 'sidecar' | 'ephemeral';

/** How a run of a container ended, as the runtime told the kubelet. */
export interface TerminatedState {
  readonly containerId?: string;
  readonly exitCode: number;
  readonly signal?: number;
  readonly reason?: string;
  /** Scrubbed. */
  readonly message?: string;
  /** Absent where the runtime gives none, e.g. containerd's StartError (1970). */
  readonly startedUs?: number;
  /** In whole seconds; absent for ContainerStatusUnknown. */
  readonly finishedUs?: number;
}

export type ContainerState =
  | { readonly is: 'running'; readonly startedUs?: number }
  | { readonly is: 'terminated'; readonly end: TerminatedState }
  | { readonly is: 'waiting'; readonly reason?: string; readonly message?: string };

/** A container of a pod as the kubelet reports it: spec and status joined by name. */
export interface ContainerView {
  readonly name: string;
  readonly kind: ContainerKind;
  /** As the pod names it. */
  readonly image?: string;
  readonly restartCount: number;
  /** Bare id of the newest run, without the runtime's prefix. */
  readonly containerId?: string;
  readonly state: ContainerState;
  readonly last?: TerminatedState;
}

/** What is taken from a v1.Pod. It holds no annotation, no environment value and no unscrubbed text. */
export interface PodView {
  /** The uid in cgroup paths: for a static pod and its mirror the hash of the manifest. */
  readonly podUid: string;
  readonly podName: string;
  readonly namespace: string;
  readonly resourceVersion?: string;
  /** metadata.generation: counts the changes of the spec. */
  readonly generation?: number;
  readonly createdUs?: number;
  /** When deletion was asked for: deletionTimestamp less the grace period. */
  readonly deletionRequestedUs?: number;
  readonly graceUs?: number;
  /** `Kind/name` of what a user owns; absent for a pod that nothing but a person or a node owns. */
  readonly workload?: string;
  /** pod-template-hash or controller-revision-hash. */
  readonly revision?: string;
  readonly qos?: string;
  /** status.reason, e.g. Evicted. */
  readonly statusReason?: string;
  /** status.message, scrubbed. */
  readonly statusMessage?: string;
  /** When the kubelet decided to end the pod, from its DisruptionTarget condition. */
  readonly disruptedUs?: number;
  readonly containers: readonly ContainerView[];
  readonly spec: SpecFields;
  readonly managers: readonly FieldManager[];
}
