import type { RecordedFault } from '../fault.ts';
import { NEIGHBOURS, READY, deployment, served, service, truthOf } from '../fault.ts';

const POD = (command: string): string =>
  `{restartPolicy: Never, containers: [{name: main, image: $IMAGE, imagePullPolicy: IfNotPresent, command: [sh, -c, ${JSON.stringify(command)}]}]}`;

const cronJob = (name: string, fields: string, command: string): string =>
  `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: ${name}}\nspec: {${fields}, jobTemplate: {spec: {template: {spec: ${POD(command)}}}}}\n---\n`;

const autoscaler = (target: string): string =>
  `apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: api}\nspec: {minReplicas: 1, maxReplicas: 4, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ${target}}, metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]}\n---\n`;

export const CONTROLLER_FAULTS: readonly RecordedFault[] = [
  {
    id: 'recorded-cron-suspended',
    title: 'a CronJob that ran every minute was suspended',
    area: 'control',
    namespace: 'clock',
    manifests: NEIGHBOURS + cronJob('report', 'schedule: "* * * * *"', 'echo "sent 4 reports"'),
    settleSeconds: 75,
    then: cronJob('report', 'schedule: "* * * * *", suspend: true', 'echo "sent 4 reports"'),
    shows: [/"suspend": true/, /"succeeded": 1/],
    lingerSeconds: 65,
    truth: truthOf('CronJob/clock/report', ['cronjob-suspended'], {
      change: { object: 'CronJob/clock/report', field: 'suspend' },
    }),
    layout: 'get',
  },
  {
    id: 'recorded-cron-hung',
    title: 'a run of a CronJob hangs, and no other may run beside it',
    area: 'control',
    namespace: 'clock-b',
    manifests:
      NEIGHBOURS +
      cronJob(
        'sync',
        'schedule: "* * * * *", concurrencyPolicy: Forbid',
        'echo "waiting for lock"; sleep 900',
      ),
    shows: [/JobAlreadyActive/],
    lingerSeconds: 40,
    truth: truthOf('CronJob/clock-b/sync', ['cronjob-schedule-missed'], {
      chain: ['CronJob/clock-b/sync'],
    }),
    twinOf: 'recorded-cron-suspended',
    layout: 'get',
  },
  {
    id: 'recorded-deadline',
    title: 'a Job runs longer than it may',
    area: 'control',
    namespace: 'clock-c',
    manifests:
      NEIGHBOURS +
      `apiVersion: batch/v1\nkind: Job\nmetadata: {name: reindex}\nspec: {activeDeadlineSeconds: 20, template: {spec: ${POD('for i in 1 2 3 4 5 6 7 8 9; do echo "batch $i of 900"; sleep 5; done')}}}\n---\n`,
    shows: [/DeadlineExceeded/],
    lingerSeconds: 40,
    truth: truthOf('Job/clock-c/reindex', ['job-deadline-exceeded']),
    twinOf: 'recorded-job',
    layout: 'get',
  },
  {
    id: 'recorded-first-replica',
    title: 'the first pod of a StatefulSet never gets ready, so the others are not made',
    area: 'control',
    namespace: 'clock-d',
    manifests:
      NEIGHBOURS +
      service('store') +
      `apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: store}\nspec:\n  replicas: 3\n  serviceName: store\n  selector: {matchLabels: {app: store}}\n  template:\n    metadata: {labels: {app: store}}\n    spec: {terminationGracePeriodSeconds: 1, containers: [{name: store, image: $IMAGE, imagePullPolicy: IfNotPresent, command: [sh, -c, "echo waiting for quorum; sleep 900"], readinessProbe: {exec: {command: [test, -f, /tmp/joined]}, periodSeconds: 3}}]}\n---\n`,
    shows: [/Readiness probe failed/],
    lingerSeconds: 30,
    truth: truthOf('StatefulSet/clock-d/store', ['readiness-probe-failing', 'replica-blocked-by-earlier']),
    layout: 'get',
  },
  {
    id: 'recorded-autoscaler-metrics',
    title: 'an autoscaler gets no metrics, since nothing serves them',
    area: 'control',
    namespace: 'clock-e',
    manifests:
      NEIGHBOURS +
      served('api', { container: `${READY}\nresources: {requests: {cpu: 20m}}` }) +
      autoscaler('api'),
    shows: [/FailedGetResourceMetric/],
    lingerSeconds: 20,
    truth: truthOf('HorizontalPodAutoscaler/clock-e/api', ['autoscaler-metrics-missing']),
    layout: 'get',
  },
  {
    id: 'recorded-autoscaler-target',
    title: 'an autoscaler names a Deployment that is called otherwise',
    area: 'control',
    namespace: 'clock-f',
    manifests: NEIGHBOURS + served('api') + autoscaler('api-server'),
    shows: [/FailedGetScale/],
    lingerSeconds: 10,
    truth: truthOf('HorizontalPodAutoscaler/clock-f/api', ['autoscaler-target-missing']),
    twinOf: 'recorded-autoscaler-metrics',
    layout: 'get',
  },
  {
    id: 'recorded-scheduler',
    title: 'the scheduler is stopped: new pods get no node and no word',
    area: 'platform',
    namespace: 'clock-g',
    manifests: NEIGHBOURS + served('api'),
    stops: 'kube-scheduler',
    then: served('web'),
    shows: [/"app": "web"[\s\S]*"phase": "Pending"/],
    lingerSeconds: 45,
    truth: truthOf('Pod/kube-system/kube-scheduler', ['scheduler-down'], {
      chain: ['Pod/kube-system/kube-scheduler', 'Deployment/clock-g/web'],
    }),
    layout: 'get',
  },
  {
    id: 'recorded-controllers',
    title: 'the controller manager is stopped: a new Deployment gets no ReplicaSet',
    area: 'platform',
    namespace: 'clock-h',
    manifests: NEIGHBOURS + served('api'),
    stops: 'kube-controller-manager',
    then: served('web') + deployment({ name: 'api', replicas: 3, container: READY }),
    shows: [/"name": "web"/],
    lingerSeconds: 45,
    truth: truthOf('Pod/kube-system/kube-controller-manager', ['controller-manager-down'], {
      chain: ['Pod/kube-system/kube-controller-manager', 'Deployment/clock-h/web'],
    }),
    twinOf: 'recorded-scheduler',
    layout: 'get',
  },
];
