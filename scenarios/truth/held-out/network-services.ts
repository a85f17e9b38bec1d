import type { DumpFiles } from '../case.ts';
import { addressOfService, cluster, failingClient } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

function invoicesFail(c: Cluster, minutesAgo: number, text: string): void {
  failingClient(c, {
    namespace: 'billing',
    client: 'invoices',
    sinceMinutesAgo: minutesAgo,
    lines: [
      `TIME ERROR 1 --- [nio-8080-exec-7] c.e.invoices.TaxClient                   : tax lookup failed: ${text}`,
    ],
  });
}

function webFails(c: Cluster, minutesAgo: number, error: string): void {
  const address = addressOfService(c, 'media', 'feed');
  failingClient(c, {
    namespace: 'media',
    client: 'web',
    sinceMinutesAgo: minutesAgo,
    lines: [
      `TIME [error] 29#29: *8812 ${error} while connecting to upstream, client: 10.244.1.9, server: , request: "GET /feed HTTP/1.1", upstream: "http://${address}/feed", host: "media.example.com"`,
      '10.244.1.9 - - [TIME] "GET /healthz HTTP/1.1" 200 3 "-" "kube-probe/1.29" "-"',
    ],
  });
}

/** Endpoints that somebody wrote by hand. */
function handWritten(
  c: Cluster,
  at: { namespace: string; name: string; ip: string; port: number; minutesAgo: number },
): void {
  const { namespace, name, ip, port, minutesAgo } = at;
  const meta = c.meta(name, namespace, minutesAgo);
  c.add({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: meta,
    subsets: [{ addresses: [{ ip }], ports: [{ name: 'http', port, protocol: 'TCP' }] }],
  });
  c.add({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    addressType: 'IPv4',
    metadata: {
      ...c.meta(`${name}-${c.dice.letters(5)}`, namespace, minutesAgo),
      labels: {
        'kubernetes.io/service-name': name,
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      },
    },
    endpoints: [{ addresses: [ip], conditions: { ready: true } }],
    ports: [{ name: 'http', port, protocol: 'TCP' }],
  });
}

function targetPort(
  c: Cluster,
  at: { namespace: string; name: string; targetPort: number | string; by: string; minutesAgo: number },
): void {
  const service = c.get('Service', at.namespace, at.name);
  const [port] = service.spec?.['ports'] as { targetPort: number | string }[];
  if (port !== undefined) port.targetPort = at.targetPort;
  c.changed(service, { by: at.by, minutesAgo: at.minutesAgo, fields: ['spec/ports'] });
}

function edge(c: Cluster, minutesAgo: number): ReturnType<Cluster['service']> {
  return c.service('social', 'edge', {
    type: 'LoadBalancer',
    selector: { app: 'image-proxy' },
    minutesAgo,
    ports: [{ name: 'http', port: 80, targetPort: 8081, protocol: 'TCP', nodePort: 30_880 }],
  });
}

function graphPolicy(c: Cluster, clients: readonly string[], minutesAgo: number): void {
  const policy = c.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: c.meta('graph-ingress', 'social', 60_000),
    spec: {
      podSelector: { matchLabels: { app: 'graph' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: clients.map((app) => ({ podSelector: { matchLabels: { app } } })),
          ports: [{ port: 8080, protocol: 'TCP' }],
        },
      ],
    },
  });
  c.changed(policy, { by: 'kubectl-edit', minutesAgo, fields: ['spec/ingress'] });
}

function timelineTimesOut(c: Cluster, minutesAgo: number): void {
  const address = addressOfService(c, 'social', 'graph');
  failingClient(c, {
    namespace: 'social',
    client: 'timeline',
    sinceMinutesAgo: minutesAgo,
    lines: [
      `{"level":"error","ts":"TIME","msg":"loading edges failed","error":"Get \\"http://graph/v1/edges\\": dial tcp ${address}: i/o timeout"}`,
    ],
  });
}

