import { addClaim, pending, waiting } from '../builders/index.ts';
import type { Cluster, Manifest, Workload } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, specOf, truthOf } from './kit.ts';

const VOLUMES = 'https://kubernetes.io/docs/concepts/storage/persistent-volumes/';
const BINDER = 'pkg/controller/volume/persistentvolume/pv_controller.go';
const UNBOUND =
  '0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.';
const NOTHING_FITS = 'no persistent volumes available for this claim and no storage class is set';

/** A claim, made lately, that is not bound. */
function unbound(c: Cluster, spec: Record<string, unknown>, minutesAgo: number): Manifest {
  return c.add({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...c.meta('uploads', 'media', minutesAgo), finalizers: ['kubernetes.io/pvc-protection'] },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '20Gi' } },
      volumeMode: 'Filesystem',
      storageClassName: '',
      ...spec,
    },
    status: { phase: 'Pending' },
  });
}

/** Volumes that somebody made by hand. */
function handMade(
  c: Cluster,
  spec: Record<string, unknown>,
  labels: Record<string, string> = {},
): Manifest[] {
  return ['nfs-a', 'nfs-b'].map((name) =>
    c.add({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { ...c.meta(name, undefined, 60_000), labels, finalizers: ['kubernetes.io/pv-protection'] },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '50Gi' },
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: '',
        volumeMode: 'Filesystem',
        nfs: { server: '10.0.8.20', path: `/exports/${name}` },
        ...spec,
      },
      status: { phase: 'Available' },
    }),
  );
}

function reader(c: Cluster, claim = 'uploads', minutesAgo = 27): Workload {
  return newApp(c, {
    namespace: 'media',
    name: 'archive-web',
    minutesAgo,
    more: { volumes: [{ name: 'uploads', persistentVolumeClaim: { claimName: claim } }] },
  });
}

function waitingClaim(
  c: Cluster,
  claim: Manifest,
  message: string,
  type: 'Normal' | 'Warning' = 'Normal',
): ReturnType<Cluster['files']> {
  c.event(claim, {
    type,
    reason: 'FailedBinding',
    message,
    count: 104,
    sinceMinutesAgo: 27,
    minutesAgo: 0.4,
    component: 'persistentvolume-controller',
  });
  pending(reader(c), { minutesAgo: 27, message: UNBOUND });
  return c.files('yaml');
}

const EFFECTS = { effects: ['Deployment/media/archive-web', 'Service/media/archive-web'] };
const CLAIM = 'PersistentVolumeClaim/media/uploads';

