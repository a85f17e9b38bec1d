import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { deployment, service, shop } from '../../testing/shop.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { isolatingNetworkPolicies, networkPaths } from './policies.ts';

const dns = [
  {
    kind: 'Namespace',
    metadata: { name: 'kube-system', labels: { 'kubernetes.io/metadata.name': 'kube-system' } },
  },
  ...deployment({
    name: 'coredns',
    namespace: 'kube-system',
    labels: { 'k8s-app': 'kube-dns' },
    ip: '10.244.0.2',
  }),
  service(
    'kube-dns',
    {
      selector: { 'k8s-app': 'kube-dns' },
      clusterIP: '10.96.0.10',
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53 },
      ],
    },
    'kube-system',
  ),
];
const policy = (name: string, spec: JsonObject, namespace = 'shop'): JsonObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace },
  spec: { podSelector: {}, ...spec },
});
const seen = (...policies: readonly JsonObject[]): ReturnType<typeof seenBy> =>
  seenBy(networkPaths, snapshotOf([...shop(), ...dns, ...policies]));
const app = (name: string): JsonObject => ({ podSelector: { matchLabels: { app: name } } });
const allDns = {
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
};
const only = (name: string): JsonObject => ({ podSelector: { matchLabels: { app: name } } });

describe('ingress', () => {
  const blocked = {
    path: 'ingress',
    words: 'ingress from Deployment shop/frontend to Service shop/checkout',
    object: 'Service/shop/checkout',
    client: 'Deployment/shop/frontend',
    configured: 'true',
  };
  test.each<[string, JsonObject]>([
    ['a policy that allows nothing', policy('p', { policyTypes: ['Ingress'] })],
    ['no types and no rules: ingress all the same', policy('p', {})],
    ['another client', policy('p', { ...only('checkout'), ingress: [{ from: [app('cart')] }] })],
    [
      'another port',
      policy('p', { ...only('checkout'), ingress: [{ from: [app('frontend')], ports: [{ port: 9090 }] }] }),
    ],
    [
      'another protocol',
      policy('p', { ...only('checkout'), ingress: [{ ports: [{ port: 8080, protocol: 'UDP' }] }] }),
    ],
    [
      'a port name that is not there',
      policy('p', { ...only('checkout'), ingress: [{ ports: [{ port: 'web' }] }] }),
    ],
    [
      'the client only in another namespace',
      policy('p', {
        ...only('checkout'),
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'x' } }, ...app('frontend') }] }],
      }),
    ],
    [
      'a block without the client',
      policy('p', { ...only('checkout'), ingress: [{ from: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }] }),
    ],
    [
      'a block that leaves the client out',
      policy('p', {
        ...only('checkout'),
        ingress: [{ from: [{ ipBlock: { cidr: '10.244.0.0/16', except: ['10.244.1.5/32'] } }] }],
      }),
    ],
    [
      'an expression',
      policy('p', {
        podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['checkout'] }] },
      }),
    ],
  ])('blocked: %s', (_, made) => {
    expect(seen(made).filter((event) => event['object'] === 'Service/shop/checkout')).toMatchObject([
      { ...blocked, refers: 'NetworkPolicy/shop/p' },
    ]);
  });

  test.each<[string, readonly JsonObject[]]>([
    ['everything is allowed', [policy('p', { ingress: [{}] })]],
    [
      'the client is allowed',
      [policy('p', { ...only('checkout'), ingress: [{ from: [app('frontend')], ports: [{ port: 8080 }] }] })],
    ],
    [
      'one policy denies, another allows',
      [
        policy('deny', { policyTypes: ['Ingress'], ...only('checkout') }),
        policy('allow', { ...only('checkout'), ingress: [{ from: [{ podSelector: {} }] }] }),
      ],
    ],
    ['a named port', [policy('p', { ...only('checkout'), ingress: [{ ports: [{ port: 'http' }] }] })]],
    [
      'a range of ports',
      [policy('p', { ...only('checkout'), ingress: [{ ports: [{ port: 8000, endPort: 9000 }] }] })],
    ],
    [
      'the namespace by its name',
      [
        policy('p', {
          ...only('checkout'),
          ingress: [
            { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } }] },
          ],
        }),
      ],
    ],
    [
      'a block with the client',
      [policy('p', { ...only('checkout'), ingress: [{ from: [{ ipBlock: { cidr: '10.244.0.0/16' } }] }] })],
    ],
    ['it selects nobody', [policy('p', only('nobody'))]],
    ['it is of another namespace', [policy('p', {}, 'bank')]],
    ['it only isolates egress, and allows it', [policy('p', { policyTypes: ['Egress'], egress: [{}] })]],
  ])('silent: %s', (_, policies) => {
    expect(seen(...policies)).toEqual([]);
  });

  test('who allows something for these pods is looked at before who denies all', () => {
    const events = seen(
      policy('deny-all', {}),
      policy('checkout', { ...only('checkout'), ingress: [{ from: [app('fronted')] }] }),
    );
    expect(events.filter((e) => e['object'] === 'Service/shop/checkout')).toMatchObject([
      { refers: 'NetworkPolicy/shop/checkout' },
    ]);
  });

  test('a Service that nobody is known to use is marked as not configured', () => {
    expect(seen(policy('p', { ...only('frontend') }))).toMatchObject([
      { object: 'Service/shop/frontend', client: '*', configured: 'false' },
    ]);
  });

  test('a Service that an Ingress leads to is in use', () => {
    const ingress = {
      kind: 'Ingress',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { defaultBackend: { service: { name: 'frontend', port: { number: 80 } } } },
    };
    expect(seen(policy('p', only('frontend')), ingress)).toMatchObject([{ client: '*', configured: 'true' }]);
  });

  test('the Ingress controller is kept out by a policy that lets in another namespace', () => {
    const ingress = {
      kind: 'Ingress',
      metadata: { name: 'web', namespace: 'shop' },
      spec: { defaultBackend: { service: { name: 'frontend', port: { number: 80 } } } },
    };
    const controller = deployment({
      name: 'ingress-nginx-controller',
      namespace: 'ingress-nginx',
      container: { image: 'registry.k8s.io/ingress-nginx/controller:v1.11.3' },
    });
    const from = (name: string): JsonObject =>
      policy('p', {
        ...only('frontend'),
        ingress: [
          { from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }] },
        ],
      });
    expect(seen(from('ingress'), ingress, ...controller)).toMatchObject([
      {
        object: 'Service/shop/frontend',
        client: 'Deployment/ingress-nginx/ingress-nginx-controller',
        configured: 'true',
      },
    ]);
    expect(seen(from('ingress-nginx'), ingress, ...controller)).toEqual([]);
  });

  test('a plugin that leaves policies without effect blocks nothing', () => {
    const flannel = { kind: 'DaemonSet', metadata: { name: 'kube-flannel-ds', namespace: 'kube-flannel' } };
    expect(seen(policy('p', {}), flannel)).toEqual([]);
  });
});

