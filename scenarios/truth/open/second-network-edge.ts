import { addApp, failingClient, klog, notReady, say } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { specOf, truthOf } from './kit.ts';

type Files = ReturnType<Cluster['files']>;

function discovery(c: Cluster): Files {
  const seeds = [0, 1, 2].map((index) => `es-${index}.es-discovery`);
  const w = addApp(c, {
    namespace: 'catalogue',
    name: 'es',
    kind: 'StatefulSet',
    image: 'docker.elastic.co/elasticsearch/elasticsearch:8.15.3',
    port: 9200,
    replicas: 3,
    minutesAgo: 43,
    env: { 'discovery.seed_hosts': seeds.join(','), 'cluster.initial_master_nodes': 'es-0,es-1,es-2' },
    spec: { serviceName: 'es-discovery', podManagementPolicy: 'Parallel' },
    container: {
      resources: { requests: { cpu: '500m', memory: '2Gi' }, limits: { memory: '2Gi' } },
      readinessProbe: { httpGet: { path: '/_cluster/health?local=true', port: 9200 }, periodSeconds: 10 },
    },
  });
  const line = (minutes: number, message: string): string =>
    JSON.stringify({
      '@timestamp': c.ago(minutes),
      'log.level': 'WARN',
      message,
      'service.name': 'ES_ECS',
      'process.thread.name': 'elasticsearch[es-0][cluster_coordination][T#1]',
    });
  notReady(w, {
    minutesAgo: 42,
    pods: w.pods,
    count: 251,
    probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
    log: [42, 30, 11, 1].flatMap((minutes) => [
      ...seeds.map((host) => line(minutes, `failed to resolve host [${host}]`)),
      line(
        minutes,
        'master not discovered yet, this node has not previously joined a bootstrapped cluster, and this node must discover master-eligible nodes [es-0, es-1, es-2] to bootstrap a cluster: have discovered [{es-0}]; discovery will continue using [] from hosts providers',
      ),
    ]),
  });
  return c.files('json');
}

function certificateOf(c: Cluster): Files {
  c.namespace('payroll', 100_000);
  c.secret('payroll', 'ledger-tls', { keys: ['ca.crt', 'tls.crt', 'tls.key'], type: 'kubernetes.io/tls' });
  const certificate = c.add({
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { ...c.meta('ledger-tls', 'payroll', 90_000), generation: 1 },
    spec: {
      secretName: 'ledger-tls',
      dnsNames: ['ledger.example.com'],
      issuerRef: { kind: 'ClusterIssuer', name: 'internal-ca' },
    },
    status: {
      notAfter: c.ago(-129_000),
      revision: 5,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Ready',
          message: 'Certificate is up to date and has not expired',
          lastTransitionTime: c.ago(90_000),
        },
      ],
    },
  });
  c.changed(certificate, { by: 'kubectl-edit', minutesAgo: 39, fields: ['spec/dnsNames'] });
  c.event(certificate, {
    reason: 'Issuing',
    message: 'The certificate has been successfully issued',
    minutesAgo: 38,
    component: 'cert-manager-certificates-issuing',
  });
  addApp(c, {
    namespace: 'payroll',
    name: 'ledger',
    image: 'ghcr.io/example/ledger-api:5.0.0',
    port: 8443,
    servicePort: 443,
    portName: 'https',
    replicas: 2,
    container: {
      volumeMounts: [{ name: 'tls', mountPath: '/tls', readOnly: true }],
      readinessProbe: { httpGet: { path: '/healthz', port: 8443, scheme: 'HTTPS' }, periodSeconds: 10 },
    },
    more: { volumes: [{ name: 'tls', secret: { secretName: 'ledger-tls', defaultMode: 420 } }] },
  });
  addApp(c, {
    namespace: 'payroll',
    name: 'payslips',
    image: 'ghcr.io/example/payslips:3.3.3',
    port: 8000,
    replicas: 2,
    env: { LEDGER_URL: 'https://ledger.payroll.svc' },
  });
  failingClient(c, {
    namespace: 'payroll',
    client: 'payslips',
    sinceMinutesAgo: 36,
    lines: [
      'time=TIME level=ERROR msg="booking refused" err="Post \\"https://ledger.payroll.svc/entries\\": tls: failed to verify certificate: x509: certificate is valid for ledger.example.com, not ledger.payroll.svc"',
    ],
    notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 500',
  });
  return c.files('yaml');
}

