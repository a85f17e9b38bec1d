import type { DumpFiles } from '../case.ts';
import { cluster, crashing, failingClient } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';

type Builders = Readonly<Record<string, (id: string) => DumpFiles>>;

function cartAsks(c: Cluster, address: string): DumpFiles {
  const w = c.workload('shop', 'cart');
  w.roll(
    { by: 'kubectl-set', minutesAgo: 27, fields: ['env/{REDIS_ADDR}/value'], mode: 'stuck' },
    (container) => {
      for (const variable of container.env ?? [])
        if (variable.name === 'REDIS_ADDR') variable.value = address;
    },
  );
  const host = address.split(':')[0] ?? '';
  const at = c.ago(2.6);
  crashing(w, {
    exitCode: 1,
    minutesAgo: 27,
    restarts: 9,
    runsSeconds: 6,
    log: [
      `time=${at} level=INFO msg="connecting to session store" addr=${address}`,
      `time=${at} level=ERROR msg="fatal: no session store" error="dial tcp: lookup ${host} on 10.96.0.10:53: no such host"`,
    ],
  });
  return c.files('json');
}

/** Lines of the ingress controller, in klog's form. */
function controllerSays(c: Cluster, lines: readonly string[], sinceMinutesAgo: number): void {
  const day = c.ago(sinceMinutesAgo).slice(5, 10).replace('-', '');
  failingClient(c, {
    namespace: 'ingress-nginx',
    client: 'ingress-nginx-controller',
    sinceMinutesAgo,
    lines: lines.map((line) =>
      line.replace('KLOG', `W${day} ${c.ago(sinceMinutesAgo / 2).slice(11, 19)}.402218       7`),
    ),
  });
}

function access(c: Cluster, status: number, upstream: string): string {
  return `203.0.113.8 - - [TIME] "GET / HTTP/2.0" ${status} 190 "-" "Mozilla/5.0" 402 0.000 [${upstream}] [] - - - - ${c.dice.hex(32)}`;
}

function backend(c: Cluster, service: { name: string; port: { number: number } }): void {
  const ingress = c.get('Ingress', 'media', 'web');
  const [rule] = ingress.spec?.['rules'] as { http: { paths: { backend: unknown }[] } }[];
  for (const path of rule?.http.paths ?? []) path.backend = { service };
  c.changed(ingress, { by: 'kubectl-edit', minutesAgo: 32, fields: ['spec/rules'] });
}

function reconcilerCrashes(c: Cluster, host: string): void {
  const w = c.workload('billing', 'reconciler');
  crashing(w, {
    exitCode: 1,
    minutesAgo: 35,
    restarts: 11,
    log: [
      `[${c.ago(2.6)}] connecting to ${host}:5432`,
      'node:internal/process/promises:394',
      '      triggerUncaughtException(err, true /* fromPromise */);',
      '      ^',
      '',
      `Error: getaddrinfo ENOTFOUND ${host}`,
      '    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:120:26) {',
      '  errno: -3008,',
      "  code: 'ENOTFOUND',",
      "  syscall: 'getaddrinfo',",
      `  hostname: '${host}'`,
      '}',
    ],
  });
}

const ORDERS = 'orders-db.prodd.internal.example.com';