export const SERVICES: Builders = {
  'network-01': (id) => {
    const c = cluster(id, 'retail');
    const service = c.get('Service', 'shop', 'payments');
    service.spec = { ...service.spec, selector: { app: 'payment' } };
    c.changed(service, { by: 'kubectl-edit', minutesAgo: 31, fields: ['spec/selector/app'] });
    const address = addressOfService(c, 'shop', 'payments');
    failingClient(c, {
      namespace: 'shop',
      client: 'checkout',
      sinceMinutesAgo: 31,
      lines: [
        `{"level":"error","ts":"TIME","msg":"charge failed","error":"Post \\"http://payments/v1/charge\\": dial tcp ${address}: connect: connection refused"}`,
      ],
    });
    return c.files('json');
  },
  'network-01b': (id) => {
    const c = cluster(id, 'retail');
    c.service('shop', 'legacy-erp', {
      minutesAgo: 70_000,
      ports: [{ name: 'http', port: 8000, targetPort: 8000, protocol: 'TCP' }],
    });
    handWritten(c, {
      namespace: 'shop',
      name: 'legacy-erp',
      ip: '192.0.2.41',
      port: 8000,
      minutesAgo: 70_000,
    });
    c.workload('shop', 'inventory').roll(
      { by: 'kubectl-client-side-apply', minutesAgo: 20_000, fields: ['env/{ERP_URL}/value'] },
      (container) => {
        container.env = [...(container.env ?? []), { name: 'ERP_URL', value: 'http://legacy-erp:8000' }];
      },
    );
    return c.files('json');
  },
  'network-02': (id) => {
    const c = cluster(id, 'retail');
    targetPort(c, {
      namespace: 'billing',
      name: 'tax',
      targetPort: 8000,
      by: 'kubectl-patch',
      minutesAgo: 44,
    });
    invoicesFail(c, 43, 'I/O error on GET request for "http://tax/v1/rates": Connection refused');
    return c.files('yaml');
  },
  'network-02b': (id) => {
    const c = cluster(id, 'retail');
    c.workload('billing', 'invoices').roll(
      { by: 'kubectl-set', minutesAgo: 44, fields: ['env/{TAX_URL}/value'] },
      (container) => {
        for (const variable of container.env ?? [])
          if (variable.name === 'TAX_URL') variable.value = 'http://tax:8081';
      },
    );
    invoicesFail(c, 43, 'I/O error on GET request for "http://tax:8081/v1/rates": Connect timed out');
    return c.files('yaml');
  },
  'network-04': (id) => {
    const c = cluster(id, 'media');
    c.remove(c.get('NetworkPolicy', 'social', 'same-namespace-and-ingress'));
    graphPolicy(c, ['profile'], 29);
    timelineTimesOut(c, 28);
    return c.files('must-gather');
  },
  'network-04b': (id) => {
    const c = cluster(id, 'media');
    graphPolicy(c, ['profile', 'timeline'], 50_000);
    const policy = c.add({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: c.meta('timeline-egress', 'social', 60_000),
      spec: {
        podSelector: { matchLabels: { app: 'timeline' } },
        policyTypes: ['Egress'],
        egress: [
          {
            to: [{ podSelector: { matchLabels: { app: 'profile' } } }],
            ports: [{ port: 8080, protocol: 'TCP' }],
          },
          {
            to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
            ports: [
              { port: 53, protocol: 'UDP' },
              { port: 53, protocol: 'TCP' },
            ],
          },
        ],
      },
    });
    c.changed(policy, { by: 'kubectl-edit', minutesAgo: 29, fields: ['spec/egress'] });
    timelineTimesOut(c, 28);
    return c.files('must-gather');
  },
  'network-07': (id) => {
    const c = cluster(id, 'media');
    const service = edge(c, 41);
    const about = { component: 'service-controller' };
    c.event(service, {
      ...about,
      reason: 'EnsuringLoadBalancer',
      message: 'Ensuring load balancer',
      count: 9,
      sinceMinutesAgo: 41,
      minutesAgo: 2.1,
    });
    c.event(service, {
      ...about,
      type: 'Warning',
      reason: 'SyncLoadBalancerFailed',
      message:
        "Error syncing load balancer: failed to ensure load balancer: googleapi: Error 403: Quota 'IN_USE_ADDRESSES' exceeded. Limit: 8.0 in region europe-west3., quotaExceeded",
      count: 9,
      sinceMinutesAgo: 41,
      minutesAgo: 2,
    });
    return c.files('cluster-info');
  },
  'network-07b': (id) => {
    const c = cluster(id, 'media');
    const service = edge(c, 49);
    const about = { component: 'service-controller' };
    service.status = { loadBalancer: { ingress: [{ ip: '203.0.113.77' }] } };
    c.event(service, {
      ...about,
      type: 'Warning',
      reason: 'SyncLoadBalancerFailed',
      message:
        "Error syncing load balancer: failed to ensure load balancer: googleapi: Error 403: Quota 'IN_USE_ADDRESSES' exceeded. Limit: 8.0 in region europe-west3., quotaExceeded",
      count: 3,
      sinceMinutesAgo: 49,
      minutesAgo: 44,
    });
    c.event(service, {
      ...about,
      reason: 'EnsuringLoadBalancer',
      message: 'Ensuring load balancer',
      count: 4,
      sinceMinutesAgo: 49,
      minutesAgo: 40,
    });
    c.event(service, {
      ...about,
      reason: 'EnsuredLoadBalancer',
      message: 'Ensured load balancer',
      minutesAgo: 39,
    });
    return c.files('cluster-info');
  },
  'network-10': (id) => {
    const c = cluster(id, 'media');
    targetPort(c, { namespace: 'media', name: 'feed', targetPort: 'http-feed', by: 'helm', minutesAgo: 37 });
    webFails(c, 36, 'connect() failed (111: Connection refused)');
    return c.files('json');
  },
  'network-10b': (id) => {
    const c = cluster(id, 'media');
    const service = c.get('Service', 'media', 'feed');
    delete service.spec?.['selector'];
    c.changed(service, { by: 'kubectl-replace', minutesAgo: 37, fields: ['spec/selector'] });
    handWritten(c, { namespace: 'media', name: 'feed', ip: '10.244.3.201', port: 8080, minutesAgo: 37 });
    webFails(c, 36, 'connect() failed (113: No route to host)');
    return c.files('json');
  },
};
