import { addClaim, evicted, losePods, moveTo, nodeCondition, pending, taint } from '../builders/index.ts';
import type { Cluster, Workload } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, newApp, specOf, truthOf } from './kit.ts';
import { again, asks, CONTROL, creating, drained, forget, placed, unhelpful } from './second-kit.ts';

const CORDON = 'https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/';
const FIT = 'pkg/scheduler/framework/plugins/noderesources/fit.go';
const ATTACH = 'pkg/controller/volume/attachdetach/reconciler/reconciler.go';
const EVICTION = 'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/';
const ROOM = `0/4 nodes are available: ${CONTROL}, 1 node(s) were unschedulable, 2 Insufficient cpu. ${unhelpful(4, 2)}`;

/** A shop whose search fills two nodes half and whose payments run once, on the third. */
function tightShop(c: Cluster): Workload {
  const search = c.workload('shop', 'search');
  const payments = c.workload('shop', 'payments');
  specOf(payments.manifest)['replicas'] = 1;
  if (payments.replicaSet !== undefined) specOf(payments.replicaSet)['replicas'] = 1;
  payments.dropPods(payments.pods);
  asks(c, search, '4');
  for (const [index, pod] of search.pods.entries()) moveTo(c, pod, index === 0 ? 'worker-1' : 'worker-3');
  return payments;
}

function unpaid(c: Cluster, minutesAgo: number): void {
  ask(c, { namespace: 'shop', clients: ['checkout'], service: 'payments', trouble: 'refused', minutesAgo });
}

/** An application with a disk of its own on one of two nodes of a zone. */
function archive(c: Cluster): Workload {
  addClaim(c, { namespace: 'media', name: 'originals', size: '200Gi', zone: 'fra1-b' });
  const w = newApp(c, {
    namespace: 'media',
    name: 'originals',
    minutesAgo: 40_000,
    more: { volumes: [{ name: 'originals', persistentVolumeClaim: { claimName: 'originals' } }] },
  });
  moveTo(c, w.firstPod(), 'pool-a-m9vwd');
  return w;
}

function twice(c: Cluster, w: Workload, minutesAgo: number): ReturnType<Cluster['files']> {
  const [old] = w.pods;
  const pods = w.pods.slice(1);
  for (const pod of pods) placed(c, pod, 'pool-b-t4zzs');
  const name = String(specOf(c.get('PersistentVolumeClaim', 'media', 'originals'))['volumeName']);
  creating(c, w, {
    pods,
    minutesAgo,
    reason: 'FailedAttachVolume',
    message: `Multi-Attach error for volume "${name}" Volume is already used by pod(s) ${old?.metadata.name ?? ''}`,
    count: 1,
    component: 'attachdetach-controller',
  });
  return c.files('json');
}