export const ADDRESSES: Builders = {
  'network-03': (id) => cartAsks(cluster(id, 'retail'), 'redis-cache:6379'),
  'network-03b': (id) => cartAsks(cluster(id, 'retail'), 'redis.billing:6379'),
  'network-05': (id) => {
    const c = cluster(id, 'retail');
    const config = c.get('ConfigMap', 'kube-system', 'coredns');
    const { Corefile = '' } = config['data'] as { Corefile?: string };
    const wrong = Corefile.replace('    forward .', '    forwrd .');
    config['data'] = { Corefile: wrong };
    c.changed(config, { by: 'kubectl-edit', minutesAgo: 95, fields: ['data/Corefile'] });
    const dns = c.workload('kube-system', 'coredns');
    dns.dropPods(dns.pods);
    dns.addPod(42);
    dns.addPod(42);
    const line = wrong.split('\n').findIndex((text) => text.includes('forwrd')) + 1;
    crashing(dns, {
      exitCode: 1,
      minutesAgo: 42,
      restarts: 12,
      runsSeconds: 1,
      log: [`/etc/coredns/Corefile:${line} - Error during parsing: Unknown directive 'forwrd'`],
      pods: dns.pods,
    });
    failingClient(c, {
      namespace: 'shop',
      client: 'frontend',
      sinceMinutesAgo: 41,
      lines: [
        '[TIME] ERROR GET / 502 FetchError: request to http://catalog/v1/items failed, reason: getaddrinfo EAI_AGAIN catalog',
      ],
    });
    failingClient(c, {
      namespace: 'billing',
      client: 'ledger',
      sinceMinutesAgo: 41,
      lines: [
        'time=TIME level=ERROR msg="query failed" error="hostname resolving error (lookup postgres on 10.96.0.10:53: server misbehaving)"',
      ],
    });
    return c.files('json');
  },
  'network-05b': (id) => {
    const c = cluster(id, 'retail');
    c.workload('shop', 'frontend').roll(
      { by: 'kubectl-patch', minutesAgo: 35, fields: ['spec/template/spec/dnsPolicy'] },
      (_, template) => {
        template.spec.dnsPolicy = 'Default';
      },
    );
    failingClient(c, {
      namespace: 'shop',
      client: 'frontend',
      sinceMinutesAgo: 34,
      lines: [
        '[TIME] ERROR GET / 502 FetchError: request to http://catalog/v1/items failed, reason: getaddrinfo ENOTFOUND catalog',
      ],
    });
    return c.files('json');
  },
  'network-06': (id) => {
    const c = cluster(id, 'media');
    backend(c, { name: 'web', port: { number: 8080 } });
    controllerSays(c, [access(c, 503, 'media-web-8080')], 31);
    return c.files('yaml');
  },
  'network-06b': (id) => {
    const c = cluster(id, 'media');
    backend(c, { name: 'web-v2', port: { number: 80 } });
    controllerSays(
      c,
      [
        'KLOG controller.go:1110] Error obtaining Endpoints for Service "media/web-v2": no object matching key "media/web-v2" in local store',
        access(c, 503, 'media-web-v2-80'),
      ],
      31,
    );
    return c.files('yaml');
  },
  'network-08': (id) => {
    const c = cluster(id, 'retail');
    const ingress = c.get('Ingress', 'shop', 'frontend');
    ingress.spec = {
      ...ingress.spec,
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop-example-com' }],
    };
    c.changed(ingress, { by: 'kubectl-edit', minutesAgo: 90, fields: ['spec/tls'] });
    controllerSays(
      c,
      [
        'KLOG backend_ssl.go:47] Error obtaining X.509 certificate: no object matching key "shop/shop-example-com" in local store',
        'KLOG controller.go:1536] Error getting SSL certificate "shop/shop-example-com": local SSL certificate shop/shop-example-com was not found. Using default certificate',
      ],
      89,
    );
    return c.files('yaml');
  },
  'network-08b': (id) => {
    const c = cluster(id, 'retail');
    c.changed(c.get('Secret', 'shop', 'shop-tls'), {
      by: 'cert-sync',
      minutesAgo: 93,
      fields: ['data/tls.crt', 'data/tls.key'],
    });
    controllerSays(
      c,
      [
        'KLOG controller.go:1571] Unexpected error validating SSL certificate "shop/shop-tls" for server "shop.example.com": x509: certificate is valid for shop.example.net, www.shop.example.net, not shop.example.com',
        'KLOG controller.go:1572] Validating certificate against DNS names. This will be deprecated in a future version',
        'KLOG controller.go:1577] SSL certificate "shop/shop-tls" does not contain a Common Name or Subject Alternative Name for server "shop.example.com": x509: certificate is valid for shop.example.net, www.shop.example.net, not shop.example.com',
        'KLOG controller.go:1579] Using default certificate',
      ],
      92,
    );
    return c.files('yaml');
  },
  'network-09': (id) => {
    const c = cluster(id, 'retail');
    c.workload('billing', 'reconciler').roll(
      { by: 'kubectl-client-side-apply', minutesAgo: 40_000, fields: ['env/{ORDERS_DB_HOST}/value'] },
      (container) => {
        container.env = [...(container.env ?? []), { name: 'ORDERS_DB_HOST', value: 'orders-db' }];
      },
    );
    const service = c.service('billing', 'orders-db', {
      type: 'ExternalName',
      externalName: ORDERS,
      minutesAgo: 41_000,
    });
    c.changed(service, { by: 'kubectl-edit', minutesAgo: 36, fields: ['spec/externalName'] });
    reconcilerCrashes(c, 'orders-db');
    return c.files('json');
  },
  'network-09b': (id) => {
    const c = cluster(id, 'retail');
    c.workload('billing', 'reconciler').roll(
      { by: 'kubectl-set', minutesAgo: 36, fields: ['env/{ORDERS_DB_HOST}/value'], mode: 'recreate' },
      (container) => {
        container.env = [...(container.env ?? []), { name: 'ORDERS_DB_HOST', value: ORDERS }];
      },
    );
    reconcilerCrashes(c, ORDERS);
    return c.files('json');
  },
};
