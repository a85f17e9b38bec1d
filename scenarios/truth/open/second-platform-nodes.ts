import { failingClient, nodeCondition, notReady, pending } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, truthOf } from './kit.ts';
import { creating, klog, remade, renewed } from './second-kit.ts';

const ETCD = 'https://etcd.io/docs/v3.5/op-guide/maintenance/#space-quota';
const SPACE = 'etcdserver: mvcc: database space exceeded';

export const SECOND_NODES: readonly OpenCase[] = [
  {
    id: 'open-second-clock',
    title: "a node's clock is three quarters of an hour slow, so a new certificate is not valid there yet",
    sources: [
      'Go crypto/x509 verify.go (CertificateInvalidError.Error)',
      'https://github.com/kubernetes/node-problem-detector config/plugin/check_ntp.sh',
    ],
    theme: 'retail',
    truth: truthOf('Node//worker-3', ['node-clock-skew', 'clock-skew'], {
      effects: ['Deployment/shop/checkout'],
    }),
    make: (c) => {
      const slow = 46;
      for (const type of ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready']) {
        const conditions = (c.node('worker-3').status?.['conditions'] ?? []) as {
          type: string;
          lastHeartbeatTime: string;
        }[];
        for (const condition of conditions)
          if (condition.type === type) condition.lastHeartbeatTime = c.ago(slow + 1.5);
      }
      nodeCondition(c, c.node('worker-3'), {
        type: 'NTPProblem',
        status: 'True',
        reason: 'NTPIsDown',
        message: 'NTP service is not running',
        minutesAgo: 7000,
        heartbeatMinutesAgo: slow + 2,
      });
      c.secret('shop', 'payments-tls', {
        keys: ['ca.crt', 'tls.crt', 'tls.key'],
        type: 'kubernetes.io/tls',
        minutesAgo: 32,
      });
      const w = c.workload('shop', 'checkout');
      w.dropPods(w.pods);
      for (const node of ['worker-1', 'worker-3']) {
        const pod = w.addPod(5000, node);
        const at = { namespace: 'shop', pod: pod.metadata.name, container: 'checkout' };
        const skew = node === 'worker-3' ? slow : 0;
        const line = (minutes: number): string =>
          skew === 0
            ? `{"level":"info","ts":"${c.ago(minutes)}","msg":"request","method":"POST","path":"/v1/orders","status":201,"duration_ms":44}`
            : `{"level":"error","ts":"${c.ago(minutes + skew)}","msg":"authorise payment","error":"Post \\"https://payments/v1/authorise\\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time ${c.ago(minutes + skew)} is before ${c.ago(32)}"}`;
        c.log(at, [31, 22, 13, 4, 1].map(line));
        if (skew === 0) continue;
        notReady(w, { pods: [pod], minutesAgo: 31 + skew });
        c.event(pod, {
          type: 'Warning',
          reason: 'Unhealthy',
          message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
          count: 180,
          sinceMinutesAgo: 31 + skew,
          minutesAgo: skew + 0.2,
          container: 'checkout',
          host: node,
        });
      }
      return c.files('must-gather', { quiet: true });
    },
  },
  {
    id: 'open-second-scheduler-gone',
    title: "the scheduler's manifest was taken away: its pod is gone, and new pods are not even looked at",
    sources: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/',
      'https://kubernetes.io/docs/concepts/architecture/leases/#leader-election',
    ],
    theme: 'media',
    truth: truthOf('Pod/kube-system/kube-scheduler-control-0', ['scheduler-down'], {
      effects: ['Deployment/media/feed', 'Service/media/feed', 'Deployment/media/web'],
    }),
    make: (c) => {
      c.remove(c.get('Pod', 'kube-system', 'kube-scheduler-control-0'));
      renewed(c, 'kube-scheduler', 141);
      renewed(c, 'kube-controller-manager', 0.02);
      const feed = c.workload('media', 'feed');
      feed.roll({ by: 'kubectl-set', minutesAgo: 24, fields: ['image'], mode: 'recreate' }, (container) => {
        container.image = 'ghcr.io/example/feed:1.15.3';
      });
      pending(feed, { minutesAgo: 24 });
      ask(c, { namespace: 'media', clients: ['web'], service: 'feed', trouble: 'refused', minutesAgo: 23 });
      return c.files('json');
    },
  },
  {
    id: 'open-second-etcd-space',
    title: "etcd's database has reached its quota: it is read and no longer written",
    sources: [ETCD, 'etcd-io/etcd server/etcdserver/apply.go (alarm raised)', 'api/v3rpc/rpctypes/error.go'],
    theme: 'retail',
    truth: truthOf('Pod/kube-system/etcd-cp-1', ['etcd-failing'], {
      effects: ['Pod/kube-system/kube-apiserver-cp-1', 'Pod/kube-system/kube-controller-manager-cp-1'],
    }),
    make: (c) => {
      for (const node of c.ofKind('Node'))
        for (const condition of (node.status?.['conditions'] ?? []) as { lastHeartbeatTime: string }[])
          condition.lastHeartbeatTime = c.ago(13.5);
      const say = (component: string, lines: readonly string[]): void => {
        c.log(
          { namespace: 'kube-system', pod: `${component}-${c.theme.controlPlane}`, container: component },
          lines,
        );
      };
      say('etcd', [
        `{"level":"info","ts":"${c.ago(64)}","caller":"mvcc/kvstore_compaction.go:68","msg":"finished scheduled compaction","compact-revision":48172933,"took":"1.204s"}`,
        `{"level":"warn","ts":"${c.ago(12.9)}","caller":"etcdserver/apply.go:952","msg":"alarm raised","alarm":"NOSPACE","from":"8e9e05c52164694d"}`,
      ]);
      say('kube-apiserver', [
        klog(
          c,
          'E',
          12.6,
          `status.go:71] "Unhandled Error" err="apiserver received an error that is not an metav1.Status: rpctypes.EtcdError{code:0x8, desc:\\"${SPACE}\\"}: ${SPACE}" logger="UnhandledError"`,
        ),
        klog(
          c,
          'E',
          1.1,
          `status.go:71] "Unhandled Error" err="apiserver received an error that is not an metav1.Status: rpctypes.EtcdError{code:0x8, desc:\\"${SPACE}\\"}: ${SPACE}" logger="UnhandledError"`,
        ),
      ]);
      for (const component of ['kube-controller-manager', 'kube-scheduler'])
        say(component, [
          klog(
            c,
            'E',
            1.3,
            `leaderelection.go:429] Failed to update lock optimistically: ${SPACE}, falling back to slow path`,
          ),
          klog(c, 'E', 1.2, `leaderelection.go:448] Failed to update lock: ${SPACE}`),
        ]);
      return c.files('must-gather', { quiet: true });
    },
  },
  {
    id: 'open-second-plugin-nodes',
    title: "the network plugin's agents were limited to one pool, and a node of another has none",
    sources: [
      'projectcalico/calico cni-plugin/internal/pkg/utils/utils.go (nodename)',
      'https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#running-pods-on-select-nodes',
    ],
    theme: 'media',
    truth: truthOf('DaemonSet/kube-system/calico-node', ['network-plugin-failing'], {
      effects: ['Node//pool-b-t4zzs', 'Deployment/social/timeline'],
      change: ['DaemonSet/kube-system/calico-node', 'nodeSelector'],
    }),
    make: (c) => {
      for (const { name } of c.hosts) {
        const { metadata } = c.node(name);
        metadata.labels = { ...metadata.labels, 'example.com/pool': name.slice(5, 6) };
      }
      const agents = c.workload('kube-system', 'calico-node');
      agents.template.spec.nodeSelector = { 'example.com/pool': 'a' };
      c.changed(agents.manifest, {
        by: 'kubectl-edit',
        minutesAgo: 53,
        fields: ['spec/template/spec/nodeSelector'],
      });
      agents.dropPods(agents.pods.filter(({ spec }) => spec.nodeName === 'pool-b-t4zzs'));
      for (const pod of agents.pods) pod.spec.nodeSelector = { 'example.com/pool': 'a' };
      const w = c.workload('social', 'timeline');
      w.roll(
        { by: 'helm', minutesAgo: 27, fields: ['image'], mode: 'stuck', node: 'pool-b-t4zzs' },
        (container) => {
          container.image = 'ghcr.io/example/timeline:3.0.3';
        },
      );
      creating(c, w, {
        minutesAgo: 27,
        reason: 'FailedCreatePodSandBox',
        message: `(combined from similar events): Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "${c.dice.hex(64)}": plugin type="calico" failed (add): stat /var/lib/calico/nodename: no such file or directory: check that the calico/node container is running and has mounted /var/lib/calico/`,
        count: 118,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-second-dns-rights',
    title: 'CoreDNS was restarted and may no longer list Services, so nobody resolves a name',
    sources: ['coredns/coredns plugin/kubernetes/controller.go', 'coredns/coredns plugin/ready/readiness.go'],
    theme: 'retail',
    truth: truthOf('Deployment/kube-system/coredns', ['dns-down', 'access-denied'], {
      effects: ['Service/kube-system/kube-dns', 'Deployment/shop/frontend', 'Deployment/billing/gateway'],
    }),
    make: (c) => {
      const w = c.workload('kube-system', 'coredns');
      remade(w, 23);
      notReady(w, {
        pods: w.pods,
        minutesAgo: 23,
        probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        count: 138,
        log: [
          '[INFO] plugin/kubernetes: waiting for Kubernetes API before starting server',
          '[ERROR] plugin/kubernetes: pkg/mod/k8s.io/client-go@v0.29.3/tools/cache/reflector.go:229: Failed to watch *v1.Service: failed to list *v1.Service: services is forbidden: User "system:serviceaccount:kube-system:coredns" cannot list resource "services" in API group "" at the cluster scope',
          '[WARNING] plugin/kubernetes: starting server with unsynced Kubernetes API',
          '.:53',
          'CoreDNS-1.11.3',
          '[INFO] plugin/ready: Still waiting on: "kubernetes"',
        ],
      });
      const lookup = (host: string): string =>
        `time=TIME level=ERROR msg="call failed" error="dial tcp: lookup ${host} on 10.96.0.10:53: read udp 10.244.2.17:40113->10.96.0.10:53: read: connection refused"`;
      for (const [namespace, client, host] of [
        ['shop', 'frontend', 'catalog'],
        ['shop', 'cart', 'redis'],
        ['billing', 'gateway', 'invoices'],
      ] as const)
        failingClient(c, { namespace, client, lines: [lookup(host)], sinceMinutesAgo: 22 });
      return c.files('text');
    },
  },
];
