import { asCount, asList, asObject, asText } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { extensions, serviceInMessage } from '../../relations/extensions.ts';
import { existsIn } from '../../relations/known.ts';
import { nearestName } from '../../relations/near-names.ts';
import type { ObjectReport } from '../../relations/object-reports.ts';
import { allReports } from '../../relations/object-reports.ts';
import { livePods, podTemplates } from '../../relations/pod-templates.ts';
import { unseenObject } from '../../relations/unseen-object.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';
import type { Refusal } from './refusal-message.ts';
import { parseRefusal } from './refusal-message.ts';

const MAKERS: ReadonlySet<string> = new Set([
  'ReplicaSet',
  'ReplicationController',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
]);

/** Of workload controllers whose selector is of no use. */
const SELECTORS: ReadonlySet<string> = new Set(['SelectingAll', 'SelectorOverlap', 'SelectorRequired']);

/** Controllers try again for long, with growing pauses: a refusal older than this may have ended. */
const FRESH_US = 6 * 3_600_000_000;

/** Pods that are never made because admission refuses them, by controllers' words and by what is not there. */
export const refusedPodsCheck: Check = {
  name: 'refused-pods',
  run(snapshot, emit) {
    const told = new Set<string>();
    for (const [maker, report] of refusals(snapshot)) {
      const owner = objectText(snapshot.ownerOf(maker));
      const missing = missingPods(snapshot, maker);
      if (missing === 0 || told.has(owner)) continue;
      told.add(owner);
      emitRefusal(snapshot, { maker, report, missing, emit });
    }
    namesThatAreNot(snapshot, told, emit);
  },
};

/** The newest word of each maker: its Event, or the condition that says the same. */
function refusals(snapshot: Snapshot): ReadonlyMap<KubeObject, Pick<ObjectReport, 'message' | 'lastUs'>> {
  const found = new Map<KubeObject, Pick<ObjectReport, 'message' | 'lastUs'>>();
  for (const report of allReports(snapshot)) {
    if (report.reason !== 'FailedCreate' || !MAKERS.has(report.about.kind)) continue;
    const maker =
      snapshot.get(report.about.kind, report.about.namespace, report.about.name) ??
      unseenMaker(snapshot, report.about);
    const isFresh = snapshot.takenUs - (report.lastUs ?? snapshot.takenUs) < FRESH_US;
    if (maker !== undefined && maker.deletionUs === undefined && isFresh) found.set(maker, report);
  }
  for (const report of allReports(snapshot)) {
    if (!SELECTORS.has(report.reason)) continue;
    const maker = snapshot.get(report.about.kind, report.about.namespace, report.about.name);
    if (maker !== undefined && maker.deletionUs === undefined) found.set(maker, report);
  }
  for (const deployment of snapshot.all('Deployment')) {
    const progressing = conditionOf(deployment, 'Progressing');
    if (progressing?.reason !== 'ReplicaSetCreateError') continue;
    found.set(deployment, { message: progressing.message, lastUs: progressing.sinceUs });
  }
  for (const kind of ['ReplicaSet', 'Deployment', 'ReplicationController']) {
    for (const maker of snapshot.all(kind)) {
      const failure = conditionOf(maker, 'ReplicaFailure');
      if (failure?.status !== 'True' || failure.reason !== 'FailedCreate' || found.has(maker)) continue;
      found.set(maker, { message: failure.message, lastUs: failure.sinceUs });
    }
  }
  return found;
}

/** Where its kind was not read: the Deployment whose name a ReplicaSet's begins with, else its name alone. */
function unseenMaker(snapshot: Snapshot, { kind, namespace, name }: ObjectName): KubeObject | undefined {
  if (snapshot.knowsAll(kind, namespace)) return undefined;
  if (kind !== 'ReplicaSet') return unseenObject({ kind, namespace, name });
  return snapshot.get('Deployment', namespace, name.replace(/-[a-z0-9]+$/, ''));
}