export const SECOND_PLACEMENT: readonly OpenCase[] = [
  {
    id: 'open-second-cordon-left',
    title: 'a node was drained for work in the night and not given back, and the others have no room',
    sources: [CORDON, FIT, 'pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go'],
    theme: 'retail',
    truth: truthOf('Node//worker-2', ['node-cordoned'], {
      effects: ['Deployment/shop/payments', 'Service/shop/payments', 'Deployment/shop/checkout'],
      change: ['Node//worker-2', 'spec.unschedulable'],
    }),
    make: (c) => {
      const payments = tightShop(c);
      drained(c, 'worker-2', 205);
      payments.addPod(203);
      asks(c, payments, '4');
      pending(payments, { pods: payments.pods, minutesAgo: 203, message: ROOM });
      again(c, payments.firstPod(), ROOM);
      unpaid(c, 202);
      return c.files('yaml');
    },
  },
  {
    id: 'open-second-cordon-left-b',
    twinOf: 'open-second-cordon-left',
    title: 'a node is cordoned, and the pod that waits asks for more than even that one has',
    sources: [FIT, CORDON],
    theme: 'retail',
    truth: truthOf('Deployment/shop/payments', ['insufficient-cpu'], {
      effects: ['Service/shop/payments', 'Deployment/shop/checkout'],
      change: ['Deployment/shop/payments', 'resources.requests.cpu'],
    }),
    make: (c) => {
      const payments = tightShop(c);
      payments.addPod(26_000, 'worker-3');
      drained(c, 'worker-2', 205);
      payments.roll(
        {
          by: 'helm',
          minutesAgo: 31,
          fields: ['resources/requests/cpu', 'resources/limits/cpu'],
          mode: 'recreate',
        },
        () => undefined,
      );
      asks(c, payments, '8');
      pending(payments, { pods: payments.pods, minutesAgo: 31, message: ROOM });
      unpaid(c, 30);
      return c.files('yaml');
    },
  },
  {
    id: 'open-second-two-nodes-one-disk',
    title: 'a node died with a disk attached, and the pod that takes over can not have it',
    sources: [ATTACH, 'https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/'],
    theme: 'media',
    truth: truthOf('Node//pool-a-m9vwd', ['node-kubelet-down', 'node-not-ready'], {
      effects: ['Deployment/media/originals', 'Service/media/originals'],
    }),
    make: (c) => {
      const w = archive(c);
      const name = 'pool-a-m9vwd';
      for (const type of ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'])
        nodeCondition(c, c.node(name), {
          type,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          minutesAgo: 22,
          heartbeatMinutesAgo: 23.5,
        });
      for (const effect of ['NoSchedule', 'NoExecute'])
        taint(c, c.node(name), { key: 'node.kubernetes.io/unreachable', effect, minutesAgo: 22 });
      losePods(c, name, 22);
      return twice(c, w, 17);
    },
  },
  {
    id: 'open-second-two-nodes-one-disk-b',
    twinOf: 'open-second-two-nodes-one-disk',
    title: 'a rolling update starts the new pod on another node while the old one still has the disk',
    sources: [ATTACH, 'https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#strategy'],
    theme: 'media',
    truth: truthOf('Deployment/media/originals', ['volume-multi-attach'], {
      change: ['Deployment/media/originals', 'image'],
    }),
    make: (c) => {
      const w = archive(c);
      w.roll(
        { by: 'argocd-controller', minutesAgo: 17, fields: ['image'], mode: 'stuck', node: 'pool-b-t4zzs' },
        (container) => {
          container.image = 'registry.example.com/apps/originals:1.1.0';
        },
      );
      return twice(c, w, 17);
    },
  },
  {
    id: 'open-second-scratch',
    title: 'pods write more scratch than their emptyDir may hold, and are evicted one after the other',
    sources: [
      'pkg/kubelet/eviction/eviction_manager.go (emptyDirMessageFmt)',
      'https://kubernetes.io/docs/concepts/storage/volumes/#emptydir',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/transcoder', ['evicted-storage-limit'], {
      effects: ['Service/media/transcoder'],
    }),
    make: (c) => {
      const w = c.workload('media', 'transcoder');
      w.roll(
        { by: 'helm', minutesAgo: 9000, fields: ['volumeMounts', 'spec/template/spec/volumes'] },
        (container, template) => {
          container.volumeMounts = [{ name: 'scratch', mountPath: '/scratch' }];
          template.spec.volumes = [{ name: 'scratch', emptyDir: { sizeLimit: '2Gi' } }];
        },
      );
      for (const [index, minutesAgo] of [48, 31, 14].entries())
        evicted(c, w, {
          node: c.hosts[index % 2]?.name ?? '',
          minutesAgo,
          message: 'Usage of EmptyDir volume "scratch" exceeds the limit "2Gi". ',
        });
      forget(c);
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-second-scratch-b',
    twinOf: 'open-second-scratch',
    title: "a node's disk is full of something that is no pod's, and its kubelet evicts what is there",
    sources: [EVICTION, 'pkg/kubelet/eviction/helpers.go', 'pkg/kubelet/images/image_gc_manager.go'],
    theme: 'media',
    truth: truthOf('Node//pool-a-7kq2x', ['evicted-node-disk', 'node-disk-pressure'], {
      effects: ['Deployment/media/transcoder', 'Deployment/media/thumbnails'],
    }),
    make: (c) => {
      const name = 'pool-a-7kq2x';
      nodeCondition(c, c.node(name), {
        type: 'DiskPressure',
        status: 'True',
        reason: 'KubeletHasDiskPressure',
        message: 'kubelet has disk pressure',
        minutesAgo: 49,
      });
      taint(c, c.node(name), {
        key: 'node.kubernetes.io/disk-pressure',
        effect: 'NoSchedule',
        minutesAgo: 49,
      });
      c.event(c.node(name), {
        type: 'Warning',
        reason: 'FreeDiskSpaceFailed',
        message:
          'Failed to garbage collect required amount of images. Attempted to free 13219135488 bytes, but only found 0 bytes eligible to free.',
        count: 10,
        sinceMinutesAgo: 52,
        minutesAgo: 2,
        host: name,
      });
      for (const [index, minutesAgo] of [48, 31, 14].entries()) {
        const app = index === 1 ? 'thumbnails' : 'transcoder';
        evicted(c, c.workload('media', app), {
          node: name,
          minutesAgo,
          message: `The node was low on resource: ephemeral-storage. Threshold quantity: 10143096Ki, available: ${9_911_204 - index * 70_000}Ki. Container ${app} was using ${41_208 + index * 5000}Ki, request is 0, has larger consumption of ephemeral-storage. `,
        });
      }
      return c.files('cluster-info');
    },
  },
];