describe('egress', () => {
  test('a policy that allows nothing blocks what the workload is given', () => {
    const events = seen(policy('p', { policyTypes: ['Egress'] }));
    expect(events).toContainEqual(
      expect.objectContaining({
        object: 'Deployment/shop/frontend',
        refers: 'NetworkPolicy/shop/p',
        path: 'egress',
        service: 'Service/shop/checkout',
        configured: 'true',
      }),
    );
  });
  test('one that allows the peer but not DNS blocks names', () => {
    const events = seen(
      policy('p', { ...only('frontend'), policyTypes: ['Egress'], egress: [{ to: [app('checkout')] }] }),
    );
    expect(events).toMatchObject([
      { path: 'dns', object: 'Deployment/shop/frontend', configured: 'true', port: '53' },
    ]);
  });
  test.each<[string, JsonObject]>([
    ['DNS for everybody and the peer', { egress: [allDns, { to: [app('checkout')] }] }],
    [
      'DNS of kube-system by labels',
      {
        egress: [
          {
            to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
            ...allDns,
          },
          { to: [app('checkout')] },
        ],
      },
    ],
    ['everything', { egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] }],
  ])('silent: it allows %s', (_, spec) => {
    expect(seen(policy('p', { ...only('frontend'), policyTypes: ['Egress'], ...spec }))).toEqual([]);
  });
  test('a cache of DNS on the node leaves it open', () => {
    const cache = { kind: 'DaemonSet', metadata: { name: 'node-local-dns', namespace: 'kube-system' } };
    const made = policy('p', {
      ...only('frontend'),
      policyTypes: ['Egress'],
      egress: [{ to: [app('checkout')] }],
    });
    expect(seen(made, cache)).toEqual([]);
  });
});

test('the policy behind the paths is one event, however many there are', () => {
  const snapshot = snapshotOf([...shop(), policy('p', { policyTypes: ['Ingress', 'Egress'] })]);
  expect(seenBy(isolatingNetworkPolicies, snapshot)).toMatchObject([
    {
      object: 'NetworkPolicy/shop/p',
      selector: 'all pods',
      ingress: 'true',
      egress: 'true',
      rules: '0',
      path: 'ingress',
      client: 'Deployment/shop/frontend',
      target: 'Service/shop/checkout',
    },
  ]);
});
