import { failingClient, notReady } from '../builders/index.ts';
import type { Cluster } from '../builders/index.ts';
import type { OpenCase } from './kit.ts';
import { ask, specOf, truthOf } from './kit.ts';

const POLICY = 'https://kubernetes.io/docs/concepts/services-networking/network-policies/';
const DNS = 'https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/';
const NAMES = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

function policy(
  c: Cluster,
  at: { namespace: string; name: string; minutesAgo: number; by?: string; spec: Record<string, unknown> },
): void {
  const { namespace, name, minutesAgo, by = 'kubectl-client-side-apply', spec } = at;
  const object = c.add({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { ...c.meta(name, namespace, minutesAgo), generation: 1 },
    spec,
  });
  c.changed(object, { by, minutesAgo, fields: Object.keys(spec).map((key) => `spec/${key}`) });
}

/** Only what further policies let in gets in. */
function denyIngress(c: Cluster, namespace: string): void {
  const open = c.get('NetworkPolicy', namespace, 'same-namespace-and-ingress');
  open.metadata.name = 'default-deny';
  open.spec = { podSelector: {}, policyTypes: ['Ingress'] };
  for (const { name } of (c.theme.namespaces[namespace] ?? []).filter(
    ({ name: part }) => part !== 'metadata',
  ))
    policy(c, {
      namespace,
      name: `allow-${name}`,
      minutesAgo: 80_000,
      spec: {
        podSelector: { matchLabels: { app: name } },
        policyTypes: ['Ingress'],
        ingress: [{ from: [{ podSelector: {} }, { namespaceSelector: {} }] }],
      },
    });
}

