import { addJob, addJobPod, completeJob, makeContainer, taint } from '../builders/index.ts';
import { addCronJob } from '../builders/jobs.ts';
import type { OpenCase } from './kit.ts';
import { newApp, specOf } from './kit.ts';

export const WELL_CONTROLLERS: readonly OpenCase[] = [
  {
    id: 'open-well-retry',
    title: "a Job's first two pods failed and the third one did the work",
    sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const job = addJob(c, {
        namespace: 'billing',
        name: 'backfill-7',
        image: 'ghcr.io/example/backfill:7',
        minutesAgo: 55,
      });
      for (const minutesAgo of [55, 53]) {
        const pod = addJobPod(c, job, { minutesAgo, seconds: 20, exitCode: 1 });
        c.log({ namespace: 'billing', pod: pod.metadata.name, container: 'main' }, [
          `${c.ago(minutesAgo)} ERROR could not obtain lock, another run holds it`,
        ]);
      }
      completeJob(c, job, { minutesAgo: 50, seconds: 300 });
      job.status = { ...job.status, failed: 2 };
      c.event(job, {
        reason: 'Completed',
        message: 'Job completed',
        minutesAgo: 45,
        component: 'job-controller',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-well-suspended',
    title: 'a CronJob has been suspended for months, and a Job is created suspended for a queue',
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-suspension',
      'https://kueue.sigs.k8s.io/docs/concepts/workload/',
    ],
    theme: 'media',
    truth: null,
    make: (c) => {
      addCronJob(c, {
        namespace: 'media',
        name: 'import-legacy',
        image: 'ghcr.io/example/batch:0.9.0',
        schedule: '0 4 * * *',
        everyMinutes: 1440,
      });
      const cron = c.get('CronJob', 'media', 'import-legacy');
      specOf(cron)['suspend'] = true;
      cron.status = { lastScheduleTime: c.ago(150_000), lastSuccessfulTime: c.ago(149_990) };
      for (const job of c
        .ofKind('Job', 'media')
        .filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === 'import-legacy'))
        c.remove(job);
      for (const pod of c
        .ofKind('Pod', 'media')
        .filter(({ metadata }) => metadata.name.startsWith('import-legacy')))
        c.remove(pod);
      const queued = addJob(c, {
        namespace: 'media',
        name: 'train-4',
        image: 'ghcr.io/example/train:4',
        minutesAgo: 12,
        spec: { suspend: true },
      });
      const at = c.ago(12);
      queued.status = {
        conditions: [
          {
            type: 'Suspended',
            status: 'True',
            reason: 'JobSuspended',
            message: 'Job suspended',
            lastProbeTime: at,
            lastTransitionTime: at,
          },
        ],
      };
      return c.files('yaml');
    },
  },
  {
    id: 'open-well-at-zero',
    title:
      'a worker is kept at zero by an event-driven autoscaler until there is work; old revisions are at zero',
    sources: ['https://keda.sh/docs/latest/concepts/scaling-deployments/'],
    theme: 'media',
    truth: null,
    make: (c) => {
      const w = newApp(c, { namespace: 'media', name: 'batch-worker', minutesAgo: 40_000 });
      c.remove(c.get('Service', 'media', 'batch-worker'));
      w.scale(0, 'keda', 300);
      return c.files('json');
    },
  },
  {
    id: 'open-well-budget',
    title: 'a disruption budget allows nothing at the moment, and nobody drains',
    sources: ['https://kubernetes.io/docs/concepts/workloads/pods/disruptions/'],
    theme: 'media',
    truth: null,
    make: (c) => {
      c.add({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { ...c.meta('mongo', 'media', 90_000), generation: 1 },
        spec: { minAvailable: 1, selector: { matchLabels: { app: 'mongo' } } },
        status: {},
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-well-quota',
    title: 'a quota is nearly used up, and everything that was asked for is there',
    sources: ['https://kubernetes.io/docs/concepts/policy/resource-quotas/'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      c.add({
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: c.meta('tight', 'billing', 50_000),
        spec: { hard: { pods: '14', 'count/services': '9' } },
        status: { hard: { pods: '14', 'count/services': '9' }, used: { pods: '14', 'count/services': '9' } },
      });
      return c.files('json');
    },
  },
  {
    id: 'open-well-daemon',
    title: 'a DaemonSet has no pod on a node whose taint it does not tolerate, as intended',
    sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      taint(c, c.node('worker-3'), {
        key: 'dedicated',
        value: 'batch',
        effect: 'NoSchedule',
        minutesAgo: 150_000,
      });
      const template = structuredClone(c.workload('billing', 'tax').template);
      template.metadata.labels = { app: 'log-shipper' };
      delete template.spec.serviceAccountName;
      template.spec.containers = [makeContainer('log-shipper', 'fluent/fluent-bit:3.1.9')];
      c.addWorkload({
        kind: 'DaemonSet',
        namespace: 'kube-system',
        name: 'log-shipper',
        replicas: 2,
        template,
        createdMinutesAgo: 140_000,
        podsMinutesAgo: 60_000,
        hosts: c.hosts.filter(({ name }) => name !== 'worker-3'),
      });
      return c.files('json');
    },
  },
  {
    id: 'open-well-rolling',
    title: 'a roll-out began a minute ago and its first new pod is starting',
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment',
    ],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const w = c.workload('shop', 'inventory');
      w.roll({ by: 'kubectl-set', minutesAgo: 1.2, fields: ['image'], mode: 'stuck' }, (container) => {
        container.image = 'registry.example.com/shop/inventory:1.5.0';
      });
      for (const pod of w.fresh)
        c.event(pod, {
          type: 'Warning',
          reason: 'Unhealthy',
          message: `Readiness probe failed: Get "http://${pod.status.podIP ?? ''}:8080/ready": dial tcp ${pod.status.podIP ?? ''}:8080: connect: connection refused`,
          minutesAgo: 1.1,
          container: 'inventory',
          host: pod.spec.nodeName ?? '',
        });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-well-autoscaler',
    title: 'an autoscaler went to its minimum in a quiet hour, and said once that a metric was not there yet',
    sources: ['pkg/controller/podautoscaler/horizontal.go'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const object = c.get('HorizontalPodAutoscaler', 'shop', 'frontend');
      const said = (object.status?.['conditions'] ?? []) as { type: string }[];
      object.status = {
        ...object.status,
        conditions: [
          ...said.filter(({ type }) => type !== 'ScalingLimited'),
          {
            type: 'ScalingLimited',
            status: 'True',
            reason: 'TooFewReplicas',
            message: 'the desired replica count is less than the minimum replica count',
            lastTransitionTime: c.ago(35),
          },
        ],
      };
      c.event(object, {
        type: 'Warning',
        reason: 'FailedGetResourceMetric',
        message:
          'failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)',
        minutesAgo: 44,
        component: 'horizontal-pod-autoscaler',
      });
      return c.files('must-gather');
    },
  },
];