/** Pods that it lacks; undefined where nobody can tell. */
function missingPods(snapshot: Snapshot, maker: KubeObject): number | undefined {
  const { kind, spec, status, namespace } = maker;
  if (maker.place === '') return undefined;
  if (kind === 'DaemonSet') {
    return Math.max(
      0,
      (asCount(status['desiredNumberScheduled']) ?? 0) - (asCount(status['currentNumberScheduled']) ?? 0),
    );
  }
  if (kind === 'Job') {
    const isStarted =
      (asCount(status['active']) ?? 0) +
        (asCount(status['succeeded']) ?? 0) +
        (asCount(status['failed']) ?? 0) >
      0;
    return isStarted ? 0 : 1;
  }
  if (kind === 'CronJob') return undefined;
  const wanted = asCount(spec['replicas']) ?? 1;
  const own = snapshot.all('Pod', namespace).filter((pod) => hasOwner(pod, maker));
  const there = kind === 'Deployment' ? livePods(snapshot.podsOf(maker)).length : livePods(own).length;
  const counted = snapshot.knowsAll('Pod', namespace) ? there : (asCount(status['replicas']) ?? 0);
  const missing = Math.max(0, wanted - counted);
  // Old pods go on while those of a new revision are refused.
  const updated = kind === 'Deployment' ? asCount(status['updatedReplicas']) : undefined;
  const isRolling = conditionOf(maker, 'Progressing')?.status === 'False' || updated !== undefined;
  return kind === 'Deployment' && isRolling ? Math.max(missing, wanted - (updated ?? 0)) : missing;
}

function hasOwner(pod: KubeObject, { kind, name }: KubeObject): boolean {
  return (asList(pod.metadata['ownerReferences']) ?? []).some((entry) => {
    const owner = asObject(entry);
    return owner?.['kind'] === kind && owner['name'] === name;
  });
}

interface Refused {
  readonly maker: KubeObject;
  readonly report: Pick<ObjectReport, 'message' | 'lastUs'>;
  readonly missing: number | undefined;
  readonly emit: Emit;
}

function emitRefusal(snapshot: Snapshot, { maker, report, missing, emit }: Refused): void {
  const refusal = parseRefusal(report.message);
  const isTimingOut =
    refusal.problem === 'other' &&
    /timeout|timed out|deadline exceeded|etcdserver|connection refused/i.test(report.message);
  if (isTimingOut) return;
  const refers = refersOf(snapshot, maker, { ...refusal, message: report.message });
  const { problem, resource, quotaKey, requested, used, limited, subject } = refusal;
  emit({
    type: 'pod_refused',
    about: maker,
    ...(refers === undefined ? {} : { refers }),
    ...(report.lastUs === undefined ? {} : { atUs: report.lastUs }),
    data: {
      problem,
      resource,
      quota_key: quotaKey,
      requested,
      used,
      limited,
      subject,
      nearest: refers === undefined ? undefined : nearestOf(snapshot, refers),
      missing_pods: missing,
      message: report.message,
      proven: 'message',
    },
  });
  if (refers === undefined) return;
  if (problem === 'webhook_unavailable') silentWebhook(snapshot, { refers, subject, report, emit });
  if (!REFUSERS.has(problem)) return;
  emit({
    type: 'pods_refused_by',
    about: snapshot.get(refers.kind, refers.namespace, refers.name) ?? unseenObject(refers),
    ...(report.lastUs === undefined ? {} : { atUs: report.lastUs }),
    discriminators: [problem, quotaKey ?? ''],
    data: { problem, quota_key: quotaKey, used, limited, message: report.message },
  });
}

function silentWebhook(
  snapshot: Snapshot,
  {
    refers,
    subject,
    report,
    emit,
  }: Pick<Refused, 'report' | 'emit'> & { readonly refers: ObjectName; readonly subject: string | undefined },
): void {
  const known = extensions(snapshot).find(
    ({ about, group }) => about.kind === refers.kind && about.name === refers.name && group === subject,
  );
  const service = known?.service ?? serviceInMessage(snapshot, report.message);
  emit({
    type: 'extension_unavailable',
    about: snapshot.get(refers.kind, refers.namespace, refers.name) ?? unseenObject(refers),
    ...(service === undefined ? {} : { refers: service }),
    ...(report.lastUs === undefined ? {} : { atUs: report.lastUs }),
    discriminators: [subject ?? ''],
    data: {
      kind: 'webhook',
      group: subject,
      service_exists: service === undefined ? undefined : existsIn(snapshot, service),
      message: report.message,
    },
  });
}

