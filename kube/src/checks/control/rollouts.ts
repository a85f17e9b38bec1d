import { asCount, asList, asObject, asText, asTimeUs } from '../../json.ts';
import type { JsonObject } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { isReady, livePods } from '../../relations/pod-templates.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';

/** A rollout that began a moment ago is under way. */
const UNDER_WAY_US = 60_000_000;

/** Rollouts that do not get through: past their deadline, paused half-way, or kept by their own strategy. */
export const rolloutsCheck: Check = {
  name: 'rollouts',
  run(snapshot, emit) {
    for (const deployment of snapshot.all('Deployment')) deploymentRollout(snapshot, deployment, emit);
    for (const set of snapshot.all('StatefulSet')) waitingSet(snapshot, set, emit);
  },
};

function deploymentRollout(snapshot: Snapshot, deployment: KubeObject, emit: Emit): void {
  const { spec, status, deletionUs } = deployment;
  const replicas = asCount(spec['replicas']) ?? 1;
  if (replicas === 0 || deletionUs !== undefined) return;
  const updated = asCount(status['updatedReplicas']) ?? 0;
  const available = asCount(status['availableReplicas']) ?? 0;
  const strategy = asObject(asObject(spec['strategy'])?.['rollingUpdate']);
  const data = {
    updated,
    replicas,
    available,
    image: imageOf(deployment),
    max_surge: quantityText(strategy?.['maxSurge']),
    max_unavailable: quantityText(strategy?.['maxUnavailable']),
  };
  const progressing = conditionOf(deployment, 'Progressing');
  const isObserved =
    (asCount(deployment.metadata['generation']) ?? 0) <= (asCount(status['observedGeneration']) ?? Infinity);
  if (spec['paused'] === true) {
    if (!hasUnrolledTemplate(snapshot, deployment) && (updated >= replicas || !isObserved)) return;
    const atUs = progressing?.reason === 'DeploymentPaused' ? progressing.sinceUs : undefined;
    emit({
      type: 'rollout_stuck',
      about: deployment,
      ...(atUs === undefined ? {} : { atUs }),
      data: { problem: 'paused', ...data, message: progressing?.message },
    });
    return;
  }
  const isPast = progressing?.reason === 'ProgressDeadlineExceeded';
  if (isPast && (updated < replicas || available < replicas)) {
    const { message, sinceUs } = progressing;
    emit({
      type: 'rollout_stuck',
      about: deployment,
      ...(sinceUs === undefined ? {} : { atUs: sinceUs }),
      data: { problem: 'deadline', ...data, message },
    });
    return;
  }
  if (updated >= replicas || !isObserved || !isBlocked(strategy, replicas)) return;
  emit({ type: 'rollout_stuck', about: deployment, data: { problem: 'strategy', ...data } });
}

function imageOf({ spec }: KubeObject): string | undefined {
  const containers = asList(asObject(asObject(spec['template'])?.['spec'])?.['containers']);
  return asText(asObject(containers?.[0])?.['image']);
}

function quantityText(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : asText(value);
}

/** It may neither make one more pod nor take one away: the API server refuses 0 and 0, rounding can bring it about. */
function isBlocked(strategy: JsonObject | undefined, replicas: number): boolean {
  if (strategy === undefined) return false;
  const surge = share(strategy['maxSurge'], replicas, Math.ceil);
  const unavailable = share(strategy['maxUnavailable'], replicas, Math.floor);
  return surge === 0 && unavailable === 0;
}

function share(value: unknown, replicas: number, round: (n: number) => number): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d{1,3})%$/.exec(asText(value) ?? '')?.[1];
  return percent === undefined ? 1 : round((Number(percent) * replicas) / 100);
}

/** Its template differs from that of its newest ReplicaSet: the change waits for the pause to end. */
function hasUnrolledTemplate(snapshot: Snapshot, deployment: KubeObject): boolean {
  const sets = snapshot
    .all('ReplicaSet', deployment.namespace)
    .filter(
      (set) => snapshot.ownerOf(set).name === deployment.name && snapshot.ownerOf(set).kind === 'Deployment',
    );
  const newest = sets.toSorted((a, b) => revisionOf(b) - revisionOf(a))[0];
  return newest !== undefined && imagesOf(newest) !== imagesOf(deployment);
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(asObject(metadata['annotations'])?.['deployment.kubernetes.io/revision'] ?? 0);
}

/** Images, commands and variables' names of a template's containers: what people change. */
function imagesOf({ spec }: KubeObject): string {
  const containers = asList(asObject(asObject(spec['template'])?.['spec'])?.['containers']) ?? [];
  return JSON.stringify(
    containers.map((entry) => {
      const { name, image, command, args, env } = asObject(entry) ?? {};
      return [name, image, command, args, env];
    }),
  );
}

/** A StatefulSet that makes pods in order, or updates them so, and waits for one that is not ready. */
function waitingSet(snapshot: Snapshot, set: KubeObject, emit: Emit): void {
  const { spec, status, namespace, name } = set;
  const replicas = asCount(spec['replicas']) ?? 1;
  if (set.deletionUs !== undefined) return;
  if (snapshot.takenUs - (set.createdUs ?? 0) < UNDER_WAY_US) return;
  const pods = livePods(snapshot.podsOf(set)).filter((pod) => pod.name.startsWith(`${name}-`));
  const unready = pods.filter((pod) => !isReady(pod)).toSorted((a, b) => ordinal(a) - ordinal(b))[0];
  if (unready === undefined) return;
  const isOrdered = spec['podManagementPolicy'] !== 'Parallel';
  const isUpdating =
    asText(status['updateRevision']) !== undefined && status['updateRevision'] !== status['currentRevision'];
  const made = snapshot.knowsAll('Pod', namespace) ? pods.length : (asCount(status['replicas']) ?? replicas);
  const isShort = isOrdered && made < replicas;
  const waits =
    isShort || (isUpdating && pods.length > 1 && pods.some((pod) => pod !== unready && isReady(pod)));
  if (!waits) return;
  emit({
    type: 'statefulset_waits',
    about: set,
    ...(unready.createdUs === undefined ? {} : { atUs: unready.createdUs }),
    data: { pod: unready.name, pods: pods.length, replicas },
  });
}

function ordinal({ name }: KubeObject): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}

/** When a workload's spec was last written by somebody, and by which field manager. */
export function lastWriter(
  { metadata }: KubeObject,
  field: string,
): { readonly manager: string | undefined; readonly atUs: number | undefined } {
  const writers = (asList(metadata['managedFields']) ?? []).flatMap((entry) => {
    const manager = asObject(entry);
    const owned = asObject(asObject(manager?.['fieldsV1'])?.['f:spec']);
    return manager === undefined || owned?.[field] === undefined
      ? []
      : [{ manager: asText(manager['manager']), atUs: asTimeUs(manager['time']) }];
  });
  return (
    writers.toSorted((a, b) => (b.atUs ?? 0) - (a.atUs ?? 0))[0] ?? { manager: undefined, atUs: undefined }
  );
}
