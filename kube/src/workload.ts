import type { JsonObject } from './json.ts';
import { asList, asObject, asText } from './json.ts';
import { KUBE_LIMITS } from './limits.ts';

/** What a pod says about who made it. */
export interface PodOwnership {
  readonly ownerReferences: unknown;
  readonly labels: JsonObject;
  readonly createdUs: number | undefined;
}

const MINUTE_US = 60_000_000;
/** A CronJob may start a run late by startingDeadlineSeconds; a day is more than anybody waits. */
const LATEST_START_US = 24 * 60 * MINUTE_US;

/**
 * `Kind/name` of what a user owns. A ReplicaSet whose name ends with the pod's template hash is a Deployment's
 * (or an Argo Rollout's); a Job is a CronJob's only when its name ends with the minute it was scheduled for
 * (Kubernetes 1.21 and later name Jobs so). A static pod is owned by its Node, which is no workload: it stands for itself.
 */
export function resolveWorkload(pod: PodOwnership): string | undefined {
  const owner = controllerOf(pod.ownerReferences);
  if (owner === undefined || owner.kind === 'Node') return undefined;
  const { kind, name } = owner;
  if (kind === 'ReplicaSet') {
    for (const [label, parent] of [
      ['pod-template-hash', 'Deployment'],
      ['rollouts-pod-template-hash', 'Rollout'],
    ] as const) {
      const suffix = `-${asText(pod.labels[label]) ?? ''}`;
      if (suffix !== '-' && name.endsWith(suffix) && name.length > suffix.length) {
        return `${parent}/${name.slice(0, -suffix.length)}`;
      }
    }
  }
  if (kind === 'Job') return cronJobName(name, pod.createdUs) ?? `Job/${name}`;
  return `${kind}/${name}`;
}

/** The revision of its workload that a pod was made from. */
export function revisionOf(labels: JsonObject): string | undefined {
  const revision =
    asText(labels['pod-template-hash']) ??
    asText(labels['rollouts-pod-template-hash']) ??
    asText(labels['controller-revision-hash']);
  return revision?.slice(0, KUBE_LIMITS.nameLength);
}

function controllerOf(ownerReferences: unknown): { kind: string; name: string } | undefined {
  const references = (asList(ownerReferences) ?? []).slice(0, 16).flatMap((entry) => {
    const object = asObject(entry);
    const kind = asText(object?.['kind']);
    const name = asText(object?.['name']);
    if (kind === undefined || name === undefined) return [];
    if (kind.length > 63 || name.length > KUBE_LIMITS.nameLength || /[/\s]/.test(kind + name)) return [];
    return [{ kind, name, controller: object?.['controller'] === true }];
  });
  return references.find((reference) => reference.controller) ?? references[0];
}

function cronJobName(job: string, createdUs: number | undefined): string | undefined {
  const match = /^(.+)-(\d{8,9})$/.exec(job);
  if (match === null || createdUs === undefined) return undefined;
  const scheduledUs = Number(match[2]) * MINUTE_US;
  const lateUs = createdUs - scheduledUs;
  return lateUs >= -MINUTE_US && lateUs <= LATEST_START_US ? `CronJob/${match[1] ?? ''}` : undefined;
}

/** Kinds that make pods, or are above those that do. */
const WORKLOAD_KINDS: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'Rollout',
]);

export function isWorkloadKind(kind: string): boolean {
  return WORKLOAD_KINDS.has(kind);
}