/** What the object that refuses is to be named for. */
const REFUSERS: ReadonlySet<string> = new Set(['quota', 'limit_range', 'terminating']);

function refersOf(
  snapshot: Snapshot,
  { namespace }: KubeObject,
  { problem, subject, message }: Refusal & { readonly message: string },
): ObjectName | undefined {
  if (problem === 'terminating') return { kind: 'Namespace', namespace: '', name: namespace };
  if (problem === 'limit_range') {
    const ranges = snapshot.all('LimitRange', namespace);
    return ranges[0] === undefined ? undefined : { kind: 'LimitRange', namespace, name: ranges[0].name };
  }
  if (subject === undefined) return undefined;
  switch (problem) {
    case 'quota':
    case 'quota_requires':
      return { kind: 'ResourceQuota', namespace, name: subject };
    case 'service_account':
      return { kind: 'ServiceAccount', namespace, name: subject };
    case 'priority_class':
      return { kind: 'PriorityClass', namespace: '', name: subject };
    case 'runtime_class':
      return { kind: 'RuntimeClass', namespace: '', name: subject };
    case 'policy_denied':
      return { kind: 'ValidatingAdmissionPolicy', namespace: '', name: subject };
    case 'webhook_denied':
    case 'webhook_unavailable':
      return configurationOf(snapshot, subject, message);
    case 'pod_security':
    case 'selector':
    case 'forbidden':
    case 'invalid':
    case 'other':
      return undefined;
  }
}

const CONFIGURATIONS = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'] as const;

/** The configuration that has the webhook; named after the webhook where no configuration was read. */
function configurationOf(snapshot: Snapshot, webhook: string, message: string): ObjectName {
  for (const kind of CONFIGURATIONS) {
    const found = snapshot
      .all(kind)
      .find(({ raw }) =>
        (asList(raw['webhooks']) ?? []).some((entry) => asObject(entry)?.['name'] === webhook),
      );
    if (found !== undefined) return { kind, namespace: '', name: found.name };
  }
  const isMutating = /\/[\w-]*(?:mutat|inject)/i.test(message);
  return { kind: CONFIGURATIONS[isMutating ? 1 : 0], namespace: '', name: webhook };
}

function nearestOf(snapshot: Snapshot, { kind, namespace, name }: ObjectName): string | undefined {
  if (kind !== 'ServiceAccount' && kind !== 'PriorityClass' && kind !== 'RuntimeClass') return undefined;
  return nearestName(
    name,
    snapshot
      .all(kind, namespace)
      .map((object) => object.name)
      .filter((other) => other !== name),
  );
}

/** What a pod spec names that admission wants to be there. */
const REFERENCES = [
  { field: 'serviceAccountName', kind: 'ServiceAccount', isNamespaced: true, problem: 'service_account' },
  { field: 'priorityClassName', kind: 'PriorityClass', isNamespaced: false, problem: 'priority_class' },
  { field: 'runtimeClassName', kind: 'RuntimeClass', isNamespaced: false, problem: 'runtime_class' },
] as const;

/** Workloads that name an account or class which is not in a full list, while they lack pods. */
function namesThatAreNot(snapshot: Snapshot, told: ReadonlySet<string>, emit: Emit): void {
  for (const { workload, object, podSpec, pods, replicas } of podTemplates(snapshot)) {
    if (object.kind === 'Pod' || told.has(objectText(workload)) || pods.length >= (replicas ?? 1)) continue;
    for (const { field, kind, isNamespaced, problem } of REFERENCES) {
      const name = asText(podSpec[field]);
      const namespace = isNamespaced ? object.namespace : '';
      if (name === undefined || BUILT_IN.test(name) || !snapshot.knowsAll(kind, namespace)) continue;
      if (snapshot.get(kind, namespace, name) !== undefined) continue;
      const refers = { kind, namespace, name };
      emit({
        type: 'pod_refused',
        about: object,
        refers,
        discriminators: [problem],
        data: { problem, subject: name, nearest: nearestOf(snapshot, refers), proven: 'objects' },
      });
    }
  }
}

/** Made by the cluster itself, whether or not a list shows them. */
const BUILT_IN = /^(?:default|system-(?:node|cluster)-critical)$/;
