import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { Snapshot } from '../../snapshot/snapshot.ts';
import { deployment, service, shop } from '../../testing/shop.ts';
import { TAKEN_US, seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { dnsConfig } from './dns-config.ts';
import { dnsPolicy } from './dns-policy.ts';
import { dnsServers } from './dns-servers.ts';

const coredns = (more: { ready?: boolean; replicas?: number } = {}): readonly JsonObject[] =>
  deployment({ name: 'coredns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, ...more });
const kubeDns = (selector: JsonObject = { 'k8s-app': 'kube-dns' }): JsonObject =>
  service('kube-dns', { selector, clusterIP: '10.96.0.10' }, 'kube-system');

describe('servers of the cluster’s DNS', () => {
  test.each<[string, readonly JsonObject[], JsonObject]>([
    ['none is ready', [...coredns({ ready: false }), kubeDns()], { problem: 'not-ready', pods: '1' }],
    ['none is wanted', [...coredns({ replicas: 0 }), kubeDns()], { problem: 'scaled', replicas: '0' }],
    [
      'the Service leads to none',
      [...coredns(), kubeDns({ 'k8s-app': 'kubedns' })],
      { problem: 'unselected' },
    ],
  ])('%s', (_, manifests, expected) => {
    expect(seenBy(dnsServers, snapshotOf(manifests))).toMatchObject([
      { object: 'Deployment/kube-system/coredns', refers: 'Service/kube-system/kube-dns', ...expected },
    ]);
  });
  test('silent: one is ready', () => {
    expect(seenBy(dnsServers, snapshotOf([...coredns(), kubeDns()]))).toEqual([]);
  });
  test('silent: the namespace was not read', () => {
    expect(seenBy(dnsServers, snapshotOf(coredns({ ready: false }), ['Service']))).toEqual([]);
  });
});

const HEALTHY = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop # stops when it asks itself
    reload
    loadbalance
}
`;
const corefile = (text: string): readonly JsonObject[] => [
  kubeDns(),
  { kind: 'ConfigMap', metadata: { name: 'coredns', namespace: 'kube-system' }, data: { Corefile: text } },
];

describe('the Corefile', () => {
  test.each<[string, string, string]>([
    ['without kubernetes', HEALTHY.replace(/ {4}kubernetes[^}]*\}\n/, ''), 'kubernetes-missing'],
    ['for another domain', HEALTHY.replace('cluster.local', 'cluster.lokal'), 'domain'],
    ['that forwards to itself', HEALTHY.replace('/etc/resolv.conf', '10.96.0.10'), 'forward-loop'],
    ['that forwards to its own address', HEALTHY.replace('/etc/resolv.conf', '127.0.0.1'), 'forward-loop'],
    [
      'with a template that denies Services',
      HEALTHY.replace(
        'ready\n',
        'ready\n    template ANY ANY shop.svc.cluster.local {\n rcode NXDOMAIN\n }\n',
      ),
      'template',
    ],
    [
      'with a template that matches one Service',
      HEALTHY.replace(
        'ready\n',
        'ready\n    template IN A {\n match ^checkout\\.shop\\.svc\\.cluster\\.local\\.$\n rcode SERVFAIL\n }\n',
      ),
      'template',
    ],
    [
      'with a host entry over a Service',
      HEALTHY.replace(
        'ready\n',
        'ready\n    hosts {\n 10.1.1.1 checkout.shop.svc.cluster.local\n fallthrough\n }\n',
      ),
      'hosts',
    ],
    [
      'that rewrites a Service to one that is not there',
      HEALTHY.replace(
        'ready\n',
        'ready\n    rewrite name checkout.shop.svc.cluster.local gone.shop.svc.cluster.local\n',
      ),
      'rewrite',
    ],
    ['with a brace too few', HEALTHY.replace('lameduck 5s\n    }', 'lameduck 5s'), 'syntax'],
    ['with a brace too much', `${HEALTHY}}\n`, 'syntax'],
  ])('%s', (_, text, problem) => {
    expect(seenBy(dnsConfig, snapshotOf([...shop(), ...corefile(text)]))).toMatchObject([
      { object: 'ConfigMap/kube-system/coredns', problem },
    ]);
  });

  test.each<[string, string]>([
    ['as kubeadm writes it', HEALTHY],
    ['with parts that are imported', '.:53 {\n  import custom/*.override\n  forward . 8.8.8.8\n}\n'],
    [
      'without answers for AAAA',
      HEALTHY.replace('ready\n', 'ready\n    template ANY AAAA {\n rcode NOERROR\n }\n'),
    ],
    [
      'with a template for a domain of its own',
      HEALTHY.replace('ready\n', 'ready\n template ANY ANY corp.example {\n rcode NXDOMAIN\n }\n'),
    ],
    ['with a second server', `${HEALTHY}corp.example:53 {\n    forward . 10.1.1.53\n}\n`],
    ['empty', ''],
  ])('silent: %s', (_, text) => {
    expect(seenBy(dnsConfig, snapshotOf([...shop(), ...corefile(text)]))).toEqual([]);
  });

  test('a domain of the cluster’s own is right where kubeadm tells it', () => {
    const kubeadm = {
      kind: 'ConfigMap',
      metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
      data: { ClusterConfiguration: 'networking:\n  dnsDomain: corp.k8s\n' },
    };
    const text = HEALTHY.replace('cluster.local', 'corp.k8s');
    expect(seenBy(dnsConfig, snapshotOf([kubeadm, ...corefile(text)]))).toEqual([]);
  });

  test.each([
    [
      '[FATAL] plugin/loop: Loop (127.0.0.1:55953 -> :1053) detected for zone ".", see https://coredns.io',
      'forward-loop',
    ],
    ["/etc/coredns/Corefile:3 - Error during parsing: Unknown directive 'kubernets'", 'syntax'],
  ])('its log tells too: %s', (line, problem) => {
    const lines = ['.:53', line];
    const snapshot = new Snapshot({
      cluster: 'test',
      objects: [],
      takenUs: TAKEN_US,
      listed: new Set(),
      logs: [
        {
          namespace: 'kube-system',
          pod: 'coredns-1',
          container: 'coredns',
          previous: false,
          lines,
          place: 'x',
        },
      ],
    });
    expect(seenBy(dnsConfig, snapshot)).toMatchObject([{ object: 'ConfigMap/kube-system/coredns', problem }]);
  });
});

describe('a name server that the Corefile names', () => {
  const line =
    '[ERROR] plugin/errors: 2 a.example.com. A: read udp 10.244.0.2:40000->10.0.255.53:53: i/o timeout';
  const seen = (upstream: string, times: number): ReturnType<typeof seenBy> => {
    const snapshot = snapshotOf(corefile(HEALTHY.replace('/etc/resolv.conf', upstream)));
    const lines = Array.from({ length: times }, () => line);
    const log = {
      namespace: 'kube-system',
      pod: 'coredns-1',
      container: 'coredns',
      previous: false,
      lines,
      place: 'x',
    };
    const { cluster, takenUs } = snapshot;
    const listed = new Set(['ConfigMap']);
    return seenBy(
      dnsConfig,
      new Snapshot({ cluster, takenUs, objects: snapshot.objects(), logs: [log], listed }),
    );
  };
  test('and that does not answer is told', () => {
    expect(seen('10.0.255.53', 3)).toMatchObject([{ problem: 'forward-unanswered' }]);
  });
  test('may miss a query now and then', () => {
    expect(seen('10.0.255.53', 2)).toEqual([]);
  });
  test('is not blamed for those of the node', () => {
    expect(seen('/etc/resolv.conf', 9)).toEqual([]);
  });
});

describe('dnsPolicy', () => {
  const seen = (podSpec: JsonObject, value = 'checkout:80'): ReturnType<typeof seenBy> => {
    const env = [{ name: 'CHECKOUT_ADDR', value }];
    const manifests = [...shop().slice(3), ...deployment({ name: 'frontend', container: { env }, podSpec })];
    return seenBy(dnsPolicy, snapshotOf([...manifests, kubeDns()]));
  };
  test.each<[string, JsonObject, JsonObject]>([
    ['Default with a Service’s name', { dnsPolicy: 'Default' }, { policy: 'Default', host: 'checkout' }],
    ['the node’s network', { hostNetwork: true, dnsPolicy: 'ClusterFirst' }, { host_network: 'true' }],
    [
      'another server',
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['8.8.8.8'] } },
      { nameservers: '8.8.8.8' },
    ],
    [
      'no search domain',
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['10.96.0.10'] } },
      { policy: 'None' },
    ],
  ])('%s', (_, podSpec, expected) => {
    expect(seen(podSpec)).toMatchObject([
      { object: 'Deployment/shop/frontend', setting: 'CHECKOUT_ADDR', ...expected },
    ]);
  });
  test.each<[string, JsonObject, string]>([
    ['the usual', {}, 'checkout:80'],
    [
      'the node’s network with the cluster’s DNS',
      { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
      'checkout:80',
    ],
    ['no name of the cluster', { dnsPolicy: 'Default' }, 'api.example.com:443'],
    ['an address', { dnsPolicy: 'Default' }, '10.96.0.22:80'],
    [
      'the cluster’s DNS by hand',
      { dnsPolicy: 'None', dnsConfig: { nameservers: ['10.96.0.10'], searches: ['shop.svc.cluster.local'] } },
      'checkout:80',
    ],
  ])('silent: %s', (_, podSpec, value) => {
    expect(seen(podSpec, value)).toEqual([]);
  });
});
