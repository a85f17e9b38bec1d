import type { EventTypeRow } from '../row.ts';
import { flag, integer, objectKeys, promoted, required, said, text } from '../row.ts';

const message = text('what the API server or controller said, scrubbed');
const proven = text('message: a component says so; objects: the objects show it; both');

/** What admission, quotas and controllers refuse, hold back or fail at. */
export const CONTROL_VOCABULARY = {
  pod_refused: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'The API server refuses the pods (or claims) that a workload’s controller wants to make. `refers` is the quota, account, webhook, class or namespace that it is refused for.',
    data: {
      ...objectKeys,
      problem: required(
        promoted(
          text(
            'quota, quota_requires, limit_range, service_account, pod_security, webhook_denied, webhook_unavailable, policy_denied, priority_class, runtime_class, terminating, selector, forbidden, invalid or other',
          ),
        ),
      ),
      resource: promoted(text('for a quota: cpu, memory, pods, storage or objects')),
      quota_key: text('the quota’s own name of it: requests.cpu'),
      requested: text('how much is asked for'),
      used: text('how much is used'),
      limited: text('how much is allowed'),
      subject: promoted(text('webhook, policy, field, level or class that it is about')),
      nearest: text('an object that may be meant'),
      missing_pods: integer('pods that the workload lacks', 'count'),
      message,
      proven,
    },
    summary: (event) => `pods of ${said(event, 'object')} are refused: ${said(event, 'problem')}`,
  },
  pods_refused_by: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'A quota, limit range or namespace that refuses pods: evidence for what became of them, told only where some are refused.',
    data: {
      ...objectKeys,
      problem: required(promoted(text('quota, limit_range or terminating'))),
      quota_key: text('for a quota: what is used up'),
      used: text('how much is used'),
      limited: text('how much is allowed'),
      message,
    },
    summary: (event) => `${said(event, 'object')} refuses pods: ${said(event, 'problem')}`,
  },
  extension_unavailable: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A part of the API that a Service of the cluster serves does not answer: an APIService that is not available, or a webhook whose call failed. `refers` is the Service.',
    data: {
      ...objectKeys,
      kind: required(promoted(text('api or webhook'))),
      group: promoted(text('API group: metrics.k8s.io; for a webhook its name')),
      service_exists: flag('the Service is there; left out where nobody can tell'),
      reason: text('reason of the Available condition: MissingEndpoints'),
      message,
    },
    summary: (event) => `${said(event, 'object')} does not answer (${said(event, 'refers')})`,
  },
  rollout_stuck: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'A workload’s new revision does not get through.',
    data: {
      ...objectKeys,
      problem: required(promoted(text('deadline, paused, strategy, partition or on_delete'))),
      updated: integer('pods of the new revision', 'count'),
      replicas: integer('pods that are wanted', 'count'),
      available: integer('pods that are available', 'count'),
      image: text('image of the new revision'),
      max_surge: text('maxSurge'),
      max_unavailable: text('maxUnavailable'),
      message,
    },
    summary: (event) => `rollout of ${said(event, 'object')} does not get through: ${said(event, 'problem')}`,
  },
  workload_scaled_to_zero: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning: 'A workload wants no pods, though a Service leads to nothing else. `refers` is the Service.',
    data: {
      ...objectKeys,
      clients: required(integer('workloads and Ingresses that are configured to use the Service', 'count')),
      autoscaled: required(flag('an autoscaler has it as target')),
      recent: required(flag('it was scaled down in the last day, as its Events or field managers tell')),
      replaced: flag('another colour or version of it runs beside: site-green beside site-blue'),
      manager: text('field manager that set the replicas'),
    },
    summary: (event) =>
      `${said(event, 'object')} is scaled to zero, and ${said(event, 'refers')} leads to nothing else`,
  },
  statefulset_waits: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A StatefulSet makes or updates its pods one after the other and waits for an earlier one that is not ready.',
    data: {
      ...objectKeys,
      pod: required(promoted(text('the pod that it waits for'))),
      pods: required(integer('pods that there are', 'count')),
      replicas: required(integer('pods that are wanted', 'count')),
    },
    summary: (event) => `${said(event, 'object')} waits for ${said(event, 'pod')}`,
  },
  autoscaler_failing: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning: 'A HorizontalPodAutoscaler can’t do its work. `refers` is what it scales.',
    data: {
      ...objectKeys,
      problem: required(
        promoted(text('target, metrics_api, requests_missing, selector, metrics or maximum')),
      ),
      reason: text('reason of the condition'),
      replicas: integer('replicas that there are', 'count'),
      max_replicas: integer('replicas that it may have', 'count'),
      nearest: text('a workload that may be meant'),
      group: text('API group that does not answer: metrics.k8s.io'),
      message,
    },
    summary: (event) =>
      `${said(event, 'object')} does not scale ${said(event, 'refers')}: ${said(event, 'problem')}`,
  },
  job_failed: {
    source: 'kubeapi',
    severity: 'error',
    lane: 'signal',
    meaning:
      'A Job failed, and no later one of its CronJob did better. `object` is the CronJob where there is one.',
    data: {
      ...objectKeys,
      job: required(promoted(text('name of the Job'))),
      problem: required(promoted(text('backoff, deadline, policy or other'))),
      failed: integer('pods that failed', 'count'),
      limit: integer('backoffLimit', 'count'),
      deadline_us: integer('activeDeadlineSeconds', 'us'),
      pods_seen: required(flag('pods of it are still there')),
      message,
    },
    summary: (event) => `job ${said(event, 'job')} failed: ${said(event, 'problem')}`,
  },
  cronjob_not_running: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning: 'A CronJob does not start Jobs when its schedule says so.',
    data: {
      ...objectKeys,
      problem: required(promoted(text('suspended, missed, active or schedule'))),
      schedule: required(text('its schedule')),
      last_us: integer('when it last started one', 'us'),
      due_us: integer('when it should have', 'us'),
      deadline_us: integer('startingDeadlineSeconds', 'us'),
      message,
    },
    summary: (event) => `${said(event, 'object')} does not start: ${said(event, 'problem')}`,
  },
  disruption_budget_blocks: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning:
      'A PodDisruptionBudget lets no pod go while a node that has one of its pods is being emptied. `refers` is the node.',
    data: {
      ...objectKeys,
      pod: required(promoted(text('a pod that can’t be evicted'))),
      expected: integer('pods that it counts', 'count'),
      healthy: integer('of them healthy', 'count'),
      desired: integer('that must stay healthy', 'count'),
      never: required(flag('it would not let one go even if all were healthy')),
    },
    summary: (event) => `${said(event, 'object')} keeps ${said(event, 'pod')} on ${said(event, 'refers')}`,
  },
  deletion_stuck: {
    source: 'kubeapi',
    severity: 'warning',
    lane: 'signal',
    meaning: 'An object was to be deleted long ago and is still there, as a finalizer was not removed.',
    data: {
      ...objectKeys,
      finalizer: required(promoted(text('finalizers, joined by commas'))),
      since_us: required(integer('for how long', 'us')),
      remaining: text('for a namespace: what is left in it'),
      message,
    },
    summary: (event) => `${said(event, 'object')} can’t be deleted: ${said(event, 'finalizer')}`,
  },
  token_mount_disabled: {
    source: 'kubeapi',
    severity: 'info',
    lane: 'signal',
    meaning: 'Pods of a workload get no token of their service account. `refers` is the account.',
    data: { ...objectKeys, by: required(text('pod or account: whose setting it is')) },
    summary: (event) => `${said(event, 'object')} gets no token of ${said(event, 'refers')}`,
  },
  pod_spec_mutated: {
    source: 'kubeapi',
    severity: 'info',
    lane: 'signal',
    meaning:
      'Pods differ from the template that they were made from: something changed them when they were admitted. `refers` is a webhook that could, where only one can.',
    data: {
      ...objectKeys,
      field: required(promoted(text('path of the field: spec.containers[app].image'))),
      template: text('value in the template'),
      pod: required(text('a pod that differs')),
      value: text('value in the pod'),
    },
    summary: (event) => `pods of ${said(event, 'object')} were changed at ${said(event, 'field')}`,
  },
} as const satisfies Record<string, EventTypeRow>;
