import { addApp, addClaim, pending } from '../builders/index.ts';
import type { Cluster, Manifest } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, specOf, truthOf } from './kit.ts';
import { CONTROL, unhelpful } from './second-kit.ts';

const BINDING = 'pkg/scheduler/framework/plugins/volumebinding/volume_binding.go';
const NO_PROVISIONER = 'https://kubernetes.io/docs/concepts/storage/storage-classes/#local';

/** Disks of the nodes themselves, made by hand. */
function localDisks(c: Cluster, nodes: readonly string[]): Manifest[] {
  c.add({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: c.meta('local-nvme', undefined, 100_000),
    provisioner: 'kubernetes.io/no-provisioner',
    reclaimPolicy: 'Retain',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  return nodes.map((node, index) => {
    const { claim, volume } = addClaim(c, {
      namespace: 'data',
      name: `data-clickhouse-${index}`,
      size: '200Gi',
      zone: '',
      storageClass: 'local-nvme',
    });
    for (const object of [claim, volume])
      object.metadata.annotations = { 'pv.kubernetes.io/bound-by-controller': 'yes' };
    const spec = specOf(volume);
    delete spec['csi'];
    volume.metadata.name = `local-${node}`;
    specOf(claim)['volumeName'] = volume.metadata.name;
    Object.assign(spec, {
      persistentVolumeReclaimPolicy: 'Retain',
      local: { path: '/mnt/nvme0' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
          ],
        },
      },
    });
    return volume;
  });
}

export const THIRD_PLACES: readonly OpenCase[] = [
  {
    id: 'open-third-claim-name',
    title: 'a Deployment names a claim that its chart calls otherwise',
    sources: [BINDING, 'pkg/scheduler/framework/plugins/volumebinding/volume_binding.go (podHasPVCs)'],
    theme: 'media',
    truth: truthOf('Deployment/media/podcast', ['claim-missing'], { effects: ['Service/media/podcast'] }),
    make: (c) => {
      addClaim(c, { namespace: 'media', name: 'podcast-media', size: '30Gi', zone: 'fra1-b' });
      const w = newApp(c, {
        namespace: 'media',
        name: 'podcast',
        minutesAgo: 36,
        more: { volumes: [{ name: 'media', persistentVolumeClaim: { claimName: 'podcast-media-pvc' } }] },
      });
      const text = 'persistentvolumeclaim "podcast-media-pvc" not found';
      pending(w, { minutesAgo: 36, message: `0/4 nodes are available: ${text}. ${unhelpful(4)}` });
      return c.files('json');
    },
  },
  {
    id: 'open-third-local-disk',
    title: "a database on the nodes' own disks was given a third member, and there is no third disk",
    sources: [BINDING, NO_PROVISIONER],
    theme: 'retail',
    truth: truthOf('PersistentVolumeClaim/data/data-clickhouse-2', ['claim-no-matching-volume'], {
      effects: ['StatefulSet/data/clickhouse'],
      change: ['StatefulSet/data/clickhouse', 'spec.replicas'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'data',
        name: 'clickhouse',
        kind: 'StatefulSet',
        image: 'clickhouse/clickhouse-server:24.8.5',
        port: 8123,
        replicas: 2,
        container: { volumeMounts: [{ name: 'data', mountPath: '/var/lib/clickhouse' }] },
        spec: {
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: {
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage: '200Gi' } },
                storageClassName: 'local-nvme',
              },
            },
          ],
        },
      });
      localDisks(
        c,
        w.pods.map(({ spec }) => spec.nodeName ?? ''),
      );
      w.scale(3, 'kubectl-scale', 44);
      const claim = c.add({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          ...c.meta('data-clickhouse-2', 'data', 44),
          finalizers: ['kubernetes.io/pvc-protection'],
        },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '200Gi' } },
          storageClassName: 'local-nvme',
          volumeMode: 'Filesystem',
        },
        status: { phase: 'Pending' },
      });
      const last = w.pods.slice(-1);
      pending(w, {
        pods: last,
        minutesAgo: 44,
        message: `0/4 nodes are available: ${CONTROL}, 3 node(s) didn't find available persistent volumes to bind. ${unhelpful(4)}`,
      });
      c.event(claim, {
        reason: 'WaitForPodScheduled',
        message: `waiting for pod ${last[0]?.metadata.name ?? ''} to be scheduled`,
        count: 170,
        sinceMinutesAgo: 43.8,
        minutesAgo: 0.5,
        component: 'persistentvolume-controller',
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-local-disk-b',
    twinOf: 'open-third-local-disk',
    title: 'each member has its disk, but the node of the second one was replaced by one of another name',
    sources: [BINDING, 'https://kubernetes.io/docs/concepts/storage/volumes/#local'],
    theme: 'retail',
    truth: truthOf('PersistentVolumeClaim/data/data-clickhouse-1', ['volume-zone-conflict'], {
      effects: ['StatefulSet/data/clickhouse'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'data',
        name: 'clickhouse',
        kind: 'StatefulSet',
        image: 'clickhouse/clickhouse-server:24.8.5',
        port: 8123,
        replicas: 2,
        container: { volumeMounts: [{ name: 'data', mountPath: '/var/lib/clickhouse' }] },
        spec: {
          volumeClaimTemplates: [
            {
              metadata: { name: 'data' },
              spec: {
                accessModes: ['ReadWriteOnce'],
                resources: { requests: { storage: '200Gi' } },
                storageClassName: 'local-nvme',
              },
            },
          ],
        },
      });
      const [first] = w.pods;
      localDisks(c, [first?.spec.nodeName ?? '', 'worker-0']);
      const last = w.pods.slice(-1);
      for (const pod of last) pod.metadata.creationTimestamp = c.ago(44);
      pending(w, {
        pods: last,
        minutesAgo: 44,
        message: `0/4 nodes are available: ${CONTROL}, 3 node(s) had volume node affinity conflict. ${unhelpful(4)}`,
      });
      return c.files('yaml');
    },
  },
];
