import { clearNode, nodeCondition, taint } from '../builders/index.ts';
import type { Cluster, Pod } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { newApp, specOf } from './kit.ts';

const EVENTS = 'https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/';
const SERVICE = 'https://kubernetes.io/docs/concepts/services-networking/service/';

function warn(
  c: Cluster,
  pod: Pod,
  at: { reason: string; message: string; minutesAgo: number; component?: string; count?: number },
): void {
  c.event(pod, { type: 'Warning', host: pod.spec.nodeName ?? '', ...at });
}

export const WELL_NOISE: readonly OpenCase[] = [
  {
    id: 'open-well-stale',
    title: 'warnings of fifty minutes ago about pods that have run well since',
    sources: [EVENTS],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const w = newApp(c, { namespace: 'shop', name: 'wishlist', minutesAgo: 55 });
      warn(c, w.firstPod(), {
        reason: 'FailedScheduling',
        message:
          '0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 Insufficient cpu. preemption: 0/4 nodes are available: 4 No preemption victims found for incoming pod.',
        minutesAgo: 55.5,
        component: 'default-scheduler',
      });
      warn(c, w.firstPod(), { reason: 'Failed', message: 'Error: ErrImagePull', minutesAgo: 54.6 });
      return c.files('json');
    },
  },
  {
    id: 'open-well-order',
    title: 'everything was applied at once: a mount waited a moment for its ConfigMap, a pod for its account',
    sources: ['pkg/kubelet/volumemanager', 'pkg/controller/replicaset/replica_set.go'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      c.configMap('shop', 'wishlist-config', { 'app.yaml': 'page: 20\n' }, 31);
      c.serviceAccount('shop', 'wishlist', 31);
      const volumes = [{ name: 'config', configMap: { name: 'wishlist-config', defaultMode: 420 } }];
      const w = newApp(c, {
        namespace: 'shop',
        name: 'wishlist',
        minutesAgo: 31,
        more: { volumes, serviceAccountName: 'wishlist' },
      });
      warn(c, w.firstPod(), {
        reason: 'FailedMount',
        message: 'MountVolume.SetUp failed for volume "config" : configmap "wishlist-config" not found',
        minutesAgo: 30.9,
        count: 2,
      });
      if (w.replicaSet !== undefined)
        c.event(w.replicaSet, {
          type: 'Warning',
          reason: 'FailedCreate',
          message:
            'Error creating: pods "wishlist-" is forbidden: error looking up service account shop/wishlist: serviceaccount "wishlist" not found',
          count: 3,
          minutesAgo: 31,
          component: 'replicaset-controller',
        });
      return c.files('yaml');
    },
  },
  {
    id: 'open-well-probe',
    title: 'probes failed once or twice while programs started or were busy, and all is ready',
    sources: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
    ],
    theme: 'media',
    truth: null,
    make: (c) => {
      for (const name of ['graph', 'profile', 'chat']) {
        const [pod] = c.workload('social', name).pods;
        if (pod === undefined) continue;
        const url = `http://${pod.status.podIP ?? ''}:8080`;
        warn(c, pod, {
          reason: 'Unhealthy',
          message: `Liveness probe failed: Get "${url}/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
          minutesAgo: 25,
        });
        warn(c, pod, {
          reason: 'Unhealthy',
          message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
          minutesAgo: 41,
          count: 2,
        });
      }
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-well-pressure',
    title: 'a node had memory pressure yesterday, which is over',
    sources: [
      'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-conditions',
    ],
    theme: 'media',
    truth: null,
    make: (c) => {
      const node = c.node('pool-a-m9vwd');
      nodeCondition(c, node, {
        type: 'MemoryPressure',
        status: 'False',
        reason: 'KubeletHasSufficientMemory',
        message: 'kubelet has sufficient memory available',
        minutesAgo: 1300,
      });
      c.event(node, {
        reason: 'NodeHasSufficientMemory',
        message: 'Node pool-a-m9vwd status is now: NodeHasSufficientMemory',
        minutesAgo: 57,
        host: 'pool-a-m9vwd',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-well-cordon',
    title: 'a node is cordoned and empty; nothing waits for it',
    sources: ['https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const node = c.node('worker-1');
      clearNode(c, 'worker-1', { minutesAgo: 50 });
      specOf(node)['unschedulable'] = true;
      taint(c, node, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', minutesAgo: 52 });
      c.event(node, {
        reason: 'NodeNotSchedulable',
        message: 'Node worker-1 status is now: NodeNotSchedulable',
        minutesAgo: 52,
        host: 'worker-1',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-well-restarts',
    title: 'programs that were killed for memory three weeks ago and have run since',
    sources: ['https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-state-terminated'],
    theme: 'media',
    truth: null,
    make: (c) => {
      for (const pod of c.workload('media', 'transcoder').pods)
        for (const status of pod.status.containerStatuses ?? []) {
          pod.metadata.creationTimestamp = c.ago(60_000);
          status.restartCount = 4;
          status.state = { running: { startedAt: c.ago(30_000) } };
          status.lastState = {
            terminated: {
              exitCode: 137,
              reason: 'OOMKilled',
              startedAt: c.ago(33_000),
              finishedAt: c.ago(30_000.2),
              containerID: `containerd://${c.dice.hex(64)}`,
            },
          };
        }
      return c.files('yaml');
    },
  },
  {
    id: 'open-well-names',
    title:
      'Services that have no pods of their own by design: headless, ExternalName, and one that an operator fills',
    sources: [SERVICE, 'https://github.com/zalando/postgres-operator/blob/master/docs/administrator.md'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      c.service('shop', 'postgres-headless', {
        clusterIP: 'None',
        selector: { app: 'postgres' },
        ports: [{ name: 'postgres', port: 5432, targetPort: 5432, protocol: 'TCP' }],
      });
      c.service('shop', 'smtp', { type: 'ExternalName', externalName: 'smtp.example.com' });
      const port = [{ name: 'postgres', port: 5432, protocol: 'TCP' }];
      c.service('shop', 'postgres-leader', {
        ports: [{ ...port[0], name: 'postgres', port: 5432, targetPort: 5432, protocol: 'TCP' }],
      });
      const [pod] = c.workload('shop', 'postgres').pods;
      c.add({
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: {
          ...c.meta('postgres-leader', 'shop', 90_000),
          annotations: { leader: pod?.metadata.name ?? '' },
        },
        subsets: [
          {
            addresses: [
              {
                ip: pod?.status.podIP ?? '',
                targetRef: { kind: 'Pod', name: pod?.metadata.name, namespace: 'shop' },
              },
            ],
            ports: port,
          },
        ],
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-well-first-consumer',
    title: 'a claim waits for its first consumer, which nobody has made yet',
    sources: ['https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode'],
    theme: 'media',
    truth: null,
    make: (c) => {
      const claim = c.add({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { ...c.meta('exports-next', 'media', 130), finalizers: ['kubernetes.io/pvc-protection'] },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '10Gi' } },
          storageClassName: 'standard',
          volumeMode: 'Filesystem',
        },
        status: { phase: 'Pending' },
      });
      c.event(claim, {
        reason: 'WaitForFirstConsumer',
        message: 'waiting for first consumer to be created before binding',
        count: 520,
        sinceMinutesAgo: 130,
        minutesAgo: 0.2,
        component: 'persistentvolume-controller',
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-well-policies',
    title: 'everything is denied by default and what is needed is allowed, names too',
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-and-all-egress-traffic',
    ],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const add = (name: string, spec: Record<string, unknown>): void => {
        c.add({
          apiVersion: 'networking.k8s.io/v1',
          kind: 'NetworkPolicy',
          metadata: { ...c.meta(name, 'billing', 90_000), generation: 1 },
          spec,
        });
      };
      add('default-deny', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
      add('allow-dns', {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [
          {
            to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
            ports: [
              { protocol: 'UDP', port: 53 },
              { protocol: 'TCP', port: 53 },
            ],
          },
        ],
      });
      add('allow-within', {
        podSelector: {},
        policyTypes: ['Egress'],
        egress: [{ to: [{ podSelector: {} }] }],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-well-logs',
    title: 'programs log errors of their visitors and reconnect once',
    sources: ['https://sre.google/sre-book/monitoring-distributed-systems/'],
    theme: 'retail',
    truth: null,
    make: (c) => {
      const [pod] = c.workload('shop', 'catalog').pods;
      c.log({ namespace: 'shop', pod: pod?.metadata.name ?? '', container: 'catalog' }, [
        `{"level":"info","ts":"${c.ago(4000)}","msg":"starting server","addr":":8080"}`,
        `{"level":"warn","ts":"${c.ago(700)}","msg":"connection lost, retrying","error":"read tcp 10.244.1.9:40112->10.96.80.31:5432: read: connection reset by peer"}`,
        `{"level":"info","ts":"${c.ago(699.9)}","msg":"connected again"}`,
        `{"level":"error","ts":"${c.ago(15)}","msg":"request","path":"/v1/items/x'--","status":400,"error":"invalid id"}`,
        `{"level":"info","ts":"${c.ago(1)}","msg":"request","path":"/v1/items","status":200}`,
      ]);
      return c.files('text');
    },
  },
];
