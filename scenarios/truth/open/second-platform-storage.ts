import { crashing, makeContainer, makeTemplate, pending } from '../builders/index.ts';
import type { Cluster, Workload } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, specOf, truthOf } from './kit.ts';
import { creating, forget, remade, unhelpful } from './second-kit.ts';

/** The driver's plugin on every node, which is part of the cluster since it was made. */
function csiNodes(c: Cluster): Workload {
  const container = makeContainer('ebs-plugin', 'public.ecr.aws/ebs-csi-driver/aws-ebs-csi-driver:v1.35.0', {
    args: ['node', '--endpoint=unix:/csi/csi.sock', '--logging-format=text', '--v=2'],
  });
  return c.addWorkload({
    kind: 'DaemonSet',
    namespace: 'kube-system',
    name: 'ebs-csi-node',
    replicas: 3,
    template: makeTemplate({ app: 'ebs-csi-node' }, container, { priorityClassName: 'system-node-critical' }),
    createdMinutesAgo: 190_000,
    podsMinutesAgo: 43_000,
    hosts: c.hosts,
  });
}

export const SECOND_STORAGE: readonly OpenCase[] = [
  {
    id: 'open-second-disk-plugin',
    title: "the storage driver's plugin dies on every node of an option, so disks are not mounted any more",
    sources: [
      'pkg/volume/csi/csi_client.go (newCsiDriverClient)',
      'https://github.com/kubernetes-sigs/aws-ebs-csi-driver docs/options.md',
    ],
    theme: 'retail',
    truth: truthOf('DaemonSet/kube-system/ebs-csi-node', ['config-value-invalid', 'application-error'], {
      effects: ['Deployment/billing/exporter', 'Service/billing/exporter'],
      change: ['DaemonSet/kube-system/ebs-csi-node', 'args'],
    }),
    make: (c) => {
      const w = csiNodes(c);
      w.roll({ by: 'helm', minutesAgo: 66, fields: ['args'] }, (container) => {
        container.args = [...(container.args ?? []), '--volume-attach-limt=20'];
      });
      crashing(w, {
        exitCode: 1,
        minutesAgo: 66,
        restarts: 17,
        log: ['unknown flag: --volume-attach-limt', 'Usage of node:', '      --endpoint string'],
      });
      const exporter = c.workload('billing', 'exporter');
      const pods = remade(exporter, 29);
      const name = String(specOf(c.get('PersistentVolumeClaim', 'billing', 'archive'))['volumeName']);
      creating(c, exporter, {
        pods,
        minutesAgo: 29,
        reason: 'FailedMount',
        message: `MountVolume.MountDevice failed for volume "${name}" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers`,
        count: 21,
      });
      forget(c);
      return c.files('json');
    },
  },
  {
    id: 'open-second-claim-lost',
    title: 'somebody deleted the volume under a database, whose pod was then moved',
    sources: [
      'pkg/controller/volume/persistentvolume/pv_controller.go (ClaimLost)',
      'pkg/scheduler/framework/plugins/volumebinding/volume_binding.go',
    ],
    theme: 'retail',
    truth: truthOf('PersistentVolumeClaim/billing/data-postgres-0', ['claim-lost'], {
      effects: ['StatefulSet/billing/postgres', 'Service/billing/postgres', 'Deployment/billing/ledger'],
    }),
    make: (c) => {
      const claim = c.get('PersistentVolumeClaim', 'billing', 'data-postgres-0');
      const name = String(specOf(claim)['volumeName']);
      c.remove(c.get('PersistentVolume', '', name));
      claim.status = { phase: 'Lost' };
      c.event(claim, {
        type: 'Warning',
        reason: 'ClaimLost',
        message: 'Bound claim has lost its PersistentVolume. Data on the volume is lost!',
        minutesAgo: 51,
        component: 'persistentvolume-controller',
      });
      const w = c.workload('billing', 'postgres');
      pending(w, {
        pods: remade(w, 38),
        minutesAgo: 38,
        message: `0/4 nodes are available: persistentvolumeclaim "data-postgres-0" bound to non-existent persistentvolume "${name}". ${unhelpful(4)}`,
      });
      ask(c, {
        namespace: 'billing',
        clients: ['ledger'],
        service: 'postgres',
        trouble: 'refused',
        minutesAgo: 37,
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      return c.files('must-gather');
    },
  },
];
