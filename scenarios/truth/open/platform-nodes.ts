import {
  crashing,
  evicted,
  isPod,
  losePods,
  nodeCondition,
  pending,
  taint,
  waiting,
} from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, newApp, truthOf } from './kit.ts';

const NODES = 'https://kubernetes.io/docs/reference/node/node-status/';
const EVICTION = 'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/';

function nodeEvent(
  c: Cluster,
  node: string,
  at: { reason: string; message: string; minutesAgo: number; component?: string },
): void {
  c.event(c.node(node), { ...at, host: node });
}

export const NODE_CASES: readonly OpenCase[] = [
  {
    id: 'open-kubelet-down',
    title: 'the kubelet of a node has stopped to report',
    sources: [NODES, 'pkg/controller/nodelifecycle/node_lifecycle_controller.go'],
    theme: 'media',
    truth: truthOf('Node//pool-b-t4zzs', ['node-kubelet-down', 'node-not-ready']),
    make: (c) => {
      const name = 'pool-b-t4zzs';
      for (const type of ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'])
        nodeCondition(c, c.node(name), {
          type,
          status: 'Unknown',
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
          minutesAgo: 13,
          heartbeatMinutesAgo: 14,
        });
      for (const effect of ['NoSchedule', 'NoExecute'])
        taint(c, c.node(name), { key: 'node.kubernetes.io/unreachable', effect, minutesAgo: 13 });
      nodeEvent(c, name, {
        reason: 'NodeNotReady',
        message: `Node ${name} status is now: NodeNotReady`,
        minutesAgo: 13,
        component: 'node-controller',
      });
      losePods(c, name, 13);
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-kubelet-down-b',
    twinOf: 'open-kubelet-down',
    title: "the kubelet reports well, but the cloud made no route to the node's pods",
    sources: [NODES, 'staging/src/k8s.io/cloud-provider/controllers/route/route_controller.go'],
    theme: 'media',
    truth: truthOf('Node//pool-b-t4zzs', ['node-network-unavailable', 'network-plugin-failing']),
    make: (c) => {
      const name = 'pool-b-t4zzs';
      nodeCondition(c, c.node(name), {
        type: 'NetworkUnavailable',
        status: 'True',
        reason: 'NoRouteCreated',
        message: 'RouteController failed to create a route',
        minutesAgo: 47,
      });
      taint(c, c.node(name), {
        key: 'node.kubernetes.io/network-unavailable',
        effect: 'NoSchedule',
        minutesAgo: 47,
      });
      c.event(c.node(name), {
        type: 'Warning',
        reason: 'FailedToCreateRoute',
        message: `Could not create route 5f6c 10.244.3.0/24 for node ${name} after 152ms: quota exceeded for routes`,
        count: 60,
        sinceMinutesAgo: 47,
        minutesAgo: 1,
        component: 'route_controller',
      });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-evicted-memory',
    title: 'a node runs out of memory and its kubelet evicts a pod far above its request',
    sources: [EVICTION, 'pkg/kubelet/eviction/helpers.go'],
    theme: 'retail',
    truth: truthOf('Node//worker-2', ['evicted-node-memory', 'node-memory-pressure'], {
      effects: ['Deployment/shop/recommendations'],
    }),
    make: (c) => {
      const name = 'worker-2';
      nodeCondition(c, c.node(name), {
        type: 'MemoryPressure',
        status: 'True',
        reason: 'KubeletHasInsufficientMemory',
        message: 'kubelet has insufficient memory available',
        minutesAgo: 16,
      });
      taint(c, c.node(name), {
        key: 'node.kubernetes.io/memory-pressure',
        effect: 'NoSchedule',
        minutesAgo: 16,
      });
      nodeEvent(c, name, {
        reason: 'NodeHasInsufficientMemory',
        message: `Node ${name} status is now: NodeHasInsufficientMemory`,
        minutesAgo: 16,
      });
      c.event(c.node(name), {
        type: 'Warning',
        reason: 'EvictionThresholdMet',
        message: 'Attempting to reclaim memory',
        count: 5,
        sinceMinutesAgo: 16,
        minutesAgo: 4,
        host: name,
      });
      for (const minutesAgo of [15, 9])
        evicted(c, c.workload('shop', 'recommendations'), {
          node: name,
          minutesAgo,
          message:
            'The node was low on resource: memory. Threshold quantity: 100Mi, available: 53Mi. Container recommendations was using 1800Mi, request is 128Mi, has larger consumption of memory. ',
        });
      return c.files('json');
    },
  },
  {
    id: 'open-evicted-memory-b',
    twinOf: 'open-evicted-memory',
    title: 'a pod had to make room for one of a higher priority',
    sources: [
      'https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/',
      'pkg/scheduler/framework/preemption/preemption.go',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/shop/recommendations', ['preempted', 'insufficient-cpu']),
    make: (c) => {
      const w = c.workload('shop', 'recommendations');
      const high = newApp(c, {
        namespace: 'billing',
        name: 'month-end',
        minutesAgo: 12,
        more: { priorityClassName: 'system-cluster-critical' },
      });
      for (const container of high.firstPod().spec.containers)
        container.resources = { requests: { cpu: '6', memory: '2Gi' } };
      const [victim] = w.pods;
      if (victim === undefined) throw new Error('nobody to preempt');
      c.event(victim, {
        reason: 'Preempted',
        message: `Preempted by pod ${high.firstPod().metadata.uid} on node ${victim.spec.nodeName ?? ''}`,
        minutesAgo: 11.9,
        component: 'default-scheduler',
      });
      w.dropPods([victim]);
      const again = w.addPod(11.8);
      pending(w, {
        pods: [again],
        minutesAgo: 11.8,
        message:
          '0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 3 Insufficient cpu. preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-pid-pressure',
    title: 'a node has no process numbers left and evicts',
    sources: [EVICTION, 'https://kubernetes.io/docs/concepts/policy/pid-limiting/'],
    theme: 'media',
    truth: truthOf('Node//pool-a-m9vwd', ['node-pid-pressure'], { effects: ['Deployment/media/transcoder'] }),
    make: (c) => {
      const name = 'pool-a-m9vwd';
      nodeCondition(c, c.node(name), {
        type: 'PIDPressure',
        status: 'True',
        reason: 'KubeletHasInsufficientPID',
        message: 'kubelet has insufficient PID available',
        minutesAgo: 8,
      });
      taint(c, c.node(name), { key: 'node.kubernetes.io/pid-pressure', effect: 'NoSchedule', minutesAgo: 8 });
      c.event(c.node(name), {
        type: 'Warning',
        reason: 'EvictionThresholdMet',
        message: 'Attempting to reclaim pids',
        count: 3,
        sinceMinutesAgo: 8,
        minutesAgo: 2,
        host: name,
      });
      evicted(c, c.workload('media', 'transcoder'), {
        node: name,
        minutesAgo: 7,
        message: 'The node was low on resource: pids. Threshold quantity: 1638, available: 912. ',
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-pid-pressure-b',
    twinOf: 'open-pid-pressure',
    title: 'the only node that a pod may go to holds as many pods as it may',
    sources: ['pkg/scheduler/framework/plugins/noderesources/fit.go (ErrReasonTooManyPods: "Too many pods")'],
    theme: 'media',
    truth: truthOf('Node//pool-a-m9vwd', ['too-many-pods'], {
      effects: ['Deployment/media/subtitles', 'Service/media/subtitles'],
    }),
    make: (c) => {
      const name = 'pool-a-m9vwd';
      const count = c.ofKind('Pod').filter((pod) => isPod(pod) && pod.spec.nodeName === name).length;
      const node = c.node(name);
      const rest = (node.status?.['allocatable'] ?? {}) as Record<string, string>;
      node.status = {
        ...node.status,
        allocatable: { ...rest, pods: String(count) },
        capacity: { ...rest, pods: String(count) },
      };
      const w = newApp(c, {
        namespace: 'media',
        name: 'subtitles',
        minutesAgo: 26,
        more: { nodeSelector: { 'kubernetes.io/hostname': name } },
      });
      pending(w, {
        minutesAgo: 26,
        message:
          "0/4 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/4 nodes are available: 1 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.",
      });
      return c.files('must-gather');
    },
  },
  {
    id: 'open-kube-proxy',
    title: 'kube-proxy was given an option that it does not know, and no node learns of new endpoints',
    sources: [
      'cmd/kube-proxy/app/server.go',
      'https://kubernetes.io/docs/tasks/debug/debug-application/debug-service/#is-kube-proxy-working',
    ],
    theme: 'retail',
    truth: truthOf('DaemonSet/kube-system/kube-proxy', ['kube-proxy-down'], {
      effects: ['Deployment/shop/checkout'],
      change: ['DaemonSet/kube-system/kube-proxy', 'command'],
    }),
    make: (c) => {
      const w = c.workload('kube-system', 'kube-proxy');
      w.roll({ by: 'kubectl-edit', minutesAgo: 44, fields: ['command'] }, (container) => {
        container.command = [...(container.command ?? []), '--proxy-mod=ipvs'];
      });
      crashing(w, {
        exitCode: 1,
        minutesAgo: 44,
        restarts: 13,
        log: ['Error: unknown flag: --proxy-mod', 'Usage:', '  kube-proxy [flags]'],
      });
      c.workload('shop', 'catalog').roll(
        { by: 'kubectl-set', minutesAgo: 30, fields: ['image'] },
        (container) => {
          container.image = 'registry.example.com/shop/catalog:1.18.3';
        },
      );
      ask(c, {
        namespace: 'shop',
        clients: ['checkout', 'frontend'],
        service: 'catalog',
        trouble: 'timeout',
        minutesAgo: 29,
      });
      return c.files('json');
    },
  },
  {
    id: 'open-kube-proxy-b',
    twinOf: 'open-kube-proxy',
    title: "the network plugin's agent can't list its nodes and crashes, so new pods get no network",
    sources: [
      'pkg/kubelet/kuberuntime/kuberuntime_sandbox.go',
      'https://github.com/kubernetes-sigs/kind/tree/main/images/kindnetd',
    ],
    theme: 'retail',
    truth: truthOf('DaemonSet/kube-system/kindnet', ['network-plugin-failing'], {
      effects: ['Deployment/shop/catalog'],
    }),
    make: (c) => {
      const w = c.workload('kube-system', 'kindnet');
      w.roll({ by: 'kubectl-edit', minutesAgo: 44, fields: ['env/{POD_SUBNET}/value'] }, (container) => {
        container.env = [{ name: 'POD_SUBNET', value: '10.244.0.0-16' }];
      });
      crashing(w, {
        exitCode: 2,
        minutesAgo: 44,
        restarts: 13,
        log: ['panic: invalid CIDR address: 10.244.0.0-16', '', 'goroutine 1 [running]:', 'main.main()'],
      });
      const catalog = c.workload('shop', 'catalog');
      catalog.roll({ by: 'kubectl-set', minutesAgo: 30, fields: ['image'], mode: 'stuck' }, (container) => {
        container.image = 'registry.example.com/shop/catalog:1.18.3';
      });
      waiting(catalog, {
        reason: 'ContainerCreating',
        minutesAgo: 30,
        about: 'pod',
        warnings: [
          [
            'FailedCreatePodSandBox',
            'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "6d1f0c": plugin type="ptp" failed (add): failed to allocate for range 0: no IP addresses available in range set',
            120,
          ],
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-pleg',
    title: "a node's runtime hangs: the kubelet's relist of containers does not end",
    sources: ['pkg/kubelet/pleg/generic.go', NODES],
    theme: 'retail',
    truth: truthOf('Node//worker-3', ['node-runtime-down', 'node-not-ready']),
    make: (c) => {
      notReadyNode(
        c,
        'worker-3',
        'PLEG is not healthy: pleg was last seen active 6m12.403s ago; threshold is 3m0s',
        9,
      );
      return c.files('yaml');
    },
  },
  {
    id: 'open-pleg-b',
    twinOf: 'open-pleg',
    title: 'a node is not ready since its network plugin crashes there',
    sources: [
      'pkg/kubelet/kubelet.go',
      'https://docs.tigera.io/calico/latest/operations/troubleshoot/troubleshooting',
    ],
    theme: 'media',
    truth: truthOf('DaemonSet/kube-system/calico-node', ['network-plugin-failing'], {
      effects: ['Node//pool-a-7kq2x'],
    }),
    make: (c) => {
      const name = 'pool-a-7kq2x';
      notReadyNode(
        c,
        name,
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
        19,
      );
      const w = c.workload('kube-system', 'calico-node');
      crashing(w, {
        exitCode: 1,
        minutesAgo: 20,
        restarts: 8,
        pods: w.pods.filter((pod) => pod.spec.nodeName === name),
        log: [
          '[INFO][9] startup/startup.go 431: Early log level set to info',
          '[ERROR][9] startup/startup.go 165: failed to query kubeadm\'s config map error=Get "https://10.96.0.1:443/api/v1/namespaces/kube-system/configmaps/kubeadm-config": net/http: TLS handshake timeout',
          '[WARNING][9] startup/startup.go 1057: Terminating',
          'Calico node failed to start',
        ],
      });
      return c.files('yaml');
    },
  },
];

function notReadyNode(c: Cluster, name: string, message: string, minutesAgo: number): void {
  nodeCondition(c, c.node(name), {
    type: 'Ready',
    status: 'False',
    reason: 'KubeletNotReady',
    message,
    minutesAgo,
  });
  for (const effect of ['NoSchedule', 'NoExecute'])
    taint(c, c.node(name), { key: 'node.kubernetes.io/not-ready', effect, minutesAgo });
  nodeEvent(c, name, {
    reason: 'NodeNotReady',
    message: `Node ${name} status is now: NodeNotReady`,
    minutesAgo,
  });
  losePods(c, name, minutesAgo);
}
