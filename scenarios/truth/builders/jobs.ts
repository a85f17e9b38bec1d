import type { Cluster } from './cluster.ts';
import { makeContainer, makeTemplate } from './parts.ts';
import { makePod } from './pods.ts';
import type { Manifest, Pod } from './types.ts';

const DAY = 1440;

export function addJobPod(
  c: Cluster,
  job: Manifest,
  at: { minutesAgo: number; seconds: number; exitCode?: number },
): Pod {
  const template = job.spec?.['template'] as ReturnType<typeof makeTemplate>;
  const { name, namespace = '', uid } = job.metadata;
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const host = c.hosts[c.dice.below(c.hosts.length)] ?? c.host(c.theme.controlPlane);
  const pod = c.add(
    makePod(
      c,
      template,
      {
        name: `${name}-${c.dice.letters(5)}`,
        namespace,
        node: host.name,
        owner,
        minutesAgo: at.minutesAgo,
        generateName: `${name}-`,
        labels: { 'batch.kubernetes.io/job-name': name, 'job-name': name },
      },
      host,
    ),
  );
  const exitCode = at.exitCode ?? 0;
  const end = at.minutesAgo - at.seconds / 60;
  pod.status.phase = exitCode === 0 ? 'Succeeded' : 'Failed';
  for (const status of pod.status.containerStatuses ?? []) {
    const terminated = {
      exitCode,
      reason: exitCode === 0 ? 'Completed' : 'Error',
      startedAt: c.ago(at.minutesAgo - 0.05),
      finishedAt: c.ago(end),
      containerID: status.containerID ?? '',
    };
    Object.assign(status, { ready: false, started: false, state: { terminated } });
  }
  const reason = exitCode === 0 ? 'PodCompleted' : 'PodFailed';
  pod.status.conditions = pod.status.conditions.map((condition) =>
    condition.type.endsWith('Ready')
      ? { ...condition, status: 'False', reason, lastTransitionTime: c.ago(end) }
      : condition,
  );
  return pod;
}

export function addJob(
  c: Cluster,
  at: {
    namespace: string;
    name: string;
    image: string;
    minutesAgo: number;
    spec?: Record<string, unknown>;
    cronJob?: Manifest;
    container?: Record<string, unknown>;
  },
): Manifest {
  const container = makeContainer('main', at.image, {
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '1', memory: '512Mi' } },
    ...at.container,
  });
  const template = makeTemplate({ 'batch.kubernetes.io/job-name': at.name, app: at.name }, container, {
    restartPolicy: 'Never',
  });
  const meta = c.meta(at.name, at.namespace, at.minutesAgo);
  if (at.cronJob !== undefined) {
    const { name, uid } = at.cronJob.metadata;
    meta.ownerReferences = [
      { apiVersion: 'batch/v1', kind: 'CronJob', name, uid, controller: true, blockOwnerDeletion: true },
    ];
  }
  return c.add({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...meta, generation: 1, labels: { app: at.name } },
    spec: {
      backoffLimit: 6,
      completions: 1,
      parallelism: 1,
      completionMode: 'NonIndexed',
      suspend: false,
      selector: { matchLabels: { 'batch.kubernetes.io/job-name': at.name } },
      template,
      ...at.spec,
    },
    status: {},
  });
}

export function completeJob(c: Cluster, job: Manifest, at: { minutesAgo: number; seconds: number }): void {
  addJobPod(c, job, at);
  const end = c.ago(at.minutesAgo - at.seconds / 60);
  job.status = {
    succeeded: 1,
    startTime: c.ago(at.minutesAgo),
    completionTime: end,
    ready: 0,
    terminating: 0,
    uncountedTerminatedPods: {},
    conditions: [{ type: 'Complete', status: 'True', lastProbeTime: end, lastTransitionTime: end }],
  };
}

export function addCronJob(
  c: Cluster,
  at: { namespace: string; name: string; image: string; schedule: string; everyMinutes: number },
): void {
  const { namespace, name, image, schedule, everyMinutes } = at;
  const last = 20 + c.dice.below(90);
  const cronJob = c.add({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { ...c.meta(name, namespace, 80 * DAY), generation: 1 },
    spec: {
      schedule,
      suspend: false,
      concurrencyPolicy: 'Forbid',
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
      jobTemplate: {
        spec: {
          template: makeTemplate({ app: name }, makeContainer('main', image), { restartPolicy: 'Never' }),
        },
      },
    },
    status: { lastScheduleTime: c.ago(last), lastSuccessfulTime: c.ago(last - 1) },
  });
  for (const run of [0, 1]) {
    const minutesAgo = last + run * everyMinutes;
    const minute = Math.floor((c.nowMs - minutesAgo * 60_000) / 60_000);
    const job = addJob(c, { namespace, name: `${name}-${minute}`, image, minutesAgo, cronJob });
    completeJob(c, job, { minutesAgo, seconds: 40 });
  }
}
