import { addressOfService, cluster, failingClient, moveTo, notReady, pending } from '../../builders/index.ts';
import type { Cluster, Workload } from '../../builders/index.ts';
import { specOf } from '../../open/kit.ts';
import { CONTROL, creating, forget, klog, remade, unhelpful } from '../../open/second-kit.ts';
import type { Builders } from '../rows.ts';

/** A new version whose first pod has no node of its own choosing. */
function advised(c: Cluster, field: string, mutate: (spec: Record<string, unknown>) => void): Workload {
  const w = c.workload('shop', 'recommendations');
  w.roll(
    { by: 'helm', minutesAgo: 28, fields: ['image', `spec/template/spec/${field}`], mode: 'stuck' },
    (container, template) => {
      container.image = 'registry.example.com/shop/recommendations:0.15.0';
      mutate(template.spec);
    },
  );
  pending(w, { minutesAgo: 28 });
  return w;
}

/** The exporter started anew, whose disk does not come to it. */
function diskless(
  c: Cluster,
  at: { reason: string; count: number; component?: string; message: (volume: string) => string },
): ReturnType<Cluster['files']> {
  const w = c.workload('billing', 'exporter');
  const pods = remade(w, 34);
  const volume = String(specOf(c.get('PersistentVolumeClaim', 'billing', 'archive'))['volumeName']);
  const message = at.message(volume);
  creating(c, w, { ...at, message, pods, minutesAgo: 34 });
  const isAttached = at.reason !== 'FailedAttachVolume';
  c.add({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: {
      ...c.meta(`csi-${c.dice.hex(64)}`, undefined, 34),
      finalizers: ['external-attacher/ebs-csi-aws-com'],
    },
    spec: {
      attacher: 'ebs.csi.aws.com',
      nodeName: pods[0]?.spec.nodeName,
      source: { persistentVolumeName: volume },
    },
    status: {
      attached: isAttached,
      ...(isAttached ? {} : { attachError: { message: message.replace(/^.*? : /u, ''), time: c.ago(1.1) } }),
    },
  });
  return c.files('must-gather');
}

/** The id that the cloud has for a volume. */
function handleOf(c: Cluster, volume: string): string {
  const { volumeHandle } = specOf(c.get('PersistentVolume', '', volume))['csi'] as { volumeHandle: string };
  return volumeHandle;
}

