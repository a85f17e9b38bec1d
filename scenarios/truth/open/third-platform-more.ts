import { addApp, evicted, klog, pending, python, say, unsay } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, truthOf } from './kit.ts';
import { CONTROL, creating, forget, placed, unhelpful } from './second-kit.ts';

export const THIRD_NODES: readonly OpenCase[] = [
  {
    id: 'open-third-host-port',
    title: 'a second exporter wants the port of the nodes that the first one has',
    sources: [
      'pkg/scheduler/framework/plugins/nodeports/node_ports.go',
      'https://github.com/prometheus-community/helm-charts/issues/2041',
    ],
    theme: 'retail',
    truth: truthOf('DaemonSet/observe/node-exporter-new', ['host-port-conflict'], {
      effects: ['no pod of it has a node'],
    }),
    make: (c) => {
      const port = { name: 'metrics', containerPort: 9100, hostPort: 9100, protocol: 'TCP' };
      const common = {
        namespace: 'observe',
        kind: 'DaemonSet',
        image: 'quay.io/prometheus/node-exporter:v1.8.2',
        port: 9100,
        servicePort: null,
      } as const;
      addApp(c, { ...common, name: 'node-exporter', container: { ports: [port] } });
      const w = addApp(c, {
        ...common,
        name: 'node-exporter-new',
        minutesAgo: 50,
        container: { ports: [port] },
      });
      for (const pod of w.pods)
        pending(w, {
          pods: [pod],
          minutesAgo: 50,
          message: `0/4 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 3 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/4 nodes are available: 1 node(s) didn't have free ports for the requested pod ports, 3 Preemption is not helpful for scheduling.`,
        });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-third-node-affinity',
    title: 'a program may only run on kinds of machines that the cluster does not have',
    sources: ['pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go'],
    theme: 'media',
    truth: truthOf('Deployment/labs/render-farm', ['node-affinity-mismatch'], {
      change: ['Deployment/labs/render-farm', 'affinity.nodeAffinity'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'labs',
        name: 'render-farm',
        image: 'ghcr.io/example/render:9.1.0',
        port: 8080,
        replicas: 2,
      });
      w.roll(
        { by: 'helm', minutesAgo: 29, fields: ['spec/template/spec/affinity'] },
        (_container, template) => {
          template.spec.affinity = {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [
                  {
                    matchExpressions: [
                      {
                        key: 'node.kubernetes.io/instance-type',
                        operator: 'In',
                        values: ['c7i.8xlarge', 'c7i.12xlarge'],
                      },
                    ],
                  },
                ],
              },
            },
          };
        },
      );
      pending(w, {
        minutesAgo: 29,
        message: `0/4 nodes are available: ${CONTROL}, 3 node(s) didn't match Pod's node affinity/selector. ${unhelpful(4)}`,
      });
      return c.files('text');
    },
  },
  {
    id: 'open-third-node-name',
    title: 'pods are put by name on a node that is not there, and are taken away and made again all the time',
    sources: [
      'pkg/controller/podgc/gc_controller.go (node no longer exists)',
      'https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/intranet/printer', ['node-name-invalid'], {
      change: ['Deployment/intranet/printer', 'nodeName'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'intranet',
        name: 'printer',
        image: 'registry.example.com/intranet/printer:1.2.0',
        port: 631,
        portName: 'ipp',
      });
      w.roll(
        { by: 'kubectl-edit', minutesAgo: 21, fields: ['spec/template/spec/nodeName'] },
        (_container, template) => {
          template.spec.nodeName = 'worker-03';
        },
      );
      for (const pod of w.pods) {
        pod.metadata.creationTimestamp = c.ago(0.4);
        unsay(w, pod, ['Scheduled', 'Pulled', 'Created', 'Started']);
        c.log({ namespace: 'intranet', pod: pod.metadata.name, container: 'printer' }, []);
        pod.status = { phase: 'Pending', conditions: [], qosClass: pod.status.qosClass };
        pod.spec.nodeName = 'worker-03';
      }
      for (const minutesAgo of [18, 14, 9, 5, 2])
        c.event(w.replicaSet ?? w.manifest, {
          reason: 'SuccessfulCreate',
          message: `Created pod: ${w.replicaSet?.metadata.name ?? ''}-${c.dice.letters(5)}`,
          minutesAgo,
          component: 'replicaset-controller',
        });
      return c.files('json');
    },
  },
  {
    id: 'open-third-addresses-spent',
    title: "a node's addresses are all taken by pods that ended long ago, so new ones get no network there",
    sources: [
      'https://github.com/containernetworking/plugins/blob/main/plugins/ipam/host-local/backend/allocator/allocator.go',
      'https://github.com/k3s-io/k3s/issues/4682',
    ],
    theme: 'retail',
    truth: truthOf('Node//worker-2', ['sandbox-creation-failing'], {
      effects: ['Deployment/billing/rates', 'Deployment/billing/tax'],
    }),
    make: (c) => {
      for (const name of ['rates', 'tax']) {
        const w = c.workload('billing', name);
        w.roll(
          { by: 'argocd-controller', minutesAgo: 33, fields: ['image'], mode: 'stuck', node: 'worker-2' },
          (container) => {
            container.image = container.image.replace(/\d+$/u, '9');
          },
        );
        creating(c, w, {
          minutesAgo: 33,
          reason: 'FailedCreatePodSandBox',
          message: `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${c.dice.hex(64)}": plugin type="ptp" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.244.2.1-10.244.2.254`,
          count: 148,
        });
      }
      return c.files('must-gather');
    },
  },
  {
    id: 'open-third-scheduler-name',
    title: 'pods wait for a scheduler of another name, which nobody runs here',
    sources: ['https://kubernetes.io/docs/tasks/extend-kubernetes/configure-multiple-schedulers/'],
    theme: 'media',
    truth: truthOf('Deployment/labs/trainer', ['scheduler-unknown'], {
      change: ['Deployment/labs/trainer', 'schedulerName'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'labs',
        name: 'trainer',
        image: 'ghcr.io/example/trainer:0.4.0',
        port: 8080,
        replicas: 2,
      });
      w.roll(
        { by: 'kubectl-client-side-apply', minutesAgo: 58, fields: ['spec/template/spec/schedulerName'] },
        (_container, template) => {
          template.spec.schedulerName = 'volcano';
        },
      );
      pending(w, { minutesAgo: 58 });
      const name = `kube-scheduler-${c.theme.controlPlane}`;
      c.log({ namespace: 'kube-system', pod: name, container: 'kube-scheduler' }, [
        klog(
          c,
          21,
          'I',
          'schedule_one.go:302] "Successfully bound pod to node" pod="social/digest-29331-x7k2p" node="pool-a-m9vwd" evaluatedNodes=4 feasibleNodes=3',
        ),
      ]);
      return c.files('json');
    },
  },
  {
    id: 'open-third-vault-mount',
    title: 'secrets of a vault are to be mounted, and what says which ones was put into another namespace',
    sources: [
      'https://github.com/kubernetes-sigs/secrets-store-csi-driver/blob/main/pkg/secrets-store/nodeserver.go',
      'https://secrets-store-csi-driver.sigs.k8s.io/troubleshooting',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/billing/payouts', ['volume-mount-failed'], {
      effects: ['Service/billing/payouts'],
    }),
    make: (c) => {
      const volume = {
        driver: 'secrets-store.csi.k8s.io',
        readOnly: true,
        volumeAttributes: { secretProviderClass: 'payouts-vault' },
      };
      const w = newApp(c, {
        namespace: 'billing',
        name: 'payouts',
        minutesAgo: 40,
        more: { volumes: [{ name: 'vault', csi: volume }] },
      });
      creating(c, w, {
        minutesAgo: 40,
        reason: 'FailedMount',
        message:
          'MountVolume.SetUp failed for volume "vault" : rpc error: code = Unknown desc = failed to get secretproviderclass billing/payouts-vault, error: SecretProviderClass.secrets-store.csi.x-k8s.io "payouts-vault" not found',
        count: 27,
      });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-third-scratch-limit',
    title:
      "a cache grows in the container's own files until its limit of local storage is reached; no log was taken of the dead",
    sources: ['pkg/kubelet/eviction/helpers.go (containerEphemeralStorageMessageFmt)'],
    theme: 'media',
    truth: truthOf('Deployment/media/thumbnails', ['evicted-storage-limit'], {
      change: ['Deployment/media/thumbnails', 'resources.limits'],
    }),
    make: (c) => {
      const w = c.workload('media', 'thumbnails');
      w.roll(
        { by: 'kubectl-patch', minutesAgo: 400, fields: ['resources/limits/ephemeral-storage'] },
        (container) => {
          container.resources.limits = { ...container.resources.limits, 'ephemeral-storage': '1Gi' };
        },
      );
      const [pod] = w.pods;
      for (const minutesAgo of [44, 19])
        evicted(c, w, {
          node: pod?.spec.nodeName ?? '',
          message: 'Container thumbnails exceeded its local ephemeral storage limit "1Gi". ',
          minutesAgo,
        });
      say(
        w,
        [
          python(c, 12, 'INFO', 'cache: 611 MiB in /app/.cache'),
          python(c, 2, 'INFO', 'cache: 892 MiB in /app/.cache'),
        ],
        { pods: w.fresh },
      );
      forget(c);
      return c.files('json');
    },
  },
  {
    id: 'open-third-scaled-too-far',
    title:
      'somebody wrote one nought too many into a number of replicas, and what is not placed is most of it',
    sources: ['pkg/scheduler/framework/plugins/noderesources/fit.go'],
    theme: 'retail',
    truth: truthOf('Deployment/labs/sampler', ['insufficient-cpu'], {
      change: ['Deployment/labs/sampler', 'spec.replicas'],
    }),
    make: (c) => {
      const resources = { requests: { cpu: '3', memory: '512Mi' }, limits: { memory: '1Gi' } };
      const w = addApp(c, {
        namespace: 'labs',
        name: 'sampler',
        image: 'registry.example.com/labs/sampler:1.0.0',
        port: 8080,
        replicas: 2,
        container: { resources },
      });
      w.scale(20, 'kubectl-scale', 26);
      w.pods.slice(0, 6).forEach((pod, index) => {
        placed(c, pod, `worker-${(index % 3) + 1}`);
      });
      pending(w, {
        pods: w.pods.slice(6),
        minutesAgo: 26,
        message: `0/4 nodes are available: ${CONTROL}, 3 Insufficient cpu. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.`,
      });
      return c.files('text');
    },
  },
];
