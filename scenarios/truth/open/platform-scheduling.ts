import { pending, taint } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, truthOf } from './kit.ts';

const ASSIGN = 'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/';
const SPREAD = 'https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/';
const CONTROL = '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }';

function unplaced(
  c: Cluster,
  at: {
    why: string;
    more?: Record<string, unknown>;
    requests?: Record<string, string>;
    replicas?: number;
    placed?: number;
  },
): ReturnType<Cluster['files']> {
  const { why, more, requests, replicas = 1, placed = 0 } = at;
  const w = newApp(c, {
    namespace: 'media',
    name: 'upscaler',
    minutesAgo: 18,
    replicas,
    ...(more && { more }),
  });
  if (requests !== undefined)
    for (const { spec } of [w.template, ...w.pods])
      for (const container of spec.containers) container.resources = { requests, limits: requests };
  pending(w, { minutesAgo: 18, message: why, pods: w.pods.slice(placed) });
  return c.files(requests === undefined ? 'json' : 'cluster-info');
}

export const SCHEDULING: readonly OpenCase[] = [
  {
    id: 'open-gpu',
    title: 'a pod wants a GPU, and no node has one',
    sources: [
      'pkg/scheduler/framework/plugins/noderesources/fit.go',
      'https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/upscaler', ['insufficient-extended-resource'], {
      effects: ['Service/media/upscaler'],
    }),
    make: (c) =>
      unplaced(c, {
        requests: { 'nvidia.com/gpu': '1' },
        why: `0/4 nodes are available: ${CONTROL}, 3 Insufficient nvidia.com/gpu. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.`,
      }),
  },
  {
    id: 'open-gpu-b',
    twinOf: 'open-gpu',
    title: 'a node with GPUs is there, and keeps off who does not tolerate its taint',
    sources: ['https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/', ASSIGN],
    theme: 'media',
    truth: truthOf('Deployment/media/upscaler', ['untolerated-taint'], {
      effects: ['Service/media/upscaler'],
    }),
    make: (c) => {
      const node = c.node('pool-b-t4zzs');
      node.metadata.labels = { ...node.metadata.labels, accelerator: 'nvidia-l4' };
      taint(c, node, { key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule', minutesAgo: 100_000 });
      return unplaced(c, {
        more: { nodeSelector: { accelerator: 'nvidia-l4' } },
        why: `0/4 nodes are available: ${CONTROL}, 1 node(s) had untolerated taint {nvidia.com/gpu: present}, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
      });
    },
  },
  {
    id: 'open-spread',
    title: 'a pod must be spread over a topology that the nodes do not have',
    sources: ['pkg/scheduler/framework/plugins/podtopologyspread/filtering.go', SPREAD],
    theme: 'media',
    truth: truthOf('Deployment/media/upscaler', ['topology-spread-unsatisfied'], {
      effects: ['Service/media/upscaler'],
    }),
    make: (c) =>
      unplaced(c, {
        more: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'topology.example.com/rack',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { app: 'upscaler' } },
            },
          ],
        },
        why: `0/4 nodes are available: ${CONTROL}, 3 node(s) didn't match pod topology spread constraints (missing required label). preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
      }),
  },
  {
    id: 'open-spread-b',
    twinOf: 'open-spread',
    title: 'a pod must run beside pods that are not there',
    sources: ['pkg/scheduler/framework/plugins/interpodaffinity/filtering.go', ASSIGN],
    theme: 'media',
    truth: truthOf('Deployment/media/upscaler', ['pod-affinity-unsatisfied'], {
      effects: ['Service/media/upscaler'],
    }),
    make: (c) =>
      unplaced(c, {
        more: {
          affinity: {
            podAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                {
                  labelSelector: { matchLabels: { app: 'model-cache' } },
                  topologyKey: 'kubernetes.io/hostname',
                },
              ],
            },
          },
        },
        why: `0/4 nodes are available: ${CONTROL}, 3 node(s) didn't match pod affinity rules. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
      }),
  },
  {
    id: 'open-scratch-space',
    title: 'a pod asks for more scratch space than any node has',
    sources: ['pkg/scheduler/framework/plugins/noderesources/fit.go'],
    theme: 'media',
    truth: truthOf('Deployment/media/upscaler', ['insufficient-ephemeral-storage'], {
      effects: ['Service/media/upscaler'],
    }),
    make: (c) =>
      unplaced(c, {
        requests: { cpu: '500m', memory: '1Gi', 'ephemeral-storage': '400Gi' },
        why: `0/4 nodes are available: ${CONTROL}, 3 Insufficient ephemeral-storage. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.`,
      }),
  },
  {
    id: 'open-scratch-space-b',
    twinOf: 'open-scratch-space',
    title: 'one replica more than nodes, and no two may share a node',
    sources: ['pkg/scheduler/framework/plugins/interpodaffinity/filtering.go', ASSIGN],
    theme: 'media',
    truth: truthOf('Deployment/media/upscaler', ['pod-anti-affinity-unsatisfied']),
    make: (c) =>
      unplaced(c, {
        replicas: 4,
        placed: 3,
        more: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                {
                  labelSelector: { matchLabels: { app: 'upscaler' } },
                  topologyKey: 'kubernetes.io/hostname',
                },
              ],
            },
          },
        },
        why: `0/4 nodes are available: ${CONTROL}, 3 node(s) didn't match pod anti-affinity rules. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.`,
      }),
  },
];
