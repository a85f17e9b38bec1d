import { addApp, cluster, failingClient, klog, notReady, say } from '../../builders/index.ts';
import type { DumpFiles } from '../../case.ts';
import type { Builders } from '../rows.ts';

function turned(id: string): DumpFiles {
  const c = cluster(id, 'media');
  const w = addApp(c, {
    namespace: 'travel',
    name: 'booking-blue',
    image: 'ghcr.io/example/booking:3.8.1',
    port: 8080,
    replicas: 3,
    servicePort: null,
    labels: { 'app.kubernetes.io/name': 'booking', slot: 'blue' },
  });
  const service = c.service('travel', 'booking', {
    selector: { 'app.kubernetes.io/name': 'booking', slot: 'green' },
    ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
  });
  c.changed(service, { by: 'kubectl-patch', minutesAgo: 14, fields: ['spec/selector/slot'] });
  c.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...c.meta('booking', 'travel', 90_000), generation: 1 },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'book.example.com',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'booking', port: { name: 'http' } } },
              },
            ],
          },
        },
      ],
    },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.24' }] } },
  });
  say(w, [JSON.stringify({ ts: c.ago(15), msg: 'request', path: '/v1/trips', status: 200 })]);
  say(c.workload('ingress-nginx', 'ingress-nginx-controller'), [
    klog(c, 13.9, 'W', 'controller.go:1216] Service "travel/booking" does not have any active Endpoint.'),
    klog(c, 13.9, 'I', 'controller.go:193] "Configuration changes detected, backend reload required"'),
    `198.51.100.7 - - [${c.ago(6)}] "GET /v1/trips HTTP/2.0" 503 190 "-" "Mozilla/5.0" 31 0.000 [travel-booking-http] [] - - - - 8f3c1d0a`,
  ]);
  return c.files('json');
}

/** As java.util.Date prints it. */
function javaDate(atMs: number): string {
  const [weekday = '', day = '', month = '', year = '', time = ''] = new Date(atMs)
    .toUTCString()
    .split(/,? /u);
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}

function expired(id: string): DumpFiles {
  const c = cluster(id, 'retail');
  c.namespace('clinic', 400 * 1440);
  const secret = { keys: ['tls.crt', 'tls.key'], type: 'kubernetes.io/tls', minutesAgo: 365 * 1440 + 95 };
  c.secret('clinic', 'identity-tls', secret);
  addApp(c, {
    namespace: 'clinic',
    name: 'identity',
    image: 'quay.io/keycloak/keycloak:26.0.5',
    port: 8443,
    portName: 'https',
    servicePort: 443,
    replicas: 2,
    container: {
      volumeMounts: [{ name: 'tls', mountPath: '/etc/x509/https', readOnly: true }],
      readinessProbe: { httpGet: { path: '/health/ready', port: 8443, scheme: 'HTTPS' }, periodSeconds: 10 },
    },
    more: { volumes: [{ name: 'tls', secret: { secretName: 'identity-tls', defaultMode: 420 } }] },
  });
  for (const name of ['portal', 'records'])
    addApp(c, {
      namespace: 'clinic',
      name,
      image: `registry.example.com/clinic/${name}:12.4.1`,
      port: 8080,
      replicas: 2,
      env: { OIDC_ISSUER: 'https://identity.clinic.svc/realms/clinic' },
    });
  failingClient(c, {
    namespace: 'clinic',
    client: 'portal',
    sinceMinutesAgo: 94,
    lines: [
      'TIME error: token refresh failed Error: certificate has expired',
      '    at TLSSocket.onConnectSecure (node:_tls_wrap:1677:34)',
      "  code: 'CERT_HAS_EXPIRED'",
    ],
    notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 500',
  });
  failingClient(c, {
    namespace: 'clinic',
    client: 'records',
    sinceMinutesAgo: 93,
    lines: [
      'TIME ERROR 1 --- [nio-8080-exec-7] o.s.s.o.j.NimbusJwtDecoder : I/O error on GET request for "https://identity.clinic.svc/realms/clinic/protocol/openid-connect/certs": PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed',
      `Caused by: java.security.cert.CertificateExpiredException: NotAfter: ${javaDate(c.nowMs - 95 * 60_000)}`,
    ],
  });
  return c.files('must-gather');
}

function resolvers(id: string): DumpFiles {
  const c = cluster(id, 'media');
  addApp(c, {
    namespace: 'telemetry',
    name: 'broker',
    kind: 'StatefulSet',
    image: 'apache/kafka:3.9.0',
    port: 9092,
    portName: 'kafka',
    container: { readinessProbe: { tcpSocket: { port: 9092 }, periodSeconds: 10 } },
  });
  const w = addApp(c, {
    namespace: 'telemetry',
    name: 'collector',
    kind: 'StatefulSet',
    image: 'otel/opentelemetry-collector-contrib:0.111.0',
    port: 13133,
    portName: 'health',
    replicas: 1,
    env: { BROKERS: 'broker.telemetry.svc.cluster.local:9092' },
  });
  w.roll(
    {
      by: 'argocd-controller',
      minutesAgo: 36,
      fields: ['spec/template/spec/dnsPolicy', 'spec/template/spec/dnsConfig'],
    },
    (_, template) => {
      template.spec.dnsPolicy = 'None';
      template.spec['dnsConfig'] = { nameservers: ['1.1.1.1', '8.8.8.8'] };
    },
  );
  notReady(w, {
    minutesAgo: 35,
    probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
    log: [35, 20, 6, 1].map(
      (minutes) =>
        `${c.ago(minutes)}\twarn\tclient/metadata\tclient/metadata got error from broker while fetching metadata\t{"kind": "exporter", "name": "kafka", "error": "dial tcp: lookup broker.telemetry.svc.cluster.local on 1.1.1.1:53: no such host"}`,
    ),
  });
  return c.files('yaml');
}

export const EDGE: Builders = {
  'second-network-03': turned,
  'second-network-04': expired,
  'second-network-05': resolvers,
};
