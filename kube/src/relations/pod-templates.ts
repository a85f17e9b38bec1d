import type { JsonObject } from '../json.ts';
import { asCount, asList, asObject, asText } from '../json.ts';
import type { KubeObject, ObjectName } from '../snapshot/kube-object.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { nameOf } from '../snapshot/snapshot.ts';
import { oncePerSnapshot } from './once.ts';
import { textPairs } from './services.ts';

/** What a workload's pods are made from. */
export interface PodTemplate {
  /** What a user owns: Deployment, StatefulSet, ..., or a bare pod. */
  readonly workload: ObjectName;
  /** The workload's object, or one of its pods where the workload itself was not read. */
  readonly object: KubeObject;
  readonly labels: Readonly<Record<string, string>>;
  readonly podSpec: JsonObject;
  /** How many pods are wanted; undefined where the object doesn't say (DaemonSet, Job, bare pod). */
  readonly replicas: number | undefined;
  readonly pods: readonly KubeObject[];
}

/** Templates of all workloads that run or should run: finished Jobs, suspended CronJobs and ended pods are left out. */
export const podTemplates = oncePerSnapshot((snapshot): readonly PodTemplate[] => {
  const templates = new Map<string, PodTemplate>();
  for (const object of snapshot.objects()) {
    const template = templateOf(object);
    if (template === undefined || object.deletionUs !== undefined || isOver(object)) continue;
    const workload = snapshot.ownerOf(object);
    if (workload.kind !== object.kind || workload.name !== object.name) continue;
    const podSpec = asObject(template['spec']);
    if (podSpec === undefined) continue;
    const labels = textPairs(asObject(asObject(template['metadata'])?.['labels']));
    const pods = livePods(snapshot.podsOf(workload));
    templates.set(keyOf(workload), { workload, object, labels, podSpec, replicas: replicasOf(object), pods });
  }
  for (const pod of livePods(snapshot.all('Pod'))) {
    const workload = snapshot.ownerOf(pod);
    if (
      templates.has(keyOf(workload)) ||
      snapshot.get(workload.kind, workload.namespace, workload.name)?.kind === 'Job'
    )
      continue;
    const pods = livePods(snapshot.podsOf(workload));
    const object = newest(pods) ?? pod;
    templates.set(keyOf(workload), {
      workload,
      object,
      labels: object.labels,
      podSpec: object.spec,
      replicas: undefined,
      pods,
    });
  }
  return [...templates.values()];
});

const byWorkload = oncePerSnapshot(
  (snapshot) => new Map(podTemplates(snapshot).map((template) => [keyOf(template.workload), template])),
);

export function templateOfWorkload(snapshot: Snapshot, workload: ObjectName): PodTemplate | undefined {
  return byWorkload(snapshot).get(keyOf(nameOf(workload)));
}

/** Pods that run or will run: neither over nor being deleted. */
export function livePods(pods: readonly KubeObject[]): readonly KubeObject[] {
  return pods.filter(
    (pod) =>
      pod.deletionUs === undefined && pod.status['phase'] !== 'Succeeded' && pod.status['phase'] !== 'Failed',
  );
}

export function isReady(pod: KubeObject): boolean {
  return (asList(pod.status['conditions']) ?? []).some((entry) => {
    const condition = asObject(entry);
    return condition?.['type'] === 'Ready' && condition['status'] === 'True';
  });
}

/** Containers that run as long as the pod does: init containers that restart always are among them. */
export function servingContainers(podSpec: JsonObject): readonly JsonObject[] {
  const sidecars = containersAt(podSpec, 'initContainers').filter((c) => c['restartPolicy'] === 'Always');
  return [...containersAt(podSpec, 'containers'), ...sidecars];
}

export function allContainers(podSpec: JsonObject): readonly JsonObject[] {
  return [...containersAt(podSpec, 'initContainers'), ...containersAt(podSpec, 'containers')];
}

function containersAt(podSpec: JsonObject, key: string): readonly JsonObject[] {
  return (asList(podSpec[key]) ?? [])
    .slice(0, 128)
    .map(asObject)
    .filter((container): container is JsonObject => container !== undefined);
}

function templateOf({ kind, spec }: KubeObject): JsonObject | undefined {
  const job = kind === 'CronJob' ? asObject(asObject(spec['jobTemplate'])?.['spec']) : spec;
  const template = asObject(job?.['template']);
  return asList(asObject(template?.['spec'])?.['containers']) === undefined ? undefined : template;
}

function isOver({ kind, spec, status }: KubeObject): boolean {
  if (kind === 'CronJob') return spec['suspend'] === true;
  if (kind !== 'Job') return false;
  if (asText(status['completionTime']) !== undefined) return true;
  return (asList(status['conditions']) ?? []).some((entry) => {
    const condition = asObject(entry);
    return (
      (condition?.['type'] === 'Complete' || condition?.['type'] === 'Failed') &&
      condition['status'] === 'True'
    );
  });
}

const COUNTED: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'ReplicaSet',
  'ReplicationController',
  'Rollout',
]);

/** The API server fills in 1. */
function replicasOf({ kind, spec }: KubeObject): number | undefined {
  return COUNTED.has(kind) ? (asCount(spec['replicas']) ?? 1) : undefined;
}

function newest(pods: readonly KubeObject[]): KubeObject | undefined {
  return pods.toSorted((a, b) => (b.createdUs ?? 0) - (a.createdUs ?? 0))[0];
}

function keyOf({ kind, namespace, name }: ObjectName): string {
  return `${kind}/${namespace}/${name}`;
}
