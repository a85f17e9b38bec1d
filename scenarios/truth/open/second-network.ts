import { addApp, failingClient, nginxError, say, withoutLogs } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { specOf, truthOf } from './kit.ts';

type Files = ReturnType<Cluster['files']>;

const SERVICE = 'https://kubernetes.io/docs/concepts/services-networking/service/';
const POLICY = 'https://kubernetes.io/docs/concepts/services-networking/network-policies/';
const UPSTREAM = 'nginx src/http/ngx_http_upstream.c';

/** A web program behind an Ingress and a policy of its namespace. */
function arena(
  c: Cluster,
  at: { from: Record<string, unknown>[]; targetPort: number; error: string },
): Files {
  const w = addApp(c, {
    namespace: 'games',
    name: 'arena',
    image: 'ghcr.io/example/arena:4.2.0',
    port: 8080,
    servicePort: 80,
    replicas: 2,
  });
  const policy = c.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { ...c.meta('games-default', 'games', 88_000), generation: 1 },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: at.from }] },
  });
  const service = c.get('Service', 'games', 'arena');
  if (at.targetPort === 8080)
    c.changed(policy, { by: 'kubectl-edit', minutesAgo: 28, fields: ['spec/ingress'] });
  else {
    specOf(service)['ports'] = [{ name: 'http', port: 80, targetPort: at.targetPort, protocol: 'TCP' }];
    c.changed(service, { by: 'kubectl-edit', minutesAgo: 28, fields: ['spec/ports'] });
  }
  c.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...c.meta('arena', 'games', 88_000), generation: 1 },
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'arena.example.com',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name: 'arena', port: { number: 80 } } },
              },
            ],
          },
        },
      ],
    },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.24' }] } },
  });
  const ip = w.firstPod().status.podIP ?? '';
  say(
    c.workload('ingress-nginx', 'ingress-nginx-controller'),
    [27, 15, 8, 2].flatMap((minutes) => [
      nginxError(
        c,
        minutes,
        'error',
        `31#31: *${60_000 - minutes} ${at.error} while connecting to upstream, client: 198.51.100.9, server: arena.example.com, request: "GET /lobby HTTP/2.0", upstream: "http://${ip}:${at.targetPort}/lobby", host: "arena.example.com"`,
      ),
    ]),
  );
  return c.files('yaml');
}

export const SECOND_SERVICES: readonly OpenCase[] = [
  {
    id: 'open-second-tier',
    title: 'a new manifest left out a label of the pods by which their Service finds them',
    sources: [SERVICE, 'https://curl.se/libcurl/c/libcurl-errors.html'],
    theme: 'media',
    truth: truthOf('Service/shelf/ratings', ['service-selector-mismatch'], {
      effects: ['Deployment/shelf/bookpage'],
      change: ['Deployment/shelf/ratings', 'spec.template.metadata.labels'],
    }),
    make: (c) => {
      addApp(c, {
        namespace: 'shelf',
        name: 'bookpage',
        image: 'ghcr.io/example/bookpage:2.2.0',
        port: 8080,
        replicas: 2,
        env: { RATINGS_URL: 'http://ratings' },
      });
      const w = addApp(c, {
        namespace: 'shelf',
        name: 'ratings',
        image: 'ghcr.io/example/ratings:1.3.0',
        port: 9080,
        servicePort: 80,
        replicas: 2,
        labels: { tier: 'backend' },
      });
      specOf(c.get('Service', 'shelf', 'ratings'))['selector'] = { app: 'ratings', tier: 'backend' };
      w.roll(
        {
          by: 'kubectl-client-side-apply',
          minutesAgo: 31,
          fields: ['spec/template/metadata/labels', 'image'],
        },
        (container, template) => {
          container.image = 'ghcr.io/example/ratings:1.3.1';
          delete template.metadata.labels['tier'];
        },
      );
      failingClient(c, {
        namespace: 'shelf',
        client: 'bookpage',
        sinceMinutesAgo: 30,
        lines: [
          '[TIME] production.ERROR: cURL error 7: Failed to connect to ratings port 80 after 1 ms: Connection refused (see https://curl.haxx.se/libcurl/c/libcurl-errors.html) for http://ratings/books/0/stars',
        ],
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-second-port-name',
    title: 'the port of a container was renamed, and its Service goes by the old name; no log was taken',
    sources: [SERVICE, 'pkg/controller/endpointslice (FindPort)'],
    theme: 'retail',
    truth: truthOf('Service/games/leaderboard', ['service-port-name-mismatch'], {
      change: ['Deployment/games/leaderboard', 'ports.name'],
    }),
    make: (c) => {
      const w = addApp(c, {
        namespace: 'games',
        name: 'leaderboard',
        image: 'registry.example.com/games/leaderboard:0.9.4',
        port: 8080,
        portName: 'http',
        servicePort: 80,
        replicas: 2,
      });
      const ports = [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }];
      specOf(c.get('Service', 'games', 'leaderboard'))['ports'] = ports;
      w.roll({ by: 'helm', minutesAgo: 48, fields: ['ports'] }, (container) => {
        container.ports = [
          { name: 'http-api', containerPort: 8080, protocol: 'TCP' },
          { name: 'http-metrics', containerPort: 9090, protocol: 'TCP' },
        ];
      });
      return withoutLogs(c.files('cluster-info'));
    },
  },
  {
    id: 'open-second-edge-in',
    title: "the ingress controller's namespace was taken out of a policy",
    sources: [POLICY, UPSTREAM],
    theme: 'media',
    truth: truthOf('NetworkPolicy/games/games-default', ['network-policy-blocks-ingress'], {
      effects: ['Service/games/arena', 'Ingress/games/arena'],
      change: ['NetworkPolicy/games/games-default', 'spec.ingress'],
    }),
    make: (c) =>
      arena(c, {
        from: [{ podSelector: {} }],
        targetPort: 8080,
        error: 'upstream timed out (110: Operation timed out)',
      }),
  },
  {
    id: 'open-second-edge-in-b',
    twinOf: 'open-second-edge-in',
    title: 'the policy lets the controller in; the Service sends it to a port where nobody listens',
    sources: [SERVICE, UPSTREAM],
    theme: 'media',
    truth: truthOf('Service/games/arena', ['service-target-port-mismatch'], {
      effects: ['Ingress/games/arena'],
      change: ['Service/games/arena', 'spec.ports'],
    }),
    make: (c) =>
      arena(c, {
        from: [
          { podSelector: {} },
          { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
        ],
        targetPort: 9090,
        error: 'connect() failed (111: Connection refused)',
      }),
  },
];
