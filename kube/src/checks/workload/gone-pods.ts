import { asList, asObject, asText } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { oncePerSnapshot } from '../../relations/once.ts';
import { unseenObject } from '../../relations/unseen-object.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { PodReport } from './pod-reports.ts';
import { podsReported, reportsOf } from './pod-reports.ts';

/**
 * Pods of failed Jobs that were deleted (a Job past its deadline deletes them, pkg/controller/job), as their Events and
 * the Job's template tell: their containers wait for what was last said of them.
 */
export const gonePods = oncePerSnapshot((snapshot): readonly KubeObject[] =>
  snapshot.all('Job').flatMap((job) => {
    const failed = conditionOf(job, 'Failed') ?? conditionOf(job, 'FailureTarget');
    if (failed?.status !== 'True' || hasPods(snapshot, job)) return [];
    const stem = new RegExp(`^${job.name.replaceAll('.', '\\.')}-(?:\\d+-)?[a-z0-9]{5}$`);
    const names = podsReported(snapshot, job.namespace).filter((name) => stem.test(name));
    return names.flatMap((name) => asItWas(snapshot, job, name) ?? []);
  }),
);

function hasPods(snapshot: Snapshot, job: KubeObject): boolean {
  return snapshot
    .all('Pod', job.namespace)
    .some(
      ({ labels }) => labels['job-name'] === job.name || labels['batch.kubernetes.io/job-name'] === job.name,
    );
}

function asItWas(snapshot: Snapshot, job: KubeObject, name: string): KubeObject | undefined {
  const spec = asObject(asObject(job.spec['template'])?.['spec']);
  if (spec === undefined) return undefined;
  const reference = { apiVersion: 'batch/v1', kind: 'Job', name: job.name, uid: job.uid, controller: true };
  const bare: KubeObject = {
    ...unseenObject({ kind: 'Pod', namespace: job.namespace, name }),
    createdUs: job.createdUs,
    metadata: { name, namespace: job.namespace, ownerReferences: [reference] },
    spec,
  };
  const reports = reportsOf(snapshot, bare);
  const containerStatuses = (asList(spec['containers']) ?? []).flatMap((entry) => {
    const container = asText(asObject(entry)?.['name']);
    const waiting = container === undefined ? undefined : lastWait(reports, container);
    return waiting === undefined ? [] : [{ name: container, ready: false, state: { waiting } }];
  });
  if (containerStatuses.length === 0) return undefined;
  const status = { phase: 'Pending', containerStatuses };
  return { ...bare, status, raw: { metadata: bare.metadata, spec, status } };
}

function lastWait(
  reports: readonly PodReport[],
  container: string,
): { readonly reason: string; readonly message?: string } | undefined {
  const own = reports.filter((report) => report.container === undefined || report.container === container);
  const told = own.findLast(
    ({ reason, message }) => reason === 'Failed' && !/^Error: \w+BackOff$/.test(message),
  );
  if (told === undefined)
    return own.some(({ reason }) => reason === 'FailedMount') ? { reason: 'ContainerCreating' } : undefined;
  const { message } = told;
  if (/^Failed to pull image|^Error: ErrImage/.test(message)) return { reason: 'ImagePullBackOff' };
  const lacks = /^Error: ((?:configmap|secret) .* not found|couldn't find key .*)/i.exec(message)?.[1];
  return lacks === undefined ? undefined : { reason: 'CreateContainerConfigError', message: lacks };
}
