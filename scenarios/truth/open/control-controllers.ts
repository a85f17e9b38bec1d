import { addJob, addJobPod, crashing, notReady, waiting } from '../builders/index.ts';
import type { Cluster, Manifest, Workload } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, specOf, truthOf } from './kit.ts';

const HPA = 'pkg/controller/podautoscaler/horizontal.go';
const CRON = 'pkg/controller/cronjob/cronjob_controllerv2.go';
const JOB = 'https://kubernetes.io/docs/concepts/workloads/controllers/job/';
const STATEFUL = 'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/';

function scaler(
  c: Cluster,
  conditions: readonly { type: string; reason: string; message: string }[],
): Manifest {
  const object = c.get('HorizontalPodAutoscaler', 'social', 'timeline');
  const said = (object.status?.['conditions'] ?? []) as { type: string }[];
  object.status = {
    ...object.status,
    currentMetrics: null,
    conditions: [
      ...said.filter(({ type }) => !conditions.some((other) => other.type === type)),
      ...conditions.map((condition) => ({ ...condition, status: 'False', lastTransitionTime: c.ago(95) })),
    ],
  };
  for (const { reason, message } of conditions)
    c.event(object, {
      type: 'Warning',
      reason,
      message,
      count: 360,
      sinceMinutesAgo: 95,
      minutesAgo: 0.3,
      component: 'horizontal-pod-autoscaler',
    });
  return object;
}

/** A search cluster that was given two more members. */
function threeMembers(c: Cluster): Workload {
  const w = c.workload('shop', 'opensearch');
  w.scale(2, 'kubectl-scale', 40);
  specOf(w.manifest)['replicas'] = 3;
  return w;
}