export const POLICIES: readonly OpenCase[] = [
  {
    id: 'open-policy-port',
    title: "a policy lets clients in at the Service's port, while pods are reached at their own",
    sources: [POLICY, 'https://github.com/ahmetb/kubernetes-network-policy-recipes'],
    theme: 'media',
    truth: truthOf('NetworkPolicy/media/metadata-in', ['network-policy-blocks-ingress'], {
      effects: ['Deployment/media/api'],
      change: ['NetworkPolicy/media/metadata-in', 'spec.ingress'],
    }),
    make: (c) => {
      denyIngress(c, 'media');
      policy(c, {
        namespace: 'media',
        name: 'metadata-in',
        minutesAgo: 41,
        spec: {
          podSelector: { matchLabels: { app: 'metadata' } },
          policyTypes: ['Ingress'],
          ingress: [{ from: [{ podSelector: {} }], ports: [{ protocol: 'TCP', port: 80 }] }],
        },
      });
      ask(c, {
        namespace: 'media',
        clients: ['api', 'feed'],
        service: 'metadata',
        trouble: 'timeout',
        minutesAgo: 40,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-policy-port-b',
    twinOf: 'open-policy-port',
    title: "the server's policies let everybody in, but one client's own lets it out at the wrong port",
    sources: [POLICY],
    theme: 'media',
    truth: truthOf('NetworkPolicy/media/feed-out', ['network-policy-blocks-egress'], {
      effects: ['Deployment/media/feed'],
      change: ['NetworkPolicy/media/feed-out', 'spec.egress'],
    }),
    make: (c) => {
      policy(c, {
        namespace: 'media',
        name: 'feed-out',
        minutesAgo: 41,
        spec: {
          podSelector: { matchLabels: { app: 'feed' } },
          policyTypes: ['Egress'],
          egress: [
            NAMES,
            {
              to: [{ podSelector: { matchLabels: { app: 'metadata' } } }],
              ports: [{ protocol: 'TCP', port: 80 }],
            },
          ],
        },
      });
      ask(c, {
        namespace: 'media',
        clients: ['feed'],
        service: 'metadata',
        trouble: 'timeout',
        minutesAgo: 40,
      });
      return c.files('yaml');
    },
  },
  {
    id: 'open-policy-names',
    title: 'a policy lets a client out to its server only, so it can ask for no name',
    sources: [POLICY, 'https://github.com/ahmetb/kubernetes-network-policy-recipes'],
    theme: 'media',
    truth: truthOf('NetworkPolicy/media/uploader-out', ['network-policy-blocks-dns'], {
      effects: ['Deployment/media/uploader', 'Service/media/uploader'],
      change: ['NetworkPolicy/media/uploader-out', 'spec.egress'],
    }),
    make: (c) => {
      policy(c, {
        namespace: 'media',
        name: 'uploader-out',
        by: 'argocd-controller',
        minutesAgo: 29,
        spec: {
          podSelector: { matchLabels: { app: 'uploader' } },
          policyTypes: ['Egress'],
          egress: [{ to: [{ podSelector: { matchLabels: { app: 'api' } } }] }],
        },
      });
      failingClient(c, {
        namespace: 'media',
        client: 'uploader',
        sinceMinutesAgo: 28,
        lines: [
          'TIME ERROR 1 --- [nio-8080-exec-2] c.e.u.ApiClient : java.net.UnknownHostException: api: Temporary failure in name resolution',
        ],
        notReady: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      });
      return c.files('json');
    },
  },
  {
    id: 'open-policy-names-b',
    twinOf: 'open-policy-names',
    title: "CoreDNS forwards to a resolver that does not answer, so only the outside's names fail",
    sources: ['https://coredns.io/plugins/forward/', 'https://coredns.io/plugins/errors/'],
    theme: 'media',
    truth: truthOf('ConfigMap/kube-system/coredns', ['dns-misconfigured'], {
      effects: ['Deployment/media/cdn-sync'],
      change: ['ConfigMap/kube-system/coredns', 'data.Corefile'],
    }),
    make: (c) => {
      const map = c.get('ConfigMap', 'kube-system', 'coredns');
      const { Corefile = '' } = map['data'] as Record<string, string>;
      map['data'] = { Corefile: Corefile.replace('/etc/resolv.conf', '10.0.255.53') };
      c.changed(map, { by: 'kubectl-edit', minutesAgo: 62, fields: ['data/Corefile'] });
      for (const pod of c.workload('kube-system', 'coredns').pods)
        c.log({ namespace: 'kube-system', pod: pod.metadata.name, container: 'coredns' }, [
          '.:53',
          '[INFO] Reloading complete',
          ...['cdn.example.net.', 'models.example.org.', 'cdn.example.net.'].map(
            (name) =>
              `[ERROR] plugin/errors: 2 ${name} A: read udp ${pod.status.podIP ?? ''}:${40_000 + c.dice.below(9000)}->10.0.255.53:53: i/o timeout`,
          ),
        ]);
      failingClient(c, {
        namespace: 'media',
        client: 'cdn-sync',
        sinceMinutesAgo: 60,
        lines: [
          'time=TIME level=ERROR msg="sync failed" error="dial tcp: lookup cdn.example.net on 10.96.0.10:53: server misbehaving"',
        ],
      });
      failingClient(c, {
        namespace: 'social',
        client: 'moderation',
        sinceMinutesAgo: 60,
        lines: [
          "[TIME] [ERROR] requests.exceptions.ConnectionError: Failed to resolve 'models.example.org' ([Errno -3] Temporary failure in name resolution)",
        ],
      });
      return c.files('json');
    },
  },
  {
    id: 'open-host-network',
    title: "a workload was put on its node's network and asks that node's resolver, which knows no Service",
    sources: [DNS],
    theme: 'retail',
    truth: truthOf('Deployment/billing/reconciler', ['dns-policy-wrong'], {
      effects: ['Service/billing/reconciler'],
      change: ['Deployment/billing/reconciler', 'hostNetwork'],
    }),
    make: (c) => {
      const w = c.workload('billing', 'reconciler');
      w.roll(
        { by: 'kubectl-edit', minutesAgo: 36, fields: ['spec/template/spec/hostNetwork'] },
        (_, template) => {
          template.spec['hostNetwork'] = true;
        },
      );
      notReady(w, {
        minutesAgo: 36,
        probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        log: [30, 20, 10, 1].map((minutes) => `[${c.ago(minutes)}] Error: getaddrinfo ENOTFOUND rabbitmq`),
      });
      return c.files('json');
    },
  },
  {
    id: 'open-host-network-b',
    twinOf: 'open-host-network',
    title: 'it asks the cluster for names from the same network, but for one that is misspelt',
    sources: [DNS],
    theme: 'retail',
    truth: truthOf(
      'Deployment/billing/reconciler',
      ['wrong-service-address', 'dns-name-not-found', 'service-missing'],
      {
        effects: ['Service/billing/reconciler'],
        change: ['Deployment/billing/reconciler', 'env.RABBITMQ_ADDR'],
      },
    ),
    make: (c) => {
      const w = c.workload('billing', 'reconciler');
      w.roll(
        { by: 'kubectl-edit', minutesAgo: 36, fields: ['env/{RABBITMQ_ADDR}/value'] },
        (container, template) => {
          template.spec['hostNetwork'] = true;
          template.spec.dnsPolicy = 'ClusterFirstWithHostNet';
          for (const variable of container.env ?? [])
            if (variable.name === 'RABBITMQ_ADDR') variable.value = 'rabitmq:5672';
        },
      );
      notReady(w, {
        minutesAgo: 36,
        probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
        log: [30, 20, 10, 1].map((minutes) => `[${c.ago(minutes)}] Error: getaddrinfo ENOTFOUND rabitmq`),
      });
      return c.files('json');
    },
  },
  {
    id: 'open-endpoints-by-hand',
    title: 'endpoints kept by hand name the address of a pod that is gone',
    sources: ['https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors'],
    theme: 'media',
    truth: truthOf('Service/media/mongo', ['service-endpoints-wrong'], {
      effects: ['Deployment/media/api'],
    }),
    make: (c) => byHand(c, false),
  },
  {
    id: 'open-endpoints-by-hand-b',
    twinOf: 'open-endpoints-by-hand',
    title: 'endpoints kept by hand name a database outside, as intended',
    sources: ['https://kubernetes.io/docs/concepts/services-networking/service/#services-without-selectors'],
    theme: 'media',
    truth: null,
    make: (c) => byHand(c, true),
  },
];

function byHand(c: Cluster, isWell: boolean): ReturnType<Cluster['files']> {
  const service = c.get('Service', 'media', 'mongo');
  delete specOf(service)['selector'];
  const name = 'mongo';
  const ip = isWell ? '172.16.9.41' : '10.244.3.251';
  c.add({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: c.meta(name, 'media', isWell ? 100_000 : 30_000),
    subsets: [{ addresses: [{ ip }], ports: [{ name, port: 27017, protocol: 'TCP' }] }],
  });
  if (!isWell)
    for (const client of ['api', 'metadata'])
      failingClient(c, {
        namespace: 'media',
        client,
        sinceMinutesAgo: 75,
        lines: [
          '{"level":"error","ts":"TIME","msg":"server selection error: server selection timeout","servers":"mongo:27017 dial tcp: no route to host"}',
        ],
      });
  return c.files('json');
}
