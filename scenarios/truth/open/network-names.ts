import { crashing, failingClient } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, setEnv, specOf, truthOf } from './kit.ts';

const DNS_DEBUG = 'https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/';
const POLICY = 'https://kubernetes.io/docs/concepts/services-networking/network-policies/';
const SERVICE = 'https://kubernetes.io/docs/concepts/services-networking/service/';

/** Programs of both namespaces that get no answer to any name. */
function nobodyResolves(c: Cluster, error: string, minutesAgo: number): void {
  for (const [namespace, client, name] of [
    ['media', 'api', 'mongo'],
    ['media', 'feed', 'metadata'],
    ['social', 'chat', 'redis'],
  ] as const)
    failingClient(c, {
      namespace,
      client,
      sinceMinutesAgo: minutesAgo,
      lines: [
        `time=TIME level=ERROR msg="call failed" error="dial tcp: lookup ${name} on 10.96.0.10:53: ${error}"`,
      ],
    });
}

/** A policy lets the pods of namespaces with a label in; a client of another namespace asks. */
function storefront(c: Cluster): void {
  const policy = c.get('NetworkPolicy', 'billing', 'same-namespace-and-ingress');
  specOf(policy)['ingress'] = [
    {
      from: [
        { podSelector: {} },
        { namespaceSelector: { matchLabels: { 'example.com/tier': 'storefront' } } },
      ],
    },
  ];
  setEnv(c.workload('shop', 'checkout'), {
    name: 'LEDGER_URL',
    value: 'http://ledger.billing',
    minutesAgo: 20_000,
  });
}