export const CONTROLLERS: readonly OpenCase[] = [
  {
    id: 'open-autoscaler-target',
    title: 'an autoscaler scales a Deployment that was renamed',
    sources: [HPA, 'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/'],
    theme: 'media',
    truth: truthOf('HorizontalPodAutoscaler/social/timeline', ['autoscaler-target-missing']),
    make: (c) => {
      const object = scaler(c, [
        {
          type: 'AbleToScale',
          reason: 'FailedGetScale',
          message:
            'the HPA controller was unable to get the target\'s current scale: deployments.apps "timeline-api" not found',
        },
      ]);
      specOf(object)['scaleTargetRef'] = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'timeline-api' };
      return c.files('yaml');
    },
  },
  {
    id: 'open-autoscaler-target-b',
    twinOf: 'open-autoscaler-target',
    title: 'an autoscaler asks for a metric that nobody serves',
    sources: [HPA, 'https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/'],
    theme: 'media',
    truth: truthOf('HorizontalPodAutoscaler/social/timeline', ['autoscaler-metrics-missing']),
    make: (c) => {
      const text =
        'unable to get metric requests_per_second: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';
      const object = scaler(c, [
        {
          type: 'ScalingActive',
          reason: 'FailedGetPodsMetric',
          message: `the HPA was unable to compute the replica count: ${text}`,
        },
      ]);
      specOf(object)['metrics'] = [
        {
          type: 'Pods',
          pods: {
            metric: { name: 'requests_per_second' },
            target: { type: 'AverageValue', averageValue: '50' },
          },
        },
      ];
      return c.files('yaml');
    },
  },
  {
    id: 'open-cron-secret',
    title: "a CronJob's runs can't start, since the Secret that they take a password from is not there",
    sources: ['pkg/kubelet/kubelet_pods.go', CRON],
    theme: 'retail',
    truth: truthOf('CronJob/shop/nightly-report', ['secret-missing']),
    make: (c) => {
      const cron = c.get('CronJob', 'shop', 'nightly-report');
      cron.status = {
        ...cron.status,
        lastScheduleTime: c.ago(38),
        active: [{ kind: 'Job', name: 'nightly-report-29402077', namespace: 'shop' }],
      };
      const env = [
        {
          name: 'SMTP_PASSWORD',
          valueFrom: { secretKeyRef: { name: 'report-credentials', key: 'password' } },
        },
      ];
      const job = addJob(c, {
        namespace: 'shop',
        name: 'nightly-report-29402077',
        image: 'ghcr.io/example/batch:1.4.0',
        minutesAgo: 38,
        cronJob: cron,
        container: { env },
      });
      job.status = { active: 1, startTime: c.ago(38), ready: 0 };
      const pod = addJobPod(c, job, { minutesAgo: 38, seconds: 1 });
      waiting(
        { store: c, namespace: 'shop', container: pod.spec.containers[0], fresh: [pod] },
        {
          reason: 'CreateContainerConfigError',
          message: 'secret "report-credentials" not found',
          minutesAgo: 38,
          warnings: [['Failed', 'Error: secret "report-credentials" not found', 170]],
        },
      );
      return c.files('json');
    },
  },
  {
    id: 'open-cron-secret-b',
    twinOf: 'open-cron-secret',
    title:
      'a CronJob starts no run any more, since its deadline for starting is shorter than what the controller needs',
    sources: [CRON, 'https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#starting-deadline'],
    theme: 'retail',
    truth: truthOf('CronJob/shop/nightly-report', ['cronjob-schedule-missed'], {
      change: ['CronJob/shop/nightly-report', 'spec.startingDeadlineSeconds'],
    }),
    make: (c) => {
      const cron = c.get('CronJob', 'shop', 'nightly-report');
      specOf(cron)['startingDeadlineSeconds'] = 2;
      c.changed(cron, { by: 'kubectl-edit', minutesAgo: 1500, fields: ['spec/startingDeadlineSeconds'] });
      cron.status = { lastScheduleTime: c.ago(1550), lastSuccessfulTime: c.ago(1549) };
      for (const minutesAgo of [170, 50])
        c.event(cron, {
          type: 'Warning',
          reason: 'MissSchedule',
          message: `Missed scheduled time to start a job: ${new Date(c.nowMs - minutesAgo * 60_000).toUTCString().replace('GMT', '+0000')}`,
          minutesAgo,
          component: 'cronjob-controller',
        });
      return c.files('json');
    },
  },
  {
    id: 'open-job-deadline',
    title: 'a Job is stopped at its deadline while it works',
    sources: [JOB, 'pkg/controller/job/job_controller.go'],
    theme: 'media',
    truth: truthOf('Job/media/reindex', ['job-deadline-exceeded']),
    make: (c) => {
      const job = addJob(c, {
        namespace: 'media',
        name: 'reindex',
        image: 'ghcr.io/example/reindex:3.0.1',
        minutesAgo: 50,
        spec: { activeDeadlineSeconds: 1200 },
      });
      failedJob(c, job, {
        reason: 'DeadlineExceeded',
        message: 'Job was active longer than specified deadline',
        minutesAgo: 30,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-job-deadline-b',
    twinOf: 'open-job-deadline',
    title: 'a Job gives up: its program can not log in at the database',
    sources: [JOB, 'https://www.mongodb.com/docs/manual/reference/error-codes/'],
    theme: 'media',
    truth: truthOf('Job/media/reindex', ['authentication-failed', 'job-backoff-limit-exceeded']),
    make: (c) => {
      const job = addJob(c, {
        namespace: 'media',
        name: 'reindex',
        image: 'ghcr.io/example/reindex:3.0.1',
        minutesAgo: 50,
        spec: { backoffLimit: 2 },
      });
      for (const minutesAgo of [50, 48, 44]) {
        const pod = addJobPod(c, job, { minutesAgo, seconds: 6, exitCode: 1 });
        c.log({ namespace: 'media', pod: pod.metadata.name, container: 'main' }, [
          `${c.ago(minutesAgo)} INFO connecting to mongo:27017`,
          `${c.ago(minutesAgo - 0.1)} ERROR MongoServerError: Authentication failed. (code 18)`,
        ]);
      }
      failedJob(c, job, {
        reason: 'BackoffLimitExceeded',
        message: 'Job has reached the specified backoff limit',
        minutesAgo: 43,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-set-order',
    title: 'the second member crashes on a setting, and the third is never made',
    sources: [
      STATEFUL,
      'https://opensearch.org/docs/latest/install-and-configure/install-opensearch/index/#important-settings',
    ],
    theme: 'retail',
    truth: truthOf('StatefulSet/shop/opensearch', ['application-error', 'config-value-invalid']),
    make: (c) => {
      const w = threeMembers(c);
      crashing(w, {
        pods: w.pods.slice(1),
        exitCode: 78,
        minutesAgo: 39,
        restarts: 12,
        log: [
          'ERROR: [1] bootstrap checks failed',
          '[1]: max virtual memory areas vm.max_map_count [65530] is too low, increase to at least [262144]',
          'ERROR: OpenSearch did not exit normally - check the logs at /usr/share/opensearch/logs/docker-cluster.log',
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-set-order-b',
    twinOf: 'open-set-order',
    title: 'the second member runs and never gets ready: its probe asks a port on which it does not listen',
    sources: [STATEFUL, 'pkg/probe/tcp/tcp.go'],
    theme: 'retail',
    truth: truthOf('StatefulSet/shop/opensearch', ['readiness-probe-wrong-port'], {
      effects: ['Service/shop/opensearch', 'Deployment/shop/search'],
      change: ['StatefulSet/shop/opensearch', 'readinessProbe.tcpSocket.port'],
    }),
    make: (c) => {
      const w = c.workload('shop', 'opensearch');
      w.roll(
        { by: 'kubectl-edit', minutesAgo: 45, fields: ['readinessProbe/tcpSocket/port'] },
        (container) => {
          if (container.readinessProbe?.tcpSocket !== undefined)
            container.readinessProbe.tcpSocket.port = 9201;
        },
      );
      specOf(w.manifest)['replicas'] = 3;
      notReady(w, {
        minutesAgo: 45,
        probe: 'Readiness probe failed: dial tcp POD_IP:9201: connect: connection refused',
      });
      ask(c, {
        namespace: 'shop',
        clients: ['search'],
        service: 'opensearch',
        trouble: 'refused',
        minutesAgo: 44,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-at-zero',
    title: 'somebody scaled a Deployment to zero, and what asks it fails',
    sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#scaling-a-deployment'],
    theme: 'media',
    truth: truthOf('Deployment/media/metadata', ['scaled-to-zero'], {
      effects: ['Service/media/metadata', 'Deployment/media/feed', 'Service/media/feed'],
      change: ['Deployment/media/metadata', 'spec.replicas'],
    }),
    make: (c) => {
      c.workload('media', 'metadata').scale(0, 'kubectl-scale', 34);
      ask(c, {
        namespace: 'media',
        clients: ['feed', 'api'],
        service: 'metadata',
        trouble: 'refused',
        minutesAgo: 33,
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-at-zero-b',
    twinOf: 'open-at-zero',
    title: 'a Deployment was paused in the middle of a change',
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pausing-and-resuming-a-deployment',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/metadata', ['rollout-paused'], {
      change: ['Deployment/media/metadata', 'spec.paused'],
    }),
    make: (c) => {
      const w = c.workload('media', 'metadata');
      w.spec['paused'] = true;
      w.container.image = 'ghcr.io/example/media-metadata:2.10.0';
      c.changed(w.manifest, { by: 'kubectl-rollout', minutesAgo: 400, fields: ['spec/paused'] });
      const at = { lastTransitionTime: c.ago(400), lastUpdateTime: c.ago(400) };
      w.manifest.status = {
        conditions: [
          {
            type: 'Progressing',
            status: 'Unknown',
            reason: 'DeploymentPaused',
            message: 'Deployment is paused',
            ...at,
          },
        ],
      };
      return c.files('json');
    },
  },
];

function failedJob(
  c: Cluster,
  job: Manifest,
  failure: { reason: string; message: string; minutesAgo: number },
): void {
  const { reason, message, minutesAgo } = failure;
  const at = c.ago(minutesAgo);
  job.status = {
    failed: 1,
    ready: 0,
    startTime: c.ago(50),
    conditions: ['FailureTarget', 'Failed'].map((type) => ({
      type,
      status: 'True',
      reason,
      message,
      lastProbeTime: at,
      lastTransitionTime: at,
    })),
  };
  c.event(job, { type: 'Warning', reason, message, minutesAgo, component: 'job-controller' });
}
