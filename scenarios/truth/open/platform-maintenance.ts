import { pending, taint, waiting } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { specOf, truthOf } from './kit.ts';

/** The name of the volume of a claim. */
function volumeOf(c: Cluster, namespace: string, claim: string): string {
  return String(specOf(c.get('PersistentVolumeClaim', namespace, claim))['volumeName']);
}

function cordon(c: Cluster, name: string, minutesAgo: number): void {
  const node = c.node(name);
  specOf(node)['unschedulable'] = true;
  taint(c, node, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', minutesAgo });
  c.changed(node, { by: 'kubectl', minutesAgo, fields: ['spec/unschedulable'] });
  c.event(node, {
    reason: 'NodeNotSchedulable',
    message: `Node ${name} status is now: NodeNotSchedulable`,
    minutesAgo,
    host: name,
  });
}

export const MAINTENANCE: readonly OpenCase[] = [
  {
    id: 'open-two-writers',
    title:
      'a Deployment with a volume for one node was scaled to two, and the second replica is on another node',
    sources: [
      'pkg/controller/volume/attachdetach/reconciler/reconciler.go',
      'https://kubernetes.io/docs/concepts/storage/persistent-volumes/#access-modes',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/billing/exporter', ['volume-multi-attach'], {
      change: ['Deployment/billing/exporter', 'spec.replicas'],
    }),
    make: (c) => {
      const w = c.workload('billing', 'exporter');
      const [first] = w.pods;
      w.scale(2, 'kubectl-scale', 19);
      const name = volumeOf(c, 'billing', 'archive');
      waiting(w, {
        pods: w.pods.slice(1),
        reason: 'ContainerCreating',
        minutesAgo: 19,
        about: 'pod',
        warnings: [
          [
            'FailedAttachVolume',
            `Multi-Attach error for volume "${name}" Volume is already used by pod(s) ${first?.metadata.name ?? ''}`,
            1,
          ],
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-two-writers-b',
    twinOf: 'open-two-writers',
    title: 'the node has as many disks as it can take, so a volume is not attached',
    sources: [
      'kubernetes-sigs/aws-ebs-csi-driver pkg/driver/controller.go',
      'https://kubernetes.io/docs/concepts/storage/storage-limits/',
    ],
    theme: 'retail',
    truth: truthOf('PersistentVolumeClaim/billing/archive', ['volume-attach-failed'], {
      effects: ['Deployment/billing/exporter', 'Service/billing/exporter'],
    }),
    make: (c) => {
      const w = c.workload('billing', 'exporter');
      w.roll(
        {
          by: 'kubectl-rollout',
          minutesAgo: 19,
          fields: ['spec/template/metadata/annotations'],
          mode: 'recreate',
        },
        (_, template) => {
          template.metadata.annotations = { 'kubectl.kubernetes.io/restartedAt': c.ago(19) };
        },
      );
      const name = volumeOf(c, 'billing', 'archive');
      waiting(w, {
        reason: 'ContainerCreating',
        minutesAgo: 19,
        about: 'pod',
        warnings: [
          [
            'FailedAttachVolume',
            `AttachVolume.Attach failed for volume "${name}" : rpc error: code = Internal desc = Could not attach volume "vol-0a1b2c3d4e5f60718" to node "i-0f2c9be1d7a845e31": attachment of disk "vol-0a1b2c3d4e5f60718" failed, expected device to be attached but was attaching`,
            14,
          ],
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-drain',
    title: 'a node has waited for hours to be emptied, since a budget forbids to evict its database',
    sources: [
      'https://karpenter.sh/docs/concepts/disruption/',
      'https://kubernetes.io/docs/concepts/workloads/pods/disruptions/',
    ],
    theme: 'retail',
    truth: truthOf('PodDisruptionBudget/shop/postgres', ['disruption-budget-blocks-drain']),
    make: (c) => {
      const [pod] = c.workload('shop', 'postgres').pods;
      const node = pod?.spec.nodeName ?? '';
      c.add({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { ...c.meta('postgres', 'shop', 100_000), generation: 1 },
        spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'postgres' } } },
        status: {},
      });
      cordon(c, node, 190);
      for (const w of c.workloads) {
        if (w.manifest.kind !== 'Deployment') continue;
        const here = w.pods.filter(({ spec }) => spec.nodeName === node);
        const other = c.hosts.find(({ name }) => name !== node)?.name ?? '';
        w.dropPods(here);
        here.forEach(() => w.addPod(180, other));
      }
      for (const [type, reason, message] of [
        ['Normal', 'DisruptionBlocked', 'Pdb prevents pod evictions (PodDisruptionBudget=[shop/postgres])'],
        ['Warning', 'FailedDraining', 'Failed to drain node, 1 pods are waiting to be evicted'],
      ] as const)
        c.event(c.node(node), {
          type,
          reason,
          message,
          count: 92,
          sinceMinutesAgo: 188,
          minutesAgo: 1,
          component: 'karpenter',
        });
      return c.files('yaml');
    },
  },
  {
    id: 'open-drain-b',
    twinOf: 'open-drain',
    title: 'the node was emptied, and the database that was there may only run there',
    sources: [
      'https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/',
      'pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go',
    ],
    theme: 'retail',
    truth: truthOf('Node//worker-2', ['node-cordoned'], {
      effects: ['StatefulSet/shop/postgres', 'Service/shop/postgres'],
    }),
    make: (c) => {
      const w = c.workload('shop', 'postgres');
      w.dropPods(w.pods);
      const pod = w.addPod(185, 'worker-2');
      const matchExpressions = [
        { key: 'topology.kubernetes.io/zone', operator: 'In', values: ['eu-west-1b'] },
      ];
      specOf(c.get('PersistentVolume', '', volumeOf(c, 'shop', 'data-postgres-0')))['nodeAffinity'] = {
        required: { nodeSelectorTerms: [{ matchExpressions }] },
      };
      cordon(c, 'worker-2', 190);
      pending(w, {
        pods: [pod],
        minutesAgo: 185,
        message:
          '0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 node(s) were unschedulable, 2 node(s) had volume node affinity conflict. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.',
      });
      return c.files('yaml');
    },
  },
];
