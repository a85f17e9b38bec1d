import type { DumpFiles } from '../case.ts';
import {
  addressOfService,
  cluster,
  crashing,
  evicted,
  failingClient,
  isPod,
  losePods,
  mainContainer,
  nodeCondition,
  pending,
  taint,
  waiting,
} from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

const NOT_HELPFUL = 'preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.';

/** Payments only runs in the zone of worker-2, so it is down with that node. */
function paymentsOnSecond(c: Cluster): void {
  c.workload('shop', 'payments').roll(
    {
      by: 'kubectl-client-side-apply',
      minutesAgo: 22_000,
      fields: ['spec/template/spec/nodeSelector'],
      node: 'worker-2',
    },
    (_, template) => {
      template.spec.nodeSelector = { 'topology.kubernetes.io/zone': 'eu-west-1b' };
    },
  );
}

function paymentsLost(c: Cluster, minutesAgo: number, taintText: string): void {
  const w = c.workload('shop', 'payments');
  const again = w.pods.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  pending(w, {
    minutesAgo: minutesAgo - 5,
    pods: again,
    message: `0/4 nodes are available: 1 node(s) had untolerated taint {${taintText}: }, 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't match Pod's node affinity/selector. ${NOT_HELPFUL}`,
  });
  const address = addressOfService(c, 'shop', 'payments');
  failingClient(c, {
    namespace: 'shop',
    client: 'checkout',
    sinceMinutesAgo: minutesAgo,
    lines: [
      `{"level":"error","ts":"TIME","msg":"charge failed","error":"Post \\"http://payments/v1/charge\\": dial tcp ${address}: connect: connection refused"}`,
    ],
  });
}

function namesUnanswered(
  c: Cluster,
  at: { namespace: string; client: string; host: string; minutesAgo: number; end: string },
): void {
  const { namespace, client, host, minutesAgo, end } = at;
  const port = 30_000 + c.dice.below(30_000);
  const ip = c.workload(namespace, client).pods[0]?.status.podIP ?? '';
  failingClient(c, {
    namespace,
    client,
    sinceMinutesAgo: minutesAgo,
    lines: [
      `{"level":"error","ts":"TIME","msg":"upstream call failed","error":"dial tcp: lookup ${host} on 10.96.0.10:53: read udp ${ip}:${port}->10.96.0.10:53: ${end}"}`,
    ],
  });
}

