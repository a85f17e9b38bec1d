import { asCount, asList, asObject, asText, asTimeUs } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { reportsAbout } from '../../relations/object-reports.ts';
import { objectText } from '../../snapshot/kube-object.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';
import { lastFiringsUs } from './cron-schedule.ts';

/** Jobs that failed, unless a later one of their CronJob did better (pkg/controller/job). */
export const jobsCheck: Check = {
  name: 'jobs',
  run(snapshot, emit) {
    const newest = new Map<string, KubeObject>();
    for (const job of snapshot.all('Job')) {
      const owner = objectText(snapshot.ownerOf(job));
      const isLater = (job.createdUs ?? 0) >= (newest.get(owner)?.createdUs ?? 0);
      if (isOver(job) && isLater) newest.set(owner, job);
    }
    for (const job of newest.values()) failedJob(snapshot, job, emit);
  },
};

function isOver(job: KubeObject): boolean {
  return ['Failed', 'Complete', 'FailureTarget'].some((type) => conditionOf(job, type)?.status === 'True');
}

const PROBLEMS: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: 'backoff',
  DeadlineExceeded: 'deadline',
  PodFailurePolicy: 'policy',
};

/** Nobody waits any more for a Job that failed longer ago. */
const FORGOTTEN_US = 3 * 86_400_000_000;

function failedJob(snapshot: Snapshot, job: KubeObject, emit: Emit): void {
  const failed = conditionOf(job, 'Failed') ?? conditionOf(job, 'FailureTarget');
  if (failed?.status !== 'True' || job.deletionUs !== undefined) return;
  if (snapshot.takenUs - (failed.sinceUs ?? snapshot.takenUs) > FORGOTTEN_US) return;
  const deadline = asCount(job.spec['activeDeadlineSeconds']);
  emit({
    type: 'job_failed',
    about: job,
    ...(failed.sinceUs === undefined ? {} : { atUs: failed.sinceUs }),
    data: {
      job: job.name,
      problem: PROBLEMS[failed.reason ?? ''] ?? 'other',
      failed: asCount(job.status['failed']),
      limit: asCount(job.spec['backoffLimit']),
      deadline_us: deadline === undefined ? undefined : deadline * 1_000_000,
      pods_seen: snapshot.all('Pod', job.namespace).some((pod) => ownsPod(job, pod)),
      message: failed.message,
    },
  });
}

function ownsPod({ name }: KubeObject, pod: KubeObject): boolean {
  return pod.labels['job-name'] === name || pod.labels['batch.kubernetes.io/job-name'] === name;
}

/** A controller that was away for a moment catches up. */
const LATE_US = 180_000_000;
/** Who suspended it longer ago than this meant it. */
const SUSPENDED_US = 7 * 86_400_000_000;

/** CronJobs that do not start Jobs when they should (pkg/controller/cronjob). */
export const cronJobsCheck: Check = {
  name: 'cron-jobs',
  run(snapshot, emit) {
    for (const cron of snapshot.all('CronJob'))
      if (cron.deletionUs === undefined) lookAt(snapshot, cron, emit);
  },
};

function lookAt(snapshot: Snapshot, cron: KubeObject, emit: Emit): void {
  const text = asText(cron.spec['schedule']) ?? '';
  const lastUs = asTimeUs(cron.status['lastScheduleTime']);
  const deadline = asCount(cron.spec['startingDeadlineSeconds']);
  const told = reportsAbout(snapshot, cron).findLast(({ reason }) => TOLD.has(reason));
  const say = (problem: string, dueUs: number | undefined): void => {
    emit({
      type: 'cronjob_not_running',
      about: cron,
      ...(dueUs === undefined ? {} : { atUs: dueUs }),
      data: {
        problem,
        schedule: text,
        last_us: lastUs,
        due_us: dueUs,
        deadline_us: deadline === undefined ? undefined : deadline * 1_000_000,
        message: told?.message,
      },
    });
  };
  const zoned = /^(?:CRON_)?TZ=(\S+)\s+/.exec(text);
  const firings = lastFiringsUs(zoned === null ? text : text.slice(zoned[0].length), {
    timeZone: asText(cron.spec['timeZone']) ?? zoned?.[1],
    beforeUs: snapshot.takenUs - LATE_US,
    count: 2,
  });
  if (firings === undefined) {
    if (!text.startsWith('@every') && text !== '') say('schedule', undefined);
    return;
  }
  const [dueUs, beforeUs] = firings;
  if (dueUs === undefined || dueUs < (cron.createdUs ?? 0)) return;
  const sinceUs = lastUs ?? cron.createdUs ?? dueUs;
  if (dueUs <= sinceUs + LATE_US) return;
  if (cron.spec['suspend'] === true) {
    if (snapshot.takenUs - sinceUs < SUSPENDED_US) say('suspended', dueUs);
    return;
  }
  // One run less may be the clock's: two are missed.
  if (beforeUs === undefined || beforeUs <= sinceUs + LATE_US) return;
  const isActive = (asList(cron.status['active']) ?? []).some((entry) => asObject(entry) !== undefined);
  const isKept = isActive && cron.spec['concurrencyPolicy'] === 'Forbid';
  say(isKept ? 'active' : 'missed', dueUs);
}

const TOLD: ReadonlySet<string> = new Set([
  'FailedNeedsStart',
  'TooManyMissedTimes',
  'MissSchedule',
  'InvalidSchedule',
  'UnparseableSchedule',
  'UnknownTimeZone',
  'JobAlreadyActive',
  'FailedCreate',
]);