export const PLATFORM: Builders = {
  'second-platform-11': (id) => {
    const c = cluster(id, 'retail');
    const w = advised(c, 'schedulerName', (spec) => {
      spec['schedulerName'] = 'volcano';
    });
    for (const pod of w.fresh) pod.spec.schedulerName = 'volcano';
    return c.files('json');
  },
  'second-platform-11b': (id) => {
    const c = cluster(id, 'retail');
    const w = advised(c, 'nodeName', (spec) => {
      spec['nodeName'] = 'worker-4';
    });
    const set = w.replicaSet;
    for (const pod of w.fresh) {
      pod.spec.nodeName = 'worker-4';
      pod.metadata.creationTimestamp = c.ago(0.4);
    }
    for (const minutesAgo of [26.9, 21.3, 15.6, 9.8, 4.4, 1.5])
      if (set !== undefined)
        c.event(set, {
          reason: 'SuccessfulCreate',
          message: `Created pod: ${set.metadata.name}-${c.dice.letters(5)}`,
          minutesAgo,
          component: 'replicaset-controller',
        });
    return c.files('json');
  },
  'second-platform-12': (id) => {
    const c = cluster(id, 'media');
    const w = c.workload('media', 'api');
    const labelSelector = { matchLabels: { app: 'api' } };
    w.roll({ by: 'helm', minutesAgo: 30_000, fields: ['spec/template/spec/affinity'] }, (_, template) => {
      template.spec.affinity = {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { labelSelector, topologyKey: 'kubernetes.io/hostname' },
          ],
        },
      };
    });
    specOf(w.manifest)['strategy'] = {
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' },
    };
    w.roll({ by: 'helm', minutesAgo: 33, fields: ['image'], mode: 'stuck' }, (container) => {
      container.image = 'ghcr.io/example/media-api:2026.10.4';
    });
    pending(w, {
      minutesAgo: 33,
      message: `0/4 nodes are available: ${CONTROL}, 3 node(s) didn't match pod anti-affinity rules. ${unhelpful(4, 3)}`,
    });
    forget(c);
    return c.files('cluster-info');
  },
  'second-platform-13': (id) => {
    const c = cluster(id, 'retail');
    const catalog = c.workload('shop', 'catalog');
    catalog.roll({ by: 'argocd-controller', minutesAgo: 31, fields: ['image'] }, (container) => {
      container.image = 'registry.example.com/shop/catalog:1.18.3';
    });
    for (const pod of c.workload('kube-system', 'kube-proxy').pods) {
      if (pod.spec.nodeName !== 'worker-2') continue;
      c.log({ namespace: 'kube-system', pod: pod.metadata.name, container: 'kube-proxy' }, [
        klog(c, 'I', 43_000, 'server_linux.go:66] "Using iptables proxy"'),
        ...[50.2, 49.7, 31, 30.4, 12, 0.5].flatMap((minutes) => [
          klog(
            c,
            'E',
            minutes,
            'proxier.go:1564] "Failed to execute iptables-restore" err="exit status 1: iptables-restore: line 814 failed" ipFamily="IPv4" rules=611',
          ),
          klog(c, 'I', minutes, 'proxier.go:833] "Sync failed" ipFamily="IPv4" retryingTime="30s"'),
        ]),
      ]);
    }
    const frontend = c.workload('shop', 'frontend');
    const [first, second] = frontend.pods;
    if (first === undefined || second === undefined) throw new Error('two replicas are needed');
    moveTo(c, first, 'worker-2');
    moveTo(c, second, 'worker-3');
    const line = (minutes: number): string =>
      `[${c.ago(minutes)}] GET /items/31 502 3072ms - FetchError: request to http://catalog/v1/items failed, reason: connect EHOSTUNREACH ${addressOfService(c, 'shop', 'catalog')}`;
    c.log(
      { namespace: 'shop', pod: first.metadata.name, container: 'frontend' },
      [29, 24, 17, 9, 4, 1].map(line),
    );
    notReady(frontend, {
      pods: [first],
      minutesAgo: 30,
      probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
    });
    return c.files('must-gather');
  },
  'second-platform-15': (id) => {
    const c = cluster(id, 'retail');
    return diskless(c, {
      reason: 'FailedAttachVolume',
      count: 17,
      component: 'attachdetach-controller',
      message: (volume) => {
        const disk = handleOf(c, volume);
        const node = `i-0${c.dice.hex(16)}`;
        return `AttachVolume.Attach failed for volume "${volume}" : rpc error: code = Internal desc = Could not attach volume "${disk}" to node "${node}": could not attach volume "${disk}" to node "${node}": operation error EC2: AttachVolume, https response error StatusCode: 400, RequestID: ${c.dice.uid()}, api error InvalidVolume.NotFound: The volume '${disk}' does not exist.`;
      },
    });
  },
  'second-platform-15b': (id) => {
    const c = cluster(id, 'retail');
    return diskless(c, {
      reason: 'FailedMount',
      count: 22,
      message: (volume) => {
        const at = `/var/lib/kubelet/plugins/kubernetes.io/csi/ebs.csi.aws.com/${c.dice.hex(64)}/globalmount`;
        return `MountVolume.MountDevice failed for volume "${volume}" : rpc error: code = Internal desc = could not format "/dev/nvme2n1" and mount it at "${at}": failed to mount the volume as "ext4", it already contains unknown data, probably partitions. Mount error: mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t ext4 -o defaults /dev/nvme2n1 ${at}\nOutput: mount: ${at}: wrong fs type, bad option, bad superblock on /dev/nvme2n1, missing codepage or helper program, or other error.\n`;
      },
    });
  },
};

/** Clients of the metadata service, which the feed and the interface ask. */
export function unfed(c: Cluster, minutesAgo: number, ending: string): void {
  failingClient(c, {
    namespace: 'media',
    client: 'feed',
    sinceMinutesAgo: minutesAgo,
    lines: [
      `{"level":"error","ts":"TIME","msg":"load entries","error":"Get \\"http://metadata/v1/entries\\": ${ending}"}`,
    ],
    notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
  });
}
