import {
  addJob,
  addJobPod,
  cluster,
  isPod,
  makeContainer,
  makeTemplate,
  moveTo,
} from '../../builders/index.ts';
import { newApp, specOf } from '../../open/kit.ts';
import { klog, remade, webhook } from '../../open/second-kit.ts';
import type { Builders } from '../rows.ts';

export const HEALTHY_PLATFORM: Builders = {
  'second-healthy-11': (id) => {
    const c = cluster(id, 'media');
    const from = 'pool-a-m9vwd';
    for (const [reason, minutesAgo] of [
      ['NodeNotSchedulable', 39],
      ['NodeSchedulable', 12],
    ] as const)
      c.event(c.node(from), {
        reason,
        message: `Node ${from} status is now: ${reason}`,
        minutesAgo,
        host: from,
      });
    const w = c.workload('media', 'mongo');
    const [pod] = remade(w, 38);
    if (pod === undefined) throw new Error('mongo has no pod');
    moveTo(c, pod, 'pool-b-t4zzs');
    const runs = c.ago(36.8);
    for (const event of c.events) {
      if ((event['involvedObject'] as { uid?: string }).uid !== pod.metadata.uid) continue;
      if (event['reason'] === 'Scheduled')
        event['message'] = 'Successfully assigned media/mongo-0 to pool-b-t4zzs';
      else
        Object.assign(event, {
          source: { component: 'kubelet', host: 'pool-b-t4zzs' },
          reportingInstance: 'pool-b-t4zzs',
          firstTimestamp: runs,
          lastTimestamp: runs,
        });
    }
    for (const status of pod.status.containerStatuses ?? []) status.state = { running: { startedAt: runs } };
    for (const condition of pod.status.conditions)
      if (condition.type.endsWith('Ready')) condition.lastTransitionTime = c.ago(36.6);
    const volume = String(specOf(c.get('PersistentVolumeClaim', 'media', 'data-mongo-0'))['volumeName']);
    const component = 'attachdetach-controller';
    c.event(pod, {
      type: 'Warning',
      reason: 'FailedAttachVolume',
      message: `Multi-Attach error for volume "${volume}" Volume is already exclusively attached to one node and can't be attached to another`,
      minutesAgo: 38,
      component,
    });
    c.event(pod, {
      reason: 'SuccessfulAttachVolume',
      message: `AttachVolume.Attach succeeded for volume "${volume}"`,
      minutesAgo: 37.1,
      component,
    });
    return c.files('json');
  },
  'second-healthy-12': (id) => {
    const c = cluster(id, 'retail');
    c.namespace('mesh', 90_000);
    webhook(c, 'MutatingWebhookConfiguration', {
      name: 'sidecar-injector',
      hook: 'inject.example.com',
      service: { namespace: 'mesh', name: 'sidecar-injector', path: '/inject' },
      minutesAgo: 90_000,
      failurePolicy: 'Ignore',
    });
    const w = newApp(c, { namespace: 'mesh', name: 'sidecar-injector', minutesAgo: 90_000 });
    const service = c.get('Service', 'mesh', 'sidecar-injector');
    specOf(service)['ports'] = [{ name: 'https', port: 443, targetPort: 8080, protocol: 'TCP' }];
    w.roll({ by: 'helm', minutesAgo: 43, fields: ['image'], mode: 'recreate' }, (container) => {
      container.image = 'registry.example.com/apps/sidecar-injector:1.0.1';
    });
    const text =
      'failed calling webhook "inject.example.com": failed to call webhook: Post "https://sidecar-injector.mesh.svc:443/inject?timeout=10s": dial tcp 10.96.90.41:443: connect: connection refused';
    c.log({ namespace: 'kube-system', pod: 'kube-apiserver-cp-1', container: 'kube-apiserver' }, [
      klog(
        c,
        'W',
        43.1,
        `dispatcher.go:217] Failed calling webhook, failing open inject.example.com: ${text}`,
      ),
      klog(c, 'E', 43.1, `dispatcher.go:223] ${text}`),
      klog(c, 'I', 20, 'controller.go:624] quota admission added evaluator for: replicasets.apps'),
    ]);
    return c.files('must-gather');
  },
  'second-healthy-13': (id) => {
    const c = cluster(id, 'media');
    const image = 'ghcr.io/example/reindex:2.2.0';
    const cron = c.add({
      apiVersion: 'batch/v1',
      kind: 'CronJob',
      metadata: { ...c.meta('reindex', 'media', 80_000), generation: 1 },
      spec: {
        schedule: '15 * * * *',
        suspend: false,
        concurrencyPolicy: 'Forbid',
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          spec: {
            template: makeTemplate({ app: 'reindex' }, makeContainer('main', image), {
              restartPolicy: 'Never',
            }),
          },
        },
      },
      status: {},
    });
    const job = addJob(c, {
      namespace: 'media',
      name: `reindex-${Math.floor(c.nowMs / 60_000) - 152}`,
      image,
      minutesAgo: 152,
      cronJob: cron,
    });
    const { name, uid } = job.metadata;
    cron.status = {
      active: [{ apiVersion: 'batch/v1', kind: 'Job', namespace: 'media', name, uid }],
      lastScheduleTime: c.ago(152),
      lastSuccessfulTime: c.ago(1500),
    };
    job.status = { active: 1, ready: 1, startTime: c.ago(152), terminating: 0, uncountedTerminatedPods: {} };
    const pod = addJobPod(c, job, { minutesAgo: 152, seconds: 1 });
    if (!isPod(pod)) throw new Error('no pod');
    pod.status.phase = 'Running';
    pod.status.conditions = pod.status.conditions.map(({ type }) => ({
      type,
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: c.ago(152),
    }));
    for (const status of pod.status.containerStatuses ?? [])
      Object.assign(status, { ready: true, started: true, state: { running: { startedAt: c.ago(151.9) } } });
    const progress = [151, 120, 90, 60, 30, 2].map(
      (minutes, index) => `time=${c.ago(minutes)} level=INFO msg="reindex" done=${index * 19}% errors=0`,
    );
    c.log({ namespace: 'media', pod: pod.metadata.name, container: 'main' }, progress);
    c.event(cron, {
      reason: 'JobAlreadyActive',
      message: 'Not starting job because prior execution is running and concurrency policy is Forbid',
      count: 2,
      sinceMinutesAgo: 92,
      minutesAgo: 32,
      component: 'cronjob-controller',
    });
    return c.files('yaml');
  },
};
