import { crashing, failingClient, notReady } from '../builders/index.ts';
import type { Cluster, Manifest } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { specOf, truthOf } from './kit.ts';

const INGRESS = 'https://kubernetes.io/docs/concepts/services-networking/ingress/';
const EXTERNAL = 'https://kubernetes.io/docs/concepts/services-networking/service/#externalname';
const CERTIFICATE =
  'https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateCondition';

/** A server that takes its certificate from a Secret that cert-manager keeps. */
function withCertificate(c: Cluster, status: Record<string, unknown>): void {
  c.secret('billing', 'tax-tls', { keys: ['tls.crt', 'tls.key', 'ca.crt'], type: 'kubernetes.io/tls' });
  c.workload('billing', 'tax').roll(
    { by: 'kubectl-client-side-apply', minutesAgo: 50_000, fields: ['volumeMounts'] },
    (container, template) => {
      container.volumeMounts = [{ name: 'tls', mountPath: '/etc/tls', readOnly: true }];
      template.spec.volumes = [{ name: 'tls', secret: { secretName: 'tax-tls', defaultMode: 420 } }];
    },
  );
  const certificate: Manifest = {
    apiVersion: 'cert-manager.io/v1',
    kind: 'Certificate',
    metadata: { ...c.meta('tax-tls', 'billing', 120_000), generation: 1 },
    spec: {
      secretName: 'tax-tls',
      dnsNames: ['tax.billing.svc'],
      issuerRef: { kind: 'ClusterIssuer', name: 'internal-ca' },
    },
    status,
  };
  c.add(certificate);
}

