import type { DumpFiles } from '../case.ts';
import {
  addClaim,
  addJob,
  addJobPod,
  clearNode,
  cluster,
  completeJob,
  failingClient,
  isPod,
  nodeCondition,
  taint,
} from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

const DAY = 1440;

export const HEALTHY: Builders = {
  'healthy-01': (id) => cluster(id, 'retail').files('cluster-info', { quiet: true }),
  'healthy-02': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'thumbnails');
    w.dropPods(w.pods.slice(1));
    const pod = w.addPod(52);
    const host = pod.spec.nodeName ?? '';
    c.event(pod, {
      type: 'Warning',
      reason: 'FailedScheduling',
      message:
        '0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 Insufficient cpu. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.',
      minutesAgo: 54,
      component: 'default-scheduler',
    });
    c.event(pod, {
      type: 'Warning',
      reason: 'FailedMount',
      message:
        'MountVolume.SetUp failed for volume "kube-api-access-x7k2p" : failed to sync configmap cache: timed out waiting for the condition',
      minutesAgo: 51.9,
      host,
    });
    const gone = { apiVersion: 'v1', kind: 'Pod', namespace: 'media', name: 'debug-shell' };
    c.event(gone, {
      type: 'Warning',
      reason: 'BackOff',
      message:
        'Back-off restarting failed container shell in pod debug-shell_media(0b5ce0f7-55e1-4d9b-a0f3-9a4de64f1c11)',
      count: 7,
      sinceMinutesAgo: 58,
      minutesAgo: 55,
      container: 'shell',
      host,
    });
    return c.files('json');
  },
  'healthy-03': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('shop', 'catalog');
    const old = [...w.pods];
    w.roll({ by: 'argocd-controller', minutesAgo: 4, fields: ['image'] }, (container) => {
      container.image = 'registry.example.com/shop/catalog:1.18.3';
    });
    for (const pod of old) {
      const about = { container: 'catalog', host: pod.spec.nodeName ?? '' };
      const ip = pod.status.podIP ?? '';
      c.event(pod, { ...about, reason: 'Killing', message: 'Stopping container catalog', minutesAgo: 3.4 });
      c.event(pod, {
        ...about,
        type: 'Warning',
        reason: 'Unhealthy',
        message: `Readiness probe failed: Get "http://${ip}:8080/ready": dial tcp ${ip}:8080: connect: connection refused`,
        minutesAgo: 3.3,
      });
    }
    for (const pod of w.fresh) {
      const ip = pod.status.podIP ?? '';
      c.event(pod, {
        type: 'Warning',
        reason: 'Unhealthy',
        message: `Readiness probe failed: Get "http://${ip}:8080/ready": dial tcp ${ip}:8080: connect: connection refused`,
        minutesAgo: 3.9,
        container: 'catalog',
        host: pod.spec.nodeName ?? '',
      });
    }
    return c.files('cluster-info');
  },
  'healthy-04': (id) => {
    const c = cluster(id, 'media');
    const job = addJob(c, {
      namespace: 'social',
      name: 'reindex',
      image: 'ghcr.io/example/reindex:3',
      minutesAgo: 130,
    });
    const failed = addJobPod(c, job, { minutesAgo: 130, seconds: 20, exitCode: 1 });
    c.log({ namespace: 'social', pod: failed.metadata.name, container: 'main' }, [
      'reindex: graph not ready yet, giving up: 503 Service Unavailable',
    ]);
    completeJob(c, job, { minutesAgo: 129, seconds: 900 });
    job.status = { ...job.status, failed: 1 };
    return c.files('must-gather');
  },
  'healthy-05': (id) => {
    const c = cluster(id, 'retail');
    const node = c.node('worker-3');
    nodeCondition(c, node, {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'kubelet is posting ready status',
      minutesAgo: 25.6 * 60,
    });
    for (const pod of c
      .ofKind('Pod')
      .filter(isPod)
      .filter(({ spec, status }) => spec.nodeName === 'worker-3' && status.phase === 'Running')) {
      for (const status of pod.status.containerStatuses ?? []) {
        const startedAt = pod.metadata.creationTimestamp;
        status.restartCount = 1;
        status.state = { running: { startedAt: c.ago(25.5 * 60) } };
        status.lastState = {
          terminated: {
            exitCode: 255,
            reason: 'Unknown',
            startedAt,
            finishedAt: c.ago(25.7 * 60),
            containerID: `containerd://${c.dice.hex(64)}`,
          },
        };
      }
    }
    return c.files('json');
  },
  'healthy-06': (id) => {
    const c = cluster(id, 'retail');
    c.workload('billing', 'tax').roll(
      {
        by: 'kubectl-client-side-apply',
        minutesAgo: 9 * DAY,
        fields: ['env/{OVERRIDES}/valueFrom', 'spec/template/spec/volumes/{extra}'],
      },
      (container, template) => {
        container.env = [
          ...(container.env ?? []),
          {
            name: 'OVERRIDES',
            valueFrom: { configMapKeyRef: { name: 'tax-overrides', key: 'rates', optional: true } },
          },
        ];
        container.envFrom = [{ secretRef: { name: 'tax-extra', optional: true } }];
        container.volumeMounts = [{ name: 'extra', mountPath: '/etc/extra', readOnly: true }];
        template.spec.volumes = [
          { name: 'extra', configMap: { name: 'tax-files', optional: true, defaultMode: 420 } },
        ];
      },
    );
    c.service('billing', 'postgres-headless', {
      selector: { app: 'postgres' },
      clusterIP: 'None',
      ports: [{ name: 'postgres', port: 5432, targetPort: 5432, protocol: 'TCP' }],
    });
    c.service('billing', 'mail', { type: 'ExternalName', externalName: 'smtp.example.com' });
    return c.files('yaml');
  },
  'healthy-07': (id) => {
    const c = cluster(id, 'media');
    const scaler = c.get('HorizontalPodAutoscaler', 'social', 'timeline');
    scaler.metadata.creationTimestamp = c.ago(57);
    const why =
      'failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API';
    const about = {
      type: 'Warning',
      component: 'horizontal-pod-autoscaler',
      sinceMinutesAgo: 56.7,
      minutesAgo: 56,
      count: 3,
    } as const;
    c.event(scaler, { ...about, reason: 'FailedGetResourceMetric', message: why });
    c.event(scaler, {
      ...about,
      reason: 'FailedComputeMetricsReplicas',
      message: `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
    });
    return c.files('json');
  },
  'healthy-08': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'cdn-sync');
    const { claim, volume } = addClaim(c, {
      namespace: 'media',
      name: 'cdn-cache',
      size: '100Gi',
      zone: 'fra1-b',
    });
    delete volume.spec?.['nodeAffinity'];
    claim.metadata.creationTimestamp = c.ago(48);
    w.roll(
      {
        by: 'kubectl-client-side-apply',
        minutesAgo: 47,
        fields: ['volumeMounts', 'spec/template/spec/volumes/{cache}'],
      },
      (container, template) => {
        container.volumeMounts = [{ name: 'cache', mountPath: '/cache' }];
        template.spec.volumes = [{ name: 'cache', persistentVolumeClaim: { claimName: 'cdn-cache' } }];
      },
    );
    const component = 'persistentvolume-controller';
    c.event(claim, {
      reason: 'WaitForFirstConsumer',
      message: 'waiting for first consumer to be created before binding',
      count: 3,
      sinceMinutesAgo: 48,
      minutesAgo: 47.2,
      component,
    });
    c.event(claim, {
      reason: 'ExternalProvisioning',
      message:
        "Waiting for a volume to be created either by the external provisioner 'ebs.csi.aws.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
      count: 2,
      sinceMinutesAgo: 47,
      minutesAgo: 46.8,
      component,
    });
    c.event(claim, {
      reason: 'ProvisioningSucceeded',
      message: `Successfully provisioned volume ${volume.metadata.name}`,
      minutesAgo: 46.6,
      component: 'ebs.csi.aws.com_ebs-csi-controller',
    });
    const pod = w.firstPod();
    c.event(pod, {
      type: 'Warning',
      reason: 'FailedAttachVolume',
      message: `AttachVolume.Attach failed for volume "${volume.metadata.name}" : timed out waiting for external-attacher of ebs.csi.aws.com CSI driver to attach volume`,
      minutesAgo: 46.4,
      component: 'attachdetach-controller',
    });
    c.event(pod, {
      reason: 'SuccessfulAttachVolume',
      message: `AttachVolume.Attach succeeded for volume "${volume.metadata.name}"`,
      minutesAgo: 46.2,
      component: 'attachdetach-controller',
    });
    return c.files('must-gather');
  },
  'healthy-09': (id) => {
    const c = cluster(id, 'retail');
    failingClient(c, {
      namespace: 'shop',
      client: 'checkout',
      sinceMinutesAgo: 300,
      lines: [
        '{"level":"warn","ts":"TIME","msg":"charge failed, trying again","attempt":1,"error":"Post \\"http://payments/v1/charge\\": EOF"}',
        '{"level":"info","ts":"TIME","msg":"charge succeeded","attempt":2}',
        '{"level":"error","ts":"TIME","msg":"card declined","code":"do_not_honor"}',
      ],
    });
    failingClient(c, {
      namespace: 'shop',
      client: 'frontend',
      sinceMinutesAgo: 900,
      lines: [
        '[TIME] GET /wp-login.php 404 1ms',
        '[TIME] GET /products/panic-at-the-disco-shirt 200 12ms',
        '[TIME] client closed request: aborted',
      ],
    });
    failingClient(c, {
      namespace: 'billing',
      client: 'ledger',
      sinceMinutesAgo: 6000,
      lines: [
        'time=TIME level=WARN msg="canceling statement due to user request"',
        'time=TIME level=INFO msg="reconnected" attempts=1',
      ],
    });
    return c.files('json');
  },
  'healthy-10': (id) => {
    const c = cluster(id, 'media');
    const node = c.node('pool-a-m9vwd');
    node.spec = { ...node.spec, unschedulable: true };
    taint(c, node, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', minutesAgo: 15 * 60 });
    c.changed(node, { by: 'kubectl-cordon', minutesAgo: 15 * 60, fields: ['spec/unschedulable'] });
    clearNode(c, 'pool-a-m9vwd', { minutesAgo: 14.9 * 60 });
    return c.files('text');
  },
  'healthy-11': (id) => {
    const c = cluster(id, 'retail');
    const cronJob = c.get('CronJob', 'shop', 'nightly-report');
    const [first] = c.ofKind('Job', 'shop');
    c.event(cronJob, {
      reason: 'JobAlreadyActive',
      message: `Not starting job because prior execution is running and concurrency policy is Forbid: ${first?.metadata.name ?? ''}`,
      minutesAgo: 58,
      component: 'cronjob-controller',
    });
    const old = c.get('CronJob', 'billing', 'statements');
    old.spec = { ...old.spec, suspend: true };
    old.status = { lastScheduleTime: c.ago(170 * DAY) };
    c.changed(old, { by: 'kubectl-patch', minutesAgo: 169 * DAY, fields: ['spec/suspend'] });
    return c.files('yaml');
  },
  'healthy-12': (id) => {
    const c = cluster(id, 'retail');
    const log = (pod: string, container: string, lines: readonly string[]): void => {
      c.log({ namespace: 'kube-system', pod, container }, lines);
    };
    log(
      'etcd-cp-1',
      'etcd',
      [140, 60, 20].map(
        (minutes) =>
          `{"level":"warn","ts":"${c.ago(minutes)}","caller":"etcdserver/util.go:170","msg":"apply request took too long","took":"218.8ms","expected-duration":"100ms","prefix":"read-only range ","request":"key:\\"/registry/leases/kube-system/kube-scheduler\\" ","response":"range_response_count:1 size:496"}`,
      ),
    );
    const manager = c.get('Pod', 'kube-system', 'kube-controller-manager-cp-1');
    if (!isPod(manager)) throw new Error('the controller manager is a pod');
    for (const status of manager.status.containerStatuses ?? []) {
      status.restartCount = 2;
      status.state = { running: { startedAt: c.ago(21 * DAY) } };
      status.lastState = {
        terminated: {
          exitCode: 1,
          reason: 'Error',
          startedAt: c.ago(29 * DAY),
          finishedAt: c.ago(21 * DAY + 0.2),
          containerID: `containerd://${c.dice.hex(64)}`,
        },
      };
    }
    for (const pod of c.workload('kube-system', 'coredns').pods) {
      log(pod.metadata.name, 'coredns', [
        '.:53',
        'CoreDNS-1.11.3',
        '[INFO] 10.244.1.7:41633 - 5122 "A IN postgres.shop.svc.cluster.local.shop.svc.cluster.local. udp 69 false 512" NXDOMAIN qr,aa,rd 162 0.0001s',
        '[INFO] 10.244.1.7:41633 - 5123 "A IN smtp.example.com.shop.svc.cluster.local. udp 57 false 512" NXDOMAIN qr,aa,rd 150 0.0001s',
      ]);
    }
    return c.files('cluster-info');
  },
};