function zone(c: Cluster): Files {
  const map = c.get('ConfigMap', 'kube-system', 'coredns');
  const { Corefile = '' } = map['data'] as Record<string, string>;
  map['data'] = { Corefile: Corefile.replace('kubernetes cluster.local', 'kubernetes k8s.local') };
  c.changed(map, { by: 'kubectl-edit', minutesAgo: 19, fields: ['data/Corefile'] });
  const sum = c.dice.hex(128);
  say(c.workload('kube-system', 'coredns'), [
    '.:53',
    'CoreDNS-1.11.3',
    '[INFO] Reloading',
    `[INFO] plugin/reload: Running configuration SHA512 = ${sum}`,
    '[INFO] Reloading complete',
  ]);
  const clients = [
    ['shop', 'checkout', 'payments'],
    ['shop', 'cart', 'redis'],
    ['billing', 'gateway', 'rates'],
  ] as const;
  for (const [namespace, client, host] of clients)
    failingClient(c, {
      namespace,
      client,
      sinceMinutesAgo: 18,
      lines: [
        `time=TIME level=ERROR msg="call failed" err="dial tcp: lookup ${host} on 10.96.0.10:53: no such host"`,
      ],
      ...(client === 'cart'
        ? { notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503' }
        : {}),
    });
  return c.files('yaml');
}

export const SECOND_EDGE: readonly OpenCase[] = [
  {
    id: 'open-second-discovery',
    title: 'a search cluster was installed without the headless Service by which its nodes find each other',
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id',
      'https://github.com/elastic/helm-charts/issues/495',
    ],
    theme: 'retail',
    truth: truthOf('StatefulSet/catalogue/es', ['service-missing', 'dns-name-not-found'], {
      effects: ['Service/catalogue/es'],
    }),
    make: discovery,
  },
  {
    id: 'open-second-tls-name',
    title: 'an Ingress names a Secret of a certificate that nobody has made',
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/ingress/#tls',
      'https://github.com/kubernetes/ingress-nginx/issues/7886',
    ],
    theme: 'retail',
    truth: truthOf('Ingress/shop/frontend', ['ingress-tls-secret-missing'], {
      effects: ['clients are shown the default certificate'],
      change: ['Ingress/shop/frontend', 'spec.tls'],
    }),
    make: (c) => {
      const ingress = c.get('Ingress', 'shop', 'frontend');
      specOf(ingress)['tls'] = [{ hosts: ['shop.example.com'], secretName: 'shop-tls-2026' }];
      c.changed(ingress, { by: 'argocd-controller', minutesAgo: 61, fields: ['spec/tls'] });
      say(
        c.workload('ingress-nginx', 'ingress-nginx-controller'),
        [60, 44, 12].flatMap((minutes) => [
          klog(
            c,
            minutes,
            'W',
            'backend_ssl.go:45] Error obtaining X.509 certificate: no object matching key "shop/shop-tls-2026" in local store',
          ),
          klog(
            c,
            minutes,
            'W',
            'controller.go:1333] Error getting SSL certificate "shop/shop-tls-2026": local SSL certificate shop/shop-tls-2026 was not found. Using default certificate',
          ),
        ]),
      );
      return c.files('json');
    },
  },
  {
    id: 'open-second-dns-names',
    title: "the name inside the cluster was taken out of a server's certificate",
    sources: [
      'https://cert-manager.io/docs/usage/certificate/',
      'https://pkg.go.dev/crypto/x509#HostnameError',
    ],
    theme: 'media',
    truth: truthOf('Secret/payroll/ledger-tls', ['certificate-name-mismatch'], {
      effects: ['Deployment/payroll/ledger', 'Deployment/payroll/payslips', 'Service/payroll/payslips'],
      change: ['Certificate/payroll/ledger-tls', 'spec.dnsNames'],
    }),
    make: certificateOf,
  },
  {
    id: 'open-second-datagrams',
    title: 'a Service takes TCP for a server of datagrams; what is sent to it is lost without a word',
    sources: [
      'https://kubernetes.io/docs/reference/networking/service-protocols/',
      'https://github.com/statsd/statsd/blob/master/docs/server.md',
    ],
    theme: 'media',
    truth: truthOf('Service/metrics/statsd', ['service-protocol-mismatch'], {
      change: ['Service/metrics/statsd', 'spec.ports'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'metrics',
        name: 'statsd',
        image: 'prom/statsd-exporter:v0.27.2',
        port: 9102,
        portName: 'web',
        container: {
          ports: [
            { name: 'web', containerPort: 9102, protocol: 'TCP' },
            { name: 'statsd', containerPort: 9125, protocol: 'UDP' },
          ],
          args: ['--statsd.listen-udp=:9125', '--statsd.listen-tcp='],
        },
      });
      const service = c.get('Service', 'metrics', 'statsd');
      specOf(service)['ports'] = [
        { name: 'web', port: 9102, targetPort: 'web', protocol: 'TCP' },
        { name: 'statsd', port: 9125, targetPort: 9125, protocol: 'TCP' },
      ];
      c.changed(service, { by: 'kubectl-client-side-apply', minutesAgo: 84, fields: ['spec/ports'] });
      say(w, [
        `time=${c.ago(12_900)} level=INFO source=main.go:297 msg="Accepting StatsD Traffic" udp=:9125 tcp= unixgram=`,
        `time=${c.ago(12_900)} level=INFO source=main.go:298 msg="Accepting Prometheus Requests" addr=:9102`,
      ]);
      addApp(c, {
        namespace: 'metrics',
        name: 'crawler',
        image: 'ghcr.io/example/crawler:0.3.0',
        port: 8080,
        env: { STATSD_ADDR: 'statsd:9125', STATSD_NETWORK: 'udp' },
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-second-old-crm',
    title: 'two letters changed places in the name that an ExternalName stands for',
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/service/#externalname',
      'https://nodejs.org/api/dns.html#error-codes',
    ],
    theme: 'retail',
    truth: truthOf('Service/helpdesk/crm', ['service-external-name-wrong'], {
      effects: ['Deployment/helpdesk/portal', 'Service/helpdesk/portal'],
      change: ['Service/helpdesk/crm', 'spec.externalName'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'helpdesk',
        name: 'portal',
        image: 'registry.example.com/helpdesk/portal:10.0.0',
        port: 3000,
        replicas: 2,
        env: { CRM_URL: 'http://crm/api' },
      });
      const service = c.service('helpdesk', 'crm', {
        type: 'ExternalName',
        externalName: 'crm.intranet.exmaple.com',
      });
      c.changed(service, { by: 'kubectl-edit', minutesAgo: 33, fields: ['spec/externalName'] });
      notReady(w, {
        minutesAgo: 32,
        pods: w.pods,
        probe: 'Readiness probe failed: HTTP probe failed with statuscode: 502',
        log: [32, 20, 5, 1].flatMap((minutes) => [
          `[${c.ago(minutes)}] ERROR Error: getaddrinfo ENOTFOUND crm`,
          '    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:122:26) {',
          "  errno: -3008, code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: 'crm' }",
        ]),
      });
      return c.files('cluster-info');
    },
  },
  {
    id: 'open-second-zone',
    title: "the cluster's DNS was told that the cluster has another name",
    sources: ['https://coredns.io/plugins/kubernetes/', 'https://coredns.io/plugins/reload/'],
    theme: 'retail',
    truth: truthOf('ConfigMap/kube-system/coredns', ['dns-misconfigured'], {
      effects: [
        'Service/kube-system/kube-dns',
        'Deployment/shop/checkout',
        'Deployment/shop/cart',
        'Deployment/billing/gateway',
      ],
      change: ['ConfigMap/kube-system/coredns', 'data.Corefile'],
    }),
    make: zone,
  },
];