export const EDGE: readonly OpenCase[] = [
  {
    id: 'open-ingress-class',
    title: 'an Ingress names a class that no controller serves',
    sources: [INGRESS],
    theme: 'retail',
    truth: truthOf('Ingress/shop/frontend', ['ingress-class-missing'], {
      change: ['Ingress/shop/frontend', 'spec.ingressClassName'],
    }),
    make: (c) => {
      const ingress = c.get('Ingress', 'shop', 'frontend');
      specOf(ingress)['ingressClassName'] = 'nginx-internal';
      ingress.status = { loadBalancer: {} };
      c.changed(ingress, { by: 'kubectl-edit', minutesAgo: 55, fields: ['spec/ingressClassName'] });
      const pod = c.workload('ingress-nginx', 'ingress-nginx-controller').firstPod();
      c.log({ namespace: 'ingress-nginx', pod: pod.metadata.name, container: 'controller' }, [
        'I1124 10:14:02.318104       7 nginx.go:271] "Starting NGINX Ingress controller"',
        'I1124 11:02:44.118201       7 store.go:440] "Ignoring ingress because of error while validating ingress class" ingress="shop/frontend" error="no object matching key \\"nginx-internal\\" in local store"',
      ]);
      return c.files('json');
    },
  },
  {
    id: 'open-ingress-class-b',
    twinOf: 'open-ingress-class',
    title: 'an Ingress of a class that is there sends to a port name that the Service does not have',
    sources: [INGRESS],
    theme: 'retail',
    truth: truthOf('Ingress/shop/frontend', ['ingress-backend-port-mismatch'], {
      change: ['Ingress/shop/frontend', 'spec.rules'],
    }),
    make: (c) => {
      const ingress = c.get('Ingress', 'shop', 'frontend');
      specOf(ingress)['rules'] = [
        {
          host: 'shop.example.com',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'frontend', port: { name: 'web' } } },
              },
            ],
          },
        },
      ];
      c.changed(ingress, { by: 'kubectl-edit', minutesAgo: 55, fields: ['spec/rules'] });
      const pod = c.workload('ingress-nginx', 'ingress-nginx-controller').firstPod();
      c.log({ namespace: 'ingress-nginx', pod: pod.metadata.name, container: 'controller' }, [
        'I1124 10:14:02.318104       7 nginx.go:271] "Starting NGINX Ingress controller"',
        'W1124 11:02:44.118201       7 controller.go:1112] Service "shop/frontend" does not have any active Endpoint.',
      ]);
      return c.files('json');
    },
  },
  {
    id: 'open-certificate-expired',
    title: "a server's certificate has expired since its issuer is not to be reached",
    sources: [CERTIFICATE, 'https://pkg.go.dev/crypto/x509#CertificateInvalidError'],
    theme: 'retail',
    truth: truthOf('Secret/billing/tax-tls', ['certificate-expired'], {
      effects: ['Deployment/billing/tax', 'Service/billing/tax', 'Deployment/billing/invoices'],
    }),
    make: (c) => {
      withCertificate(c, {
        notAfter: c.ago(70),
        conditions: [
          {
            type: 'Ready',
            status: 'False',
            reason: 'Expired',
            message: `Certificate expired on ${c.ago(70)}`,
            lastTransitionTime: c.ago(70),
          },
        ],
      });
      crashing(c.workload('billing', 'tax'), {
        exitCode: 1,
        minutesAgo: 30,
        restarts: 10,
        log: [
          `time=${c.ago(2.6)} level=ERROR msg="refusing to serve" file=/etc/tls/tls.crt error="x509: certificate has expired or is not yet valid: current time ${c.ago(2.6)} is after ${c.ago(70)}"`,
        ],
      });
      failingClient(c, {
        namespace: 'billing',
        client: 'invoices',
        sinceMinutesAgo: 29,
        lines: [
          'TIME ERROR 1 --- [nio-8080-exec-1] c.e.TaxClient : I/O error on GET request for "http://tax/v1/rates": Connection refused',
        ],
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-certificate-expired-b',
    twinOf: 'open-certificate-expired',
    title: 'the certificate is in time, but the client does not know who signed it',
    sources: [CERTIFICATE, 'https://pkg.go.dev/crypto/x509#UnknownAuthorityError'],
    theme: 'retail',
    truth: truthOf('Deployment/billing/gateway', ['certificate-invalid'], {
      effects: ['Service/billing/gateway'],
    }),
    make: (c) => {
      withCertificate(c, {
        notAfter: c.ago(-80_000),
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            reason: 'Ready',
            message: 'Certificate is up to date and has not expired',
            lastTransitionTime: c.ago(900),
          },
        ],
      });
      failingClient(c, {
        namespace: 'billing',
        client: 'gateway',
        sinceMinutesAgo: 55,
        lines: [
          'time=TIME level=ERROR msg="upstream" error="Get \\"https://partner.example.net/v1\\": tls: failed to verify certificate: x509: certificate signed by unknown authority"',
        ],
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-external-name',
    title: 'an ExternalName points into a namespace that is not there',
    sources: [EXTERNAL],
    theme: 'retail',
    truth: truthOf('Service/shop/postgres-main', ['service-external-name-wrong'], {
      effects: ['Deployment/shop/catalog'],
    }),
    make: (c) => externalName(c, 'postgres.databses.svc.cluster.local'),
  },
  {
    id: 'open-external-name-b',
    twinOf: 'open-external-name',
    title: 'an ExternalName points at a Service of another namespace, as intended',
    sources: [EXTERNAL],
    theme: 'retail',
    truth: null,
    make: (c) => externalName(c, 'postgres.billing.svc.cluster.local'),
  },
  {
    id: 'open-load-balancer-subnets',
    title: "the cloud finds no subnet for a Service's load balancer",
    sources: [
      'cloud-provider-aws pkg/providers/v1/aws.go',
      'staging/src/k8s.io/cloud-provider/controllers/service/controller.go',
    ],
    theme: 'media',
    truth: truthOf('Service/media/uploader-public', ['load-balancer-pending']),
    make: (c) => {
      const service = publicService(c, 190);
      for (const [type, reason, message] of [
        ['Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer'],
        [
          'Warning',
          'SyncLoadBalancerFailed',
          'Error syncing load balancer: failed to ensure load balancer: could not find any suitable subnets for creating the ELB',
        ],
      ] as const)
        c.event(service, {
          type,
          reason,
          message,
          count: 38,
          sinceMinutesAgo: 190,
          minutesAgo: 2,
          component: 'service-controller',
        });
      return c.files('json');
    },
  },
  {
    id: 'open-load-balancer-subnets-b',
    twinOf: 'open-load-balancer-subnets',
    title:
      'the load balancer stands, but the program behind it never gets ready: the probe asks another port',
    sources: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/',
    ],
    theme: 'media',
    truth: truthOf('Deployment/media/uploader', ['readiness-probe-wrong-port'], {
      effects: ['Service/media/uploader-public'],
      change: ['Deployment/media/uploader', 'readinessProbe.httpGet.port'],
    }),
    make: (c) => {
      publicService(c, 190).status = { loadBalancer: { ingress: [{ ip: '203.0.113.77' }] } };
      const w = c.workload('media', 'uploader');
      w.roll({ by: 'kubectl-edit', minutesAgo: 58, fields: ['readinessProbe/httpGet/port'] }, (container) => {
        if (container.readinessProbe?.httpGet !== undefined) container.readinessProbe.httpGet.port = 9443;
      });
      notReady(w, {
        minutesAgo: 58,
        probe:
          'Readiness probe failed: Get "http://POD_IP:9443/ready": dial tcp POD_IP:9443: connect: connection refused',
      });
      return c.files('json');
    },
  },
];

function publicService(c: Cluster, minutesAgo: number): Manifest {
  return c.service('media', 'uploader-public', {
    type: 'LoadBalancer',
    selector: { app: 'uploader' },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP', nodePort: 31877 }],
    minutesAgo,
  });
}

function externalName(c: Cluster, host: string): ReturnType<Cluster['files']> {
  c.service('shop', 'postgres-main', { type: 'ExternalName', externalName: host, minutesAgo: 2000 });
  const w = c.workload('shop', 'catalog');
  w.roll({ by: 'kubectl-set', minutesAgo: 1900, fields: ['env/{POSTGRES_ADDR}/value'] }, (container) => {
    for (const variable of container.env ?? [])
      if (variable.name === 'POSTGRES_ADDR') variable.value = 'postgres-main:5432';
  });
  if (host.includes('databses'))
    failingClient(c, {
      namespace: 'shop',
      client: 'catalog',
      sinceMinutesAgo: 1890,
      lines: [
        '{"level":"error","ts":"TIME","msg":"query failed","error":"dial tcp: lookup postgres-main on 10.96.0.10:53: no such host"}',
      ],
    });
  return c.files('must-gather');
}