export const STORAGE: readonly OpenCase[] = [
  {
    id: 'open-claim-mode',
    title: 'a claim wants to be written from many nodes, and the volumes that are there can not',
    sources: [VOLUMES, BINDER],
    theme: 'media',
    truth: truthOf(CLAIM, ['claim-access-mode-mismatch'], EFFECTS),
    make: (c) => {
      handMade(c, {});
      return waitingClaim(c, unbound(c, { accessModes: ['ReadWriteMany'] }, 28), NOTHING_FITS);
    },
  },
  {
    id: 'open-claim-mode-b',
    twinOf: 'open-claim-mode',
    title: 'a claim wants more room than any volume has',
    sources: [VOLUMES, BINDER],
    theme: 'media',
    truth: truthOf(CLAIM, ['claim-capacity-mismatch'], EFFECTS),
    make: (c) => {
      handMade(c, {});
      return waitingClaim(c, unbound(c, { resources: { requests: { storage: '200Gi' } } }, 28), NOTHING_FITS);
    },
  },
  {
    id: 'open-claim-selector',
    title: 'a claim selects volumes by a label that none carries',
    sources: [VOLUMES, BINDER],
    theme: 'media',
    truth: truthOf(CLAIM, ['claim-selector-mismatch'], EFFECTS),
    make: (c) => {
      handMade(c, {}, { tier: 'slow' });
      return waitingClaim(c, unbound(c, { selector: { matchLabels: { tier: 'fast' } } }, 28), NOTHING_FITS);
    },
  },
  {
    id: 'open-claim-selector-b',
    twinOf: 'open-claim-selector',
    title: 'a claim names a volume that another claim has',
    sources: [VOLUMES, BINDER],
    theme: 'media',
    truth: truthOf(CLAIM, ['claim-volume-taken'], EFFECTS),
    make: (c) => {
      const { volume } = addClaim(c, { namespace: 'social', name: 'exports', size: '20Gi', zone: 'fra1-a' });
      const claim = unbound(c, { volumeName: volume.metadata.name, storageClassName: 'standard' }, 28);
      return waitingClaim(
        c,
        claim,
        `volume "${volume.metadata.name}" already bound to a different claim.`,
        'Warning',
      );
    },
  },
  {
    id: 'open-provisioner',
    title: "the storage provider's quota leaves no room for a new volume",
    sources: ['kubernetes-csi/external-provisioner pkg/controller/controller.go', VOLUMES],
    theme: 'retail',
    truth: truthOf('PersistentVolumeClaim/billing/archive-2', ['provisioner-failing'], {
      effects: ['Deployment/billing/importer', 'Service/billing/importer'],
    }),
    make: (c) =>
      provisioned(
        c,
        'bulk',
        'failed to provision volume with StorageClass "bulk": rpc error: code = ResourceExhausted desc = Could not create volume: VolumeLimitExceeded: You have exceeded your maximum gp3 storage limit',
        'ebs.csi.aws.com_ebs-csi-controller-6d9f_5c2e',
      ),
  },
  {
    id: 'open-provisioner-b',
    twinOf: 'open-provisioner',
    title: 'the claim names a class that is not there',
    sources: [BINDER, VOLUMES],
    theme: 'retail',
    truth: truthOf('PersistentVolumeClaim/billing/archive-2', ['storage-class-missing'], {
      effects: ['Deployment/billing/importer', 'Service/billing/importer'],
    }),
    make: (c) =>
      provisioned(
        c,
        'premium-rwo',
        'storageclass.storage.k8s.io "premium-rwo" not found',
        'persistentvolume-controller',
      ),
  },
  {
    id: 'open-nfs-denied',
    title: 'an NFS server does not let the node mount its export',
    sources: ['pkg/volume/nfs/nfs.go', 'man 8 mount.nfs'],
    theme: 'media',
    truth: truthOf('Deployment/media/archive-web', ['volume-mount-failed'], {
      effects: ['Service/media/archive-web'],
    }),
    make: (c) => {
      const w = newApp(c, {
        namespace: 'media',
        name: 'archive-web',
        minutesAgo: 27,
        more: { volumes: [{ name: 'exports', nfs: { server: '10.0.8.20', path: '/exports/media' } }] },
      });
      return mountFails(
        c,
        w,
        'MountVolume.SetUp failed for volume "exports" : mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs 10.0.8.20:/exports/media /var/lib/kubelet/pods/7c1d/volumes/kubernetes.io~nfs/exports\nOutput: mount.nfs: access denied by server while mounting 10.0.8.20:/exports/media',
      );
    },
  },
  {
    id: 'open-nfs-denied-b',
    twinOf: 'open-nfs-denied',
    title: 'a directory of the node that the pod mounts is not there',
    sources: [
      'pkg/volume/hostpath/host_path.go',
      'https://kubernetes.io/docs/concepts/storage/volumes/#hostpath',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/archive-web', ['host-path-missing'], {
      effects: ['Service/media/archive-web'],
    }),
    make: (c) => {
      const w = newApp(c, {
        namespace: 'media',
        name: 'archive-web',
        minutesAgo: 27,
        more: { volumes: [{ name: 'exports', hostPath: { path: '/mnt/exports/media', type: 'Directory' } }] },
      });
      return mountFails(
        c,
        w,
        'MountVolume.SetUp failed for volume "exports" : hostPath type check failed: /mnt/exports/media is not a directory',
      );
    },
  },
  {
    id: 'open-claim-terminating',
    title: 'somebody deleted the claim while it is used, so the replacement of its pod is not placed',
    sources: [
      'pkg/scheduler/framework/plugins/volumerestrictions',
      'pkg/scheduler/framework/plugins/volumebinding/volume_binding.go',
      'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection',
    ],
    theme: 'retail',
    truth: truthOf('PersistentVolumeClaim/billing/archive', ['claim-terminating'], {
      effects: ['Deployment/billing/exporter', 'Service/billing/exporter'],
    }),
    make: (c) => {
      const claim = c.get('PersistentVolumeClaim', 'billing', 'archive');
      claim.metadata.deletionTimestamp = c.ago(35);
      claim.metadata.deletionGracePeriodSeconds = 0;
      return replaced(
        c,
        '0/4 nodes are available: persistentvolumeclaim "archive" is being deleted. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.',
      );
    },
  },
  {
    id: 'open-claim-terminating-b',
    twinOf: 'open-claim-terminating',
    title: "the claim's volume is in a zone in which the cluster has no node",
    sources: [
      'pkg/scheduler/framework/plugins/volumebinding/volume_binding.go',
      'https://kubernetes.io/docs/setup/best-practices/multiple-zones/',
    ],
    theme: 'retail',
    truth: truthOf('PersistentVolumeClaim/billing/archive', ['volume-zone-conflict'], {
      effects: ['Deployment/billing/exporter', 'Service/billing/exporter'],
    }),
    make: (c) => {
      const { volumeName } = specOf(c.get('PersistentVolumeClaim', 'billing', 'archive'));
      const matchExpressions = [
        { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eu-west-1d'] },
      ];
      specOf(c.get('PersistentVolume', '', String(volumeName)))['nodeAffinity'] = {
        required: { nodeSelectorTerms: [{ matchExpressions }] },
      };
      return replaced(
        c,
        '0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 node(s) had volume node affinity conflict. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.',
      );
    },
  },
];

function provisioned(
  c: Cluster,
  storageClass: string,
  message: string,
  component: string,
): ReturnType<Cluster['files']> {
  c.add({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: c.meta('bulk', undefined, 190_000),
    provisioner: 'ebs.csi.aws.com',
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
  });
  const claim = c.add({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...c.meta('archive-2', 'billing', 31), finalizers: ['kubernetes.io/pvc-protection'] },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '500Gi' } },
      storageClassName: storageClass,
      volumeMode: 'Filesystem',
    },
    status: { phase: 'Pending' },
  });
  c.event(claim, {
    type: 'Warning',
    reason: 'ProvisioningFailed',
    message,
    count: 12,
    sinceMinutesAgo: 30,
    minutesAgo: 1,
    component,
  });
  const w = newApp(c, {
    namespace: 'billing',
    name: 'importer',
    minutesAgo: 31,
    more: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'archive-2' } }] },
  });
  pending(w, {
    minutesAgo: 31,
    message:
      '0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.',
  });
  return c.files('json');
}

function mountFails(c: Cluster, w: Workload, message: string): ReturnType<Cluster['files']> {
  waiting(w, {
    reason: 'ContainerCreating',
    minutesAgo: 27,
    about: 'pod',
    warnings: [['FailedMount', message, 19]],
  });
  return c.files('text');
}

function replaced(c: Cluster, message: string): ReturnType<Cluster['files']> {
  const w = c.workload('billing', 'exporter');
  w.dropPods(w.pods);
  w.addPod(33);
  pending(w, { pods: w.pods, minutesAgo: 33, message });
  return c.files('must-gather');
}
