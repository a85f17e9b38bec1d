import type { DumpFiles } from '../case.ts';
import { addJob, addJobPod, cluster } from '../builders/index.ts';
import type { Cluster, Manifest } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

const DAY = 1440;

function failedJob(
  c: Cluster,
  job: Manifest,
  at: { reason: string; message: string; minutesAgo: number; failed: number; startedMinutesAgo: number },
): void {
  const lastTransitionTime = c.ago(at.minutesAgo);
  const common = {
    status: 'True',
    reason: at.reason,
    message: at.message,
    lastProbeTime: lastTransitionTime,
    lastTransitionTime,
  };
  job.status = {
    failed: at.failed,
    ready: 0,
    terminating: 0,
    startTime: c.ago(at.startedMinutesAgo),
    uncountedTerminatedPods: {},
    conditions: [
      { type: 'FailureTarget', ...common },
      { type: 'Failed', ...common },
    ],
  };
  c.event(job, {
    type: 'Warning',
    reason: at.reason,
    message: at.message,
    minutesAgo: at.minutesAgo,
    component: 'job-controller',
  });
}

/** A CronJob without what it ran lately. */
function idleCronJob(c: Cluster, lastMinutesAgo: number): Manifest {
  const cronJob = c.get('CronJob', 'shop', 'nightly-report');
  for (const job of c.ofKind('Job', 'shop')) c.remove(job);
  for (const pod of c
    .ofKind('Pod', 'shop')
    .filter(({ metadata }) => metadata.ownerReferences?.[0]?.kind === 'Job'))
    c.remove(pod);
  cronJob.status = { lastScheduleTime: c.ago(lastMinutesAgo), lastSuccessfulTime: c.ago(lastMinutesAgo - 1) };
  return cronJob;
}

/** Jobs and CronJobs. */
export const JOBS: Builders = {
  'control-08': (id) => {
    const c = cluster(id, 'retail');
    const job = addJob(c, {
      namespace: 'billing',
      name: 'backfill',
      image: 'registry.example.com/billing/backfill:2026.10',
      minutesAgo: 51,
      spec: { backoffLimit: 3 },
    });
    for (const minutesAgo of [51, 50.5, 49.6, 47.8]) {
      const pod = addJobPod(c, job, { minutesAgo, seconds: 3, exitCode: 1 });
      c.log({ namespace: 'billing', pod: pod.metadata.name, container: 'main' }, [
        'INFO:backfill:loading configuration',
        'Traceback (most recent call last):',
        '  File "/app/backfill.py", line 12, in <module>',
        '    DSN = os.environ["WAREHOUSE_DSN"]',
        '  File "<frozen os>", line 685, in __getitem__',
        "KeyError: 'WAREHOUSE_DSN'",
      ]);
      c.event(job, {
        reason: 'SuccessfulCreate',
        message: `Created pod: ${pod.metadata.name}`,
        minutesAgo,
        component: 'job-controller',
      });
    }
    failedJob(c, job, {
      reason: 'BackoffLimitExceeded',
      message: 'Job has reached the specified backoff limit',
      minutesAgo: 47.7,
      failed: 4,
      startedMinutesAgo: 51,
    });
    return c.files('yaml');
  },
  'control-08b': (id) => {
    const c = cluster(id, 'retail');
    const job = addJob(c, {
      namespace: 'billing',
      name: 'backfill',
      image: 'registry.example.com/billing/backfill:2026.10',
      minutesAgo: 45,
      spec: { backoffLimit: 3, activeDeadlineSeconds: 1800 },
    });
    const pod = `backfill-${c.dice.letters(5)}`;
    c.event(job, {
      reason: 'SuccessfulCreate',
      message: `Created pod: ${pod}`,
      minutesAgo: 45,
      component: 'job-controller',
    });
    c.event(job, {
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod}`,
      minutesAgo: 15,
      component: 'job-controller',
    });
    failedJob(c, job, {
      reason: 'DeadlineExceeded',
      message: 'Job was active longer than specified deadline',
      minutesAgo: 14.9,
      failed: 1,
      startedMinutesAgo: 45,
    });
    return c.files('yaml');
  },
  'control-11': (id) => {
    const c = cluster(id, 'retail');
    const cronJob = idleCronJob(c, 34 * DAY);
    c.event(cronJob, {
      type: 'Warning',
      reason: 'TooManyMissedTimes',
      message:
        'too many missed start times: 408. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      count: 300,
      sinceMinutesAgo: 56,
      minutesAgo: 0.2,
      component: 'cronjob-controller',
    });
    return c.files('yaml');
  },
  'control-11b': (id) => {
    const c = cluster(id, 'retail');
    const cronJob = idleCronJob(c, 28 * 60);
    cronJob.spec = { ...cronJob.spec, suspend: true };
    c.changed(cronJob, { by: 'kubectl-patch', minutesAgo: 27 * 60, fields: ['spec/suspend'] });
    return c.files('yaml');
  },
};
