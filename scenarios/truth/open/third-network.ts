import { addApp, addressOfService, failingClient } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { truthOf } from './kit.ts';

const POLICY =
  'https://kubernetes.io/docs/concepts/services-networking/network-policies/#behavior-of-to-and-from-selectors';
const DIAL = 'net/dial.go';

function policy(
  c: Cluster,
  at: { namespace: string; name: string; minutesAgo: number },
  spec: Record<string, unknown>,
): void {
  const object = c.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { ...c.meta(at.name, at.namespace, at.minutesAgo), generation: 1 },
    spec,
  });
  c.changed(object, {
    by: 'kubectl-client-side-apply',
    minutesAgo: at.minutesAgo,
    fields: Object.keys(spec).map((key) => `spec/${key}`),
  });
}

/** A server of one namespace, a client of another, and a policy for whom the server lets in. */
function desk(c: Cluster, at: { address: string; label: string; since: number }): void {
  addApp(c, {
    namespace: 'market',
    name: 'quotes',
    image: 'registry.example.com/market/quotes:4.0.0',
    port: 8080,
    servicePort: 80,
    replicas: 2,
  });
  addApp(c, {
    namespace: 'desk',
    name: 'terminal-ui',
    image: 'registry.example.com/desk/terminal-ui:2.8.1',
    port: 3000,
    env: { QUOTES_ADDR: at.address },
  });
  policy(
    c,
    { namespace: 'market', name: 'quotes-clients', minutesAgo: at.since },
    {
      podSelector: { matchLabels: { app: 'quotes' } },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'desk' } },
              podSelector: { matchLabels: { app: at.label } },
            },
          ],
          ports: [{ protocol: 'TCP', port: 8080 }],
        },
      ],
    },
  );
  const [ip = ''] = addressOfService(c, 'market', 'quotes').split(':');
  const [, port = '80'] = at.address.split(':');
  failingClient(c, {
    namespace: 'desk',
    client: 'terminal-ui',
    sinceMinutesAgo: 40,
    lines: [`{"level":50,"time":"TIME","msg":"quotes: connect ETIMEDOUT ${ip}:${port}"}`],
  });
}

export const THIRD_POLICIES: readonly OpenCase[] = [
  {
    id: 'open-third-both-selectors',
    title:
      'a policy lets in who is of a namespace and carries a label; the client is of the namespace and carries another',
    sources: [POLICY],
    theme: 'retail',
    truth: truthOf('NetworkPolicy/market/quotes-clients', ['network-policy-blocks-ingress'], {
      effects: ['Deployment/desk/terminal-ui'],
      change: ['NetworkPolicy/market/quotes-clients', 'spec.ingress'],
    }),
    make: (c) => {
      desk(c, { address: 'quotes.market:80', label: 'terminal', since: 41 });
      return c.files('json');
    },
  },
  {
    id: 'open-third-both-selectors-b',
    twinOf: 'open-third-both-selectors',
    title:
      'the client carries the label, and asks the Service at the port of its pods, where the Service is silent',
    sources: ['https://kubernetes.io/docs/reference/networking/virtual-ips/', DIAL],
    theme: 'retail',
    truth: truthOf('Deployment/desk/terminal-ui', ['wrong-service-port'], {}),
    make: (c) => {
      desk(c, { address: 'quotes.market:8080', label: 'terminal-ui', since: 60_000 });
      return c.files('json');
    },
  },
  {
    id: 'open-third-private-addresses',
    title:
      'a policy lets a program out to the world but not to private addresses, which the resolver of names has too',
    sources: [POLICY],
    theme: 'media',
    truth: truthOf(
      'NetworkPolicy/social/moderation-out',
      ['network-policy-blocks-dns', 'network-policy-blocks-egress'],
      {
        effects: ['Deployment/social/moderation'],
        change: ['NetworkPolicy/social/moderation-out', 'spec.egress'],
      },
    ),
    make: (c) => {
      policy(
        c,
        { namespace: 'social', name: 'moderation-out', minutesAgo: 33 },
        {
          podSelector: { matchLabels: { app: 'moderation' } },
          policyTypes: ['Egress'],
          egress: [
            {
              to: [
                { ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'] } },
              ],
            },
          ],
        },
      );
      failingClient(c, {
        namespace: 'social',
        client: 'moderation',
        sinceMinutesAgo: 32,
        lines: [
          'TIME ERROR kafka: could not resolve kafka:9092: [Errno -3] Temporary failure in name resolution',
          "TIME ERROR classifier: HTTPSConnectionPool(host='labels.example.org', port=443): Max retries exceeded (Caused by NameResolutionError: Failed to resolve 'labels.example.org' ([Errno -3] Temporary failure in name resolution))",
        ],
      });
      return c.files('must-gather');
    },
  },
];