export const NAMES: readonly OpenCase[] = [
  {
    id: 'open-dns-service',
    title: "the Service of the cluster's DNS sends to a port on which CoreDNS does not listen",
    sources: [DNS_DEBUG, SERVICE],
    theme: 'media',
    truth: truthOf('Service/kube-system/kube-dns', ['service-target-port-mismatch'], {
      effects: ['Deployment/media/api'],
      change: ['Service/kube-system/kube-dns', 'spec.ports'],
    }),
    make: (c) => {
      const service = c.get('Service', 'kube-system', 'kube-dns');
      specOf(service)['ports'] = [
        { name: 'dns', port: 53, targetPort: 5353, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, targetPort: 5353, protocol: 'TCP' },
        { name: 'metrics', port: 9153, targetPort: 9153, protocol: 'TCP' },
      ];
      c.changed(service, { by: 'kubectl-edit', minutesAgo: 24, fields: ['spec/ports'] });
      nobodyResolves(c, 'read udp 10.244.1.7:51873->10.96.0.10:53: read: connection refused', 23);
      return c.files('json');
    },
  },
  {
    id: 'open-dns-service-b',
    twinOf: 'open-dns-service',
    title: 'CoreDNS is killed again and again at a memory limit that was lowered',
    sources: [DNS_DEBUG, 'https://coredns.io/manual/toc/#memory'],
    theme: 'media',
    truth: truthOf('Deployment/kube-system/coredns', ['oom-container-limit', 'oom-killed', 'dns-down'], {
      effects: ['Service/kube-system/kube-dns', 'Deployment/media/api'],
      change: ['Deployment/kube-system/coredns', 'resources.limits.memory'],
    }),
    make: (c) => {
      const w = c.workload('kube-system', 'coredns');
      w.roll({ by: 'kubectl-edit', minutesAgo: 24, fields: ['resources/limits/memory'] }, (container) => {
        container.resources = { requests: { cpu: '100m', memory: '20Mi' }, limits: { memory: '24Mi' } };
      });
      crashing(w, {
        exitCode: 137,
        reason: 'OOMKilled',
        minutesAgo: 24,
        restarts: 8,
        runsSeconds: 14,
        log: [
          '.:53',
          '[INFO] plugin/reload: Running configuration SHA512 = 591cf328cccc12bc',
          'CoreDNS-1.11.3',
        ],
      });
      nobodyResolves(c, 'read udp 10.244.1.7:51873->10.96.0.10:53: read: connection refused', 23);
      return c.files('json');
    },
  },
  {
    id: 'open-namespace-label',
    title: 'a policy lets namespaces with a label in, and the one that asks does not carry it',
    sources: [POLICY],
    theme: 'retail',
    truth: truthOf('NetworkPolicy/billing/same-namespace-and-ingress', ['network-policy-blocks-ingress'], {
      effects: ['Deployment/shop/checkout'],
    }),
    make: (c) => {
      storefront(c);
      const { clusterIP } = specOf(c.get('Service', 'billing', 'ledger'));
      failingClient(c, {
        namespace: 'shop',
        client: 'checkout',
        sinceMinutesAgo: 200,
        lines: [
          `{"level":"error","ts":"TIME","msg":"posting failed","error":"Post \\"http://ledger.billing/v1/entries\\": dial tcp ${String(clusterIP)}:80: i/o timeout"}`,
        ],
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-namespace-label-b',
    twinOf: 'open-namespace-label',
    title: 'the namespace carries the label; what it asks for crashes in its migration',
    sources: [POLICY, 'https://github.com/golang-migrate/migrate/blob/master/GETTING_STARTED.md'],
    theme: 'retail',
    truth: truthOf('Deployment/billing/ledger', ['migration-failed'], {
      effects: ['Service/billing/ledger', 'Deployment/shop/checkout'],
      change: ['Deployment/billing/ledger', 'image'],
    }),
    make: (c) => {
      storefront(c);
      const shop = c.get('Namespace', '', 'shop');
      shop.metadata.labels = { ...shop.metadata.labels, 'example.com/tier': 'storefront' };
      const w = c.workload('billing', 'ledger');
      w.roll(
        { by: 'argocd-controller', minutesAgo: 28, fields: ['image'], mode: 'recreate' },
        (container) => {
          container.image = 'registry.example.com/billing/ledger:5.3.0';
        },
      );
      crashing(w, {
        exitCode: 1,
        minutesAgo: 28,
        restarts: 9,
        log: [
          `time=${c.ago(2.7)} level=INFO msg="running migrations" from=41 to=42`,
          `time=${c.ago(2.6)} level=ERROR msg="migration failed" error="migration 42_add_currency failed: pq: column \\"currency\\" of relation \\"entries\\" already exists"`,
        ],
      });
      const { clusterIP } = specOf(c.get('Service', 'billing', 'ledger'));
      failingClient(c, {
        namespace: 'shop',
        client: 'checkout',
        sinceMinutesAgo: 27,
        lines: [
          `{"level":"error","ts":"TIME","msg":"posting failed","error":"Post \\"http://ledger.billing/v1/entries\\": dial tcp ${String(clusterIP)}:80: connect: connection refused"}`,
        ],
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-outside',
    title: 'a partner outside of the cluster does not answer any more',
    sources: [
      'https://pkg.go.dev/net#Dialer',
      'https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/net/SocketTimeoutException.html',
    ],
    theme: 'retail',
    truth: truthOf('Deployment/shop/payments', ['dependency-timeout'], {
      effects: ['Service/shop/payments', 'Deployment/shop/checkout'],
    }),
    make: (c) => outside(c),
  },
  {
    id: 'open-outside-b',
    twinOf: 'open-outside',
    title: 'the partner would answer, but a policy lets the program out within the cluster only',
    sources: [POLICY],
    theme: 'retail',
    truth: truthOf('NetworkPolicy/shop/payments-out', ['network-policy-blocks-egress'], {
      effects: ['Deployment/shop/payments', 'Service/shop/payments', 'Deployment/shop/checkout'],
      change: ['NetworkPolicy/shop/payments-out', 'spec.egress'],
    }),
    make: (c) => {
      const object = c.add({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { ...c.meta('payments-out', 'shop', 52), generation: 1 },
        spec: {
          podSelector: { matchLabels: { app: 'payments' } },
          policyTypes: ['Egress'],
          egress: [{ to: [{ namespaceSelector: {} }] }],
        },
      });
      c.changed(object, { by: 'kubectl-client-side-apply', minutesAgo: 52, fields: ['spec/egress'] });
      return outside(c);
    },
  },
  {
    id: 'open-quiet-selector',
    title: 'a Service selects nothing, and nobody has noticed yet; only descriptions are there',
    sources: [SERVICE],
    theme: 'media',
    truth: truthOf('Service/media/thumbnails', ['service-selector-mismatch']),
    make: (c) => {
      specOf(c.get('Service', 'media', 'thumbnails'))['selector'] = { app: 'thumbnailer' };
      return c.files('text');
    },
  },
  {
    id: 'open-quiet-selector-b',
    twinOf: 'open-quiet-selector',
    title: 'a Service sends to a port name that its pods do not have',
    sources: [SERVICE],
    theme: 'media',
    truth: truthOf('Service/media/thumbnails', ['service-port-name-mismatch']),
    make: (c) => {
      specOf(c.get('Service', 'media', 'thumbnails'))['ports'] = [
        { name: 'http', port: 8080, targetPort: 'web', protocol: 'TCP' },
      ];
      return c.files('must-gather');
    },
  },
];

function outside(c: Cluster): ReturnType<Cluster['files']> {
  failingClient(c, {
    namespace: 'shop',
    client: 'payments',
    sinceMinutesAgo: 50,
    lines: [
      'TIME ERROR 1 --- [nio-8443-exec-3] c.e.BankClient : org.apache.http.conn.ConnectTimeoutException: Connect to bank.example.net:443 [bank.example.net/198.51.100.20] failed: Connection timed out',
    ],
    notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
  });
  ask(c, {
    namespace: 'shop',
    clients: ['checkout'],
    service: 'payments',
    trouble: 'refused',
    minutesAgo: 48,
  });
  return c.files('json');
}
