import type { ObservationEvent } from '../event.ts';
import type { EventTypeRow } from './row.ts';
import { flag, integer, promoted, required, text } from './row.ts';

const containerKeys = {
  container: required(promoted(text('name of the container in its pod'))),
  restart_count: required(promoted(integer('restarts of the container before this run', 'count'))),
  init: flag('it is an init container'),
  image: promoted(text('image as the pod names it')),
};

/** What a change is about; rules choose by it. */
export const CHANGE_CATEGORIES = [
  'resources',
  'image',
  'command',
  'env',
  'probe',
  'volume',
  'security',
  'scheduling',
  'other',
] as const;

const changeKeys = {
  field: required(
    promoted(text('path of the field, lists by name: spec.containers[report].resources.limits.memory')),
  ),
  category: required(promoted(text(`what it is about: ${CHANGE_CATEGORIES.join(', ')}`))),
  container: promoted(text('container that the field belongs to')),
  old: promoted(text('value before; absent when it was added, and for environment values always')),
  new: promoted(text('value after; absent when it was removed, and for environment values always')),
  words: required(promoted(text('the change in words: limits.memory 256Mi -> 32Mi'))),
  manager: promoted(text('field manager that made the change (metadata.managedFields)')),
  operation: text('Apply or Update'),
  actor: promoted(text('user, where an audit record names one')),
  resource_version: text('resourceVersion in which the change was first seen'),
};

function name(event: ObservationEvent): string {
  return `${event.namespace ?? '?'}/${event.podName ?? '?'}`;
}

function change(what: string, event: ObservationEvent): string {
  const by = event.data['actor'] ?? event.data['manager'];
  return `${what}: ${event.data['words'] ?? ''}${by === undefined ? '' : ` via ${by}`}`;
}

export const KUBELET_VOCABULARY = {
  pod_created: {
    source: 'kubelet',
    severity: 'info',
    lane: 'signal',
    meaning: 'A pod was seen for the first time on this node.',
    data: {
      qos: promoted(text('qosClass')),
      revision: promoted(text('pod-template-hash or controller-revision-hash: the revision of its workload')),
      images: text('its images, container=image, comma-separated'),
    },
    summary: (event) => `pod ${name(event)} created`,
  },
  pod_deleted: {
    source: 'kubelet',
    severity: 'info',
    lane: 'signal',
    meaning: 'A pod is gone from this node, or its deletion was asked for.',
    data: {
      stage: required(text('requested (deletionTimestamp is set) or gone')),
      grace_us: integer('deletionGracePeriodSeconds', 'us'),
    },
    summary: (event) =>
      `pod ${name(event)} ${event.data['stage'] === 'gone' ? 'is gone' : 'is to be deleted'}`,
  },
  pod_evicted: {
    source: 'kubelet',
    severity: 'error',
    lane: 'signal',
    meaning: 'The kubelet evicted the pod (status.reason Evicted).',
    data: { reason: required(promoted(text('status.reason'))), message: text('status.message, scrubbed') },
    summary: (event) =>
      `pod ${name(event)} was evicted: ${event.data['message'] ?? event.data['reason'] ?? ''}`,
  },
  pod_spec_changed: {
    source: 'kubelet',
    severity: 'warning',
    lane: 'signal',
    meaning: 'One field of a running pod’s spec changed in place (e.g. a resize).',
    data: changeKeys,
    summary: (event) => change(`pod ${name(event)} changed`, event),
  },
  workload_spec_changed: {
    source: 'kubelet',
    severity: 'warning',
    lane: 'signal',
    meaning: 'One field differs between the pods of a workload’s old and new revision.',
    data: {
      ...changeKeys,
      old_revision: required(text('revision of the pods before')),
      new_revision: required(promoted(text('revision of the pods after'))),
    },
    summary: (event) => change(`${event.workload ?? 'workload'} changed`, event),
  },
  container_started: {
    source: 'kubelet',
    severity: 'info',
    lane: 'signal',
    meaning: 'A run of a container began.',
    data: containerKeys,
    summary: (event) =>
      `container ${event.data['container'] ?? '?'} of ${name(event)} started (restart ${event.data['restart_count'] ?? '?'})`,
  },
  container_died: {
    source: 'kubelet',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A run of a container ended: the canonical record of a death, one per run. The time is the kubelet’s finishedAt, in whole seconds.',
    data: {
      ...containerKeys,
      exit_code: required(
        promoted(integer('exit code as the runtime reports it: 128 + signal for a signal')),
      ),
      signal: integer('signal as the runtime reports it'),
      reason: promoted(
        text('reason of the kubelet or runtime: Error, OOMKilled, Completed, StartError, ...'),
      ),
      message: text('termination message, scrubbed'),
      started_us: integer('startedAt; absent where the runtime gives none', 'us'),
      resolution_us: required(integer('how far the time may lie before the true one', 'us')),
    },
    summary: (event) =>
      `container ${event.data['container'] ?? '?'} of ${name(event)} died, exit ${event.data['exit_code'] ?? '?'}${event.data['reason'] === undefined ? '' : ` (${event.data['reason']})`}`,
  },
  container_waiting: {
    source: 'kubelet',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'A container waits and says why (CrashLoopBackOff, ImagePullBackOff, CreateContainerConfigError, ...).',
    data: {
      ...containerKeys,
      reason: required(promoted(text('state.waiting.reason'))),
      message: text('state.waiting.message, scrubbed'),
    },
    summary: (event) =>
      `container ${event.data['container'] ?? '?'} of ${name(event)} waits: ${event.data['reason'] ?? '?'}`,
  },
} as const satisfies Record<string, EventTypeRow>;
