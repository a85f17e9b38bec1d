import { crashing, say, slog } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, specOf, truthOf } from './kit.ts';

const LOOP = 'https://coredns.io/plugins/loop/#troubleshooting-loops-in-kubernetes-clusters';

function resolvers(c: Cluster, forward: string, minutesAgo: number): void {
  const config = c.get('ConfigMap', 'kube-system', 'coredns');
  const data = config['data'] as Record<string, string>;
  data['Corefile'] = (data['Corefile'] ?? '').replace('forward . /etc/resolv.conf', `forward . ${forward}`);
  c.changed(config, { by: 'kubectl-edit', minutesAgo, fields: ['data/Corefile'] });
}

export const THIRD_NAMES: readonly OpenCase[] = [
  {
    id: 'open-third-dns-loop',
    title: 'CoreDNS forwards what it does not know to its own Service, notices that and ends',
    sources: [LOOP],
    theme: 'retail',
    truth: truthOf('ConfigMap/kube-system/coredns', ['dns-misconfigured'], {
      effects: ['Deployment/kube-system/coredns', 'Service/kube-system/kube-dns', 'Deployment/shop/checkout'],
      change: ['ConfigMap/kube-system/coredns', 'data.Corefile'],
    }),
    make: (c) => {
      resolvers(c, '10.96.0.10', 29);
      crashing(c.workload('kube-system', 'coredns'), {
        exitCode: 1,
        minutesAgo: 28,
        restarts: 10,
        runsSeconds: 3,
        log: [
          '.:53',
          '[INFO] plugin/reload: Running configuration SHA512 = 7f2a1c0e9d41',
          'CoreDNS-1.11.3',
          'linux/amd64, go1.21.11, a6338e9',
          '[FATAL] plugin/loop: Loop (10.244.1.7:41882 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 4547991504243258144.3688648895315093531."',
        ],
      });
      for (const client of ['checkout', 'search'])
        say(
          c.workload('shop', client),
          [26, 14, 3].map((minutes) =>
            slog(c, minutes, {
              level: 'ERROR',
              msg: 'call failed',
              error:
                'dial tcp: lookup payments on 10.96.0.10:53: read udp 10.244.2.9:40112->10.96.0.10:53: read: connection refused',
            }),
          ),
        );
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-dns-loop-b',
    twinOf: 'open-third-dns-loop',
    title: "CoreDNS's configuration is as ever; somebody scaled it to zero",
    sources: ['https://kubernetes.io/docs/tasks/administer-cluster/dns-horizontal-autoscaling/'],
    theme: 'retail',
    truth: truthOf('Deployment/kube-system/coredns', ['scaled-to-zero', 'dns-down'], {
      effects: ['Service/kube-system/kube-dns', 'Deployment/shop/checkout'],
      change: ['Deployment/kube-system/coredns', 'spec.replicas'],
    }),
    make: (c) => {
      c.workload('kube-system', 'coredns').scale(0, 'kubectl-scale', 29);
      for (const client of ['checkout', 'search'])
        say(
          c.workload('shop', client),
          [26, 14, 3].map((minutes) =>
            slog(c, minutes, {
              level: 'ERROR',
              msg: 'call failed',
              error:
                'dial tcp: lookup payments on 10.96.0.10:53: read udp 10.244.2.9:40112->10.96.0.10:53: read: connection refused',
            }),
          ),
        );
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-third-host-alias',
    title: "a line for /etc/hosts that helped once keeps a Service's old address",
    sources: ['https://kubernetes.io/docs/tasks/network/customize-hosts-file-for-pods/'],
    theme: 'retail',
    truth: truthOf('Deployment/shop/checkout', ['wrong-service-address'], {
      change: ['Deployment/shop/checkout', 'hostAliases'],
    }),
    make: (c) => {
      c.workload('shop', 'checkout').roll(
        { by: 'kubectl-patch', minutesAgo: 46, fields: ['spec/template/spec/hostAliases'] },
        (_container, template) => {
          template.spec['hostAliases'] = [
            { ip: '10.96.221.8', hostnames: ['payments', 'payments.shop.svc.cluster.local'] },
          ];
        },
      );
      ask(c, {
        namespace: 'shop',
        clients: ['checkout'],
        service: 'payments',
        trouble: 'timeout',
        address: '10.96.221.8:80',
        minutesAgo: 45,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-third-host-alias-b',
    twinOf: 'open-third-host-alias',
    title:
      'the line for /etc/hosts names another host; the Service that is asked forwards to a port where nobody listens',
    sources: ['https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports'],
    theme: 'retail',
    truth: truthOf('Service/shop/payments', ['service-target-port-mismatch'], {
      effects: ['Deployment/shop/checkout'],
      change: ['Service/shop/payments', 'spec.ports.targetPort'],
    }),
    make: (c) => {
      const w = c.workload('shop', 'checkout');
      for (const spec of [w.template.spec, ...w.pods.map((pod) => pod.spec)])
        spec['hostAliases'] = [{ ip: '192.0.2.40', hostnames: ['bank.example.com'] }];
      const service = c.get('Service', 'shop', 'payments');
      specOf(service)['ports'] = [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }];
      c.changed(service, { by: 'kubectl-edit', minutesAgo: 46, fields: ['spec/ports'] });
      ask(c, {
        namespace: 'shop',
        clients: ['checkout'],
        service: 'payments',
        trouble: 'refused',
        minutesAgo: 45,
      });
      return c.files('yaml');
    },
  },
];