export const NODES: Builders = {
  'platform-04': (id) => {
    const c = cluster(id, 'retail');
    paymentsOnSecond(c);
    const node = c.node('worker-2');
    for (const type of ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready']) {
      nodeCondition(c, node, {
        type,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        minutesAgo: 17,
        heartbeatMinutesAgo: 18.2,
      });
    }
    taint(c, node, { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule', minutesAgo: 17 });
    taint(c, node, { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute', minutesAgo: 17 });
    c.event(node, {
      reason: 'NodeNotReady',
      message: 'Node worker-2 status is now: NodeNotReady',
      minutesAgo: 17,
      component: 'node-controller',
    });
    losePods(c, 'worker-2', 17);
    paymentsLost(c, 17, 'node.kubernetes.io/unreachable');
    return c.files('cluster-info');
  },
  'platform-04b': (id) => {
    const c = cluster(id, 'retail');
    paymentsOnSecond(c);
    const node = c.node('worker-2');
    nodeCondition(c, node, {
      type: 'Ready',
      status: 'False',
      reason: 'KubeletNotReady',
      message:
        '[container runtime is down, PLEG is not healthy: pleg was last seen active 17m41.2s ago; threshold is 3m0s]',
      minutesAgo: 14.6,
    });
    taint(c, node, { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule', minutesAgo: 14.6 });
    taint(c, node, { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', minutesAgo: 14.6 });
    c.event(node, {
      reason: 'NodeNotReady',
      message: 'Node worker-2 status is now: NodeNotReady',
      minutesAgo: 14.6,
      host: 'worker-2',
    });
    c.event(node, {
      type: 'Warning',
      reason: 'ContainerGCFailed',
      message:
        'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused"',
      count: 15,
      sinceMinutesAgo: 16,
      minutesAgo: 0.6,
      host: 'worker-2',
    });
    losePods(c, 'worker-2', 14.6);
    paymentsLost(c, 14.6, 'node.kubernetes.io/not-ready');
    return c.files('text');
  },
  'platform-06': (id) => {
    const c = cluster(id, 'media');
    c.workload('kube-system', 'coredns').scale(0, 'kubectl-scale', 37);
    const end = 'read: connection refused';
    namesUnanswered(c, { namespace: 'media', client: 'api', host: 'metadata', minutesAgo: 36, end });
    namesUnanswered(c, { namespace: 'media', client: 'feed', host: 'metadata', minutesAgo: 36, end });
    namesUnanswered(c, { namespace: 'social', client: 'timeline', host: 'graph', minutesAgo: 36, end });
    return c.files('json');
  },
  'platform-06b': (id) => {
    const c = cluster(id, 'media');
    const policy = c.add({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: c.meta('default-deny-egress', 'media', 33),
      spec: { podSelector: {}, policyTypes: ['Egress'] },
    });
    c.changed(policy, {
      by: 'kubectl-client-side-apply',
      minutesAgo: 33,
      fields: ['spec/podSelector', 'spec/policyTypes'],
    });
    const end = 'i/o timeout';
    namesUnanswered(c, { namespace: 'media', client: 'api', host: 'metadata', minutesAgo: 32, end });
    namesUnanswered(c, { namespace: 'media', client: 'feed', host: 'metadata', minutesAgo: 32, end });
    return c.files('json');
  },
  'platform-07': (id) => {
    const c = cluster(id, 'retail');
    const node = c.node('worker-3');
    nodeCondition(c, node, {
      type: 'DiskPressure',
      status: 'True',
      reason: 'KubeletHasDiskPressure',
      message: 'kubelet has disk pressure',
      minutesAgo: 16,
    });
    taint(c, node, { key: 'node.kubernetes.io/disk-pressure', effect: 'NoSchedule', minutesAgo: 16 });
    const about = { host: 'worker-3' };
    c.event(node, {
      ...about,
      reason: 'NodeHasDiskPressure',
      message: 'Node worker-3 status is now: NodeHasDiskPressure',
      minutesAgo: 16,
    });
    c.event(node, {
      ...about,
      type: 'Warning',
      reason: 'EvictionThresholdMet',
      message: 'Attempting to reclaim ephemeral-storage',
      count: 31,
      sinceMinutesAgo: 16.2,
      minutesAgo: 0.8,
    });
    c.event(node, {
      ...about,
      type: 'Warning',
      reason: 'FreeDiskSpaceFailed',
      message:
        'Failed to garbage collect required amount of images. Attempted to free 6120456192 bytes, but only found 0 bytes eligible to free.',
      count: 4,
      sinceMinutesAgo: 21,
      minutesAgo: 1.5,
    });
    const w = c.workload('shop', 'inventory');
    for (const [minutesAgo, used] of [
      [15.4, 20_816],
      [11.1, 7_212],
    ] as const) {
      evicted(c, w, {
        node: 'worker-3',
        minutesAgo,
        message: `The node was low on resource: ephemeral-storage. Threshold quantity: 15214644Ki, available: ${14_800_000 - used * 8}Ki. Container inventory was using ${used}Ki, request is 0, has larger consumption of ephemeral-storage. `,
      });
    }
    return c.files('cluster-info');
  },
  'platform-07b': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('shop', 'inventory');
    w.roll(
      { by: 'kubectl-client-side-apply', minutesAgo: 12_000, fields: ['resources/limits/ephemeral-storage'] },
      (container) => {
        container.resources.limits = { ...container.resources.limits, 'ephemeral-storage': '256Mi' };
      },
    );
    for (const minutesAgo of [52, 31, 9]) {
      const node = c.hosts[c.dice.below(3)]?.name ?? '';
      evicted(c, w, {
        node,
        minutesAgo,
        message: 'Container inventory exceeded its local ephemeral storage limit "256Mi". ',
      });
    }
    return c.files('text');
  },
  'platform-08': (id) => {
    const c = cluster(id, 'media');
    const agent = c.workload('kube-system', 'calico-node');
    agent.spec['updateStrategy'] = {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: '100%', maxSurge: 0 },
    };
    agent.roll(
      { by: 'kubectl-set', minutesAgo: 25, fields: ['env/{IP_AUTODETECTION_METHOD}/value'] },
      (container) => {
        for (const variable of container.env ?? [])
          if (variable.name === 'IP_AUTODETECTION_METHOD') variable.value = 'interface=eth1';
      },
    );
    const at = c.ago(2.6).slice(0, 19).replace('T', ' ');
    crashing(agent, {
      exitCode: 1,
      minutesAgo: 25,
      restarts: 9,
      runsSeconds: 1,
      log: [
        `${at}.882 [INFO][9] startup/startup.go 449: Early log level set to info`,
        `${at}.904 [WARNING][9] startup/autodetection_methods.go 99: Unable to auto-detect an IPv4 address using interface regexes [eth1]: no valid host interfaces found`,
        `${at}.904 [WARNING][9] startup/startup.go 507: Couldn't autodetect an IPv4 address. If auto-detecting, choose a different autodetection method. Otherwise provide an explicit address.`,
        `${at}.904 [INFO][9] startup/startup.go 391: Clearing out-of-date IPv4 address from this node IP=""`,
        `${at}.911 [WARNING][9] startup/utils.go 48: Terminating`,
        'Calico node failed to start',
      ],
    });
    const w = c.workload('media', 'feed');
    w.roll({ by: 'kubectl-set', minutesAgo: 15, fields: ['image'], mode: 'stuck' }, (container) => {
      container.image = 'ghcr.io/example/feed:1.16.0';
    });
    const reason = (): string =>
      `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${c.dice.hex(64)}": plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/`;
    waiting(w, {
      reason: 'ContainerCreating',
      minutesAgo: 15,
      about: 'pod',
      warnings: [
        ['FailedCreatePodSandBox', reason(), 1],
        ['FailedCreatePodSandBox', reason(), 68],
      ],
    });
    return c.files('cluster-info');
  },
  'platform-08b': (id) => {
    const c = cluster(id, 'media');
    const node = 'pool-b-t4zzs';
    const image = 'registry.k8s.io/pause:3.8';
    const reason = `Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = failed to get sandbox image "${image}": failed to pull image "${image}": failed to pull and unpack image "${image}": failed to resolve reference "${image}": failed to do request: Head "https://europe-west3-docker.pkg.dev/v2/k8s-artifacts-prod/images/pause/manifests/3.8": dial tcp 142.250.27.82:443: i/o timeout`;
    for (const [namespace, name] of [
      ['media', 'feed'],
      ['social', 'image-proxy'],
      ['social', 'notify'],
    ] as const) {
      const w = c.workload(namespace, name);
      w.dropPods(w.pods.slice(1));
      const pod = w.addPod(32, node);
      waiting(w, {
        reason: 'ContainerCreating',
        minutesAgo: 32,
        about: 'pod',
        pods: [pod],
        warnings: [['FailedCreatePodSandBox', reason, 58]],
      });
    }
    return c.files('cluster-info');
  },
  'platform-09': (id) => {
    const c = cluster(id, 'retail');
    const pod = c.get('Pod', 'kube-system', 'kube-scheduler-cp-1');
    if (!isPod(pod)) throw new Error('the scheduler is a pod');
    const day = c.ago(2.6).slice(5, 10).replace('-', '');
    const klog = `${day} ${c.ago(2.6).slice(11, 19)}`;
    crashing(
      { store: c, namespace: 'kube-system', container: mainContainer(pod.spec), fresh: [pod] },
      {
        exitCode: 1,
        minutesAgo: 34,
        restarts: 11,
        runsSeconds: 1,
        log: [
          `I${klog}.420190       1 serving.go:386] Generated self-signed cert in-memory`,
          `E${klog}.420611       1 run.go:72] "command failed" err="failed to get delegated authentication kubeconfig: failed to get delegated authentication kubeconfig: stat /etc/kubernetes/scheduler.conf: no such file or directory"`,
        ],
      },
    );
    const w = c.workload('shop', 'cart');
    w.roll({ by: 'kubectl-set', minutesAgo: 22, fields: ['image'], mode: 'stuck' }, (container) => {
      container.image = 'registry.example.com/shop/cart:1.9.5';
    });
    pending(w, { minutesAgo: 22 });
    return c.files('cluster-info');
  },
  'platform-09b': (id) => {
    const c = cluster(id, 'retail');
    const w = c.workload('shop', 'cart');
    w.roll(
      {
        by: 'kubectl-client-side-apply',
        minutesAgo: 22,
        fields: ['spec/template/spec/schedulerName'],
        mode: 'stuck',
      },
      (_, template) => {
        template.spec.schedulerName = 'volcano';
      },
    );
    pending(w, { minutesAgo: 22 });
    return c.files('cluster-info');
  },
};
