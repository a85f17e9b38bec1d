import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { deployment, service, shop } from '../../testing/shop.ts';
import { TAKEN_US, seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { certificates } from './certificates.ts';
import { ingressClasses, ingressSecrets, ingressServices } from './ingresses.ts';
import { externalNames, loadBalancers, manualEndpoints, nodePorts } from './service-kinds.ts';

const ingress = (backend: JsonObject, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', namespace: 'shop', ...metadata },
  spec: { rules: [{ host: 'shop.example.com', http: { paths: [{ path: '/', backend }] } }], ...spec },
});
const backend = (name: string, port: JsonObject = { number: 80 }): JsonObject => ({
  service: { name, port },
});

describe('backends of Ingresses', () => {
  test.each<[string, JsonObject, JsonObject]>([
    [
      'no such Service',
      backend('frontnd'),
      { problem: 'service', nearest: 'frontend', host: 'shop.example.com' },
    ],
    ['no such port', backend('frontend', { number: 8080 }), { problem: 'port', port: '8080', ports: '80' }],
    ['no such port name', backend('frontend', { name: 'http' }), { problem: 'port', port: 'http' }],
    [
      'the older form',
      { serviceName: 'gone', servicePort: 80 },
      { problem: 'service', refers: 'Service/shop/gone' },
    ],
  ])('%s', (_, wrong, expected) => {
    expect(seenBy(ingressServices, snapshotOf([...shop(), ingress(wrong)]))).toMatchObject([
      { object: 'Ingress/shop/web', ...expected },
    ]);
  });
  test('silent: both are there, or the backend is no Service', () => {
    const resource = { resource: { apiGroup: 'k8s.example.com', kind: 'Bucket', name: 'static' } };
    for (const right of [backend('frontend'), resource]) {
      expect(seenBy(ingressServices, snapshotOf([...shop(), ingress(right)]))).toEqual([]);
    }
  });
});

describe('classes of Ingresses', () => {
  const nginx = (isDefault = false): JsonObject => ({
    kind: 'IngressClass',
    metadata: {
      name: 'nginx',
      ...(isDefault ? { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } } : {}),
    },
  });
  test('one that is not there', () => {
    const manifests = [nginx(), ingress(backend('frontend'), { ingressClassName: 'ngnix' })];
    expect(seenBy(ingressClasses, snapshotOf(manifests))).toMatchObject([
      { class: 'ngnix', classes: 'nginx' },
    ]);
  });
  test('none, where none is the default', () => {
    expect(seenBy(ingressClasses, snapshotOf([nginx(), ingress(backend('frontend'))]))).toMatchObject([
      { class: '' },
    ]);
  });
  test.each<[string, readonly JsonObject[]]>([
    ['it is there', [nginx(), ingress(backend('frontend'), { ingressClassName: 'nginx' })]],
    ['one is the default', [nginx(true), ingress(backend('frontend'))]],
    [
      'the annotation',
      [nginx(), ingress(backend('f'), {}, { annotations: { 'kubernetes.io/ingress.class': 'gce' } })],
    ],
    [
      'served already',
      [nginx(), { ...ingress(backend('f')), status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }],
    ],
    ['classes were not read', [ingress(backend('frontend'), { ingressClassName: 'x' })]],
  ])('silent: %s', (_, manifests) => {
    expect(seenBy(ingressClasses, snapshotOf(manifests))).toEqual([]);
  });
});

const tls = { tls: [{ hosts: ['shop.example.com'], secretName: 'shop-tls' }] };
const DAY_US = 86_400_000_000;
const secret = (certificate?: JsonObject): JsonObject => ({
  kind: 'Secret',
  type: 'kubernetes.io/tls',
  metadata: { name: 'shop-tls', namespace: 'shop' },
  ...(certificate && {
    certificate: { notBeforeUs: TAKEN_US - DAY_US, notAfterUs: TAKEN_US + DAY_US, names: [], ...certificate },
  }),
});

describe('TLS of Ingresses', () => {
  test('a Secret that is not there', () => {
    const snapshot = snapshotOf([ingress(backend('frontend'), tls)], ['Secret', 'Ingress']);
    expect(seenBy(ingressSecrets, snapshot)).toMatchObject([
      { refers: 'Secret/shop/shop-tls', hosts: 'shop.example.com' },
    ]);
  });
  test('silent: it is there, Secrets were not read, or cert-manager is about to make it', () => {
    const made = ingress(backend('frontend'), tls);
    expect(seenBy(ingressSecrets, snapshotOf([made, secret()]))).toEqual([]);
    expect(seenBy(ingressSecrets, snapshotOf([made]))).toEqual([]);
    const young = ingress(backend('f'), tls, {
      creationTimestamp: '2026-01-02T19:59:00Z',
      annotations: { 'cert-manager.io/cluster-issuer': 'letsencrypt' },
    });
    expect(seenBy(ingressSecrets, snapshotOf([young], ['Secret']))).toEqual([]);
  });
});

describe('certificates', () => {
  const seen = (certificate: JsonObject, ...more: readonly JsonObject[]): ReturnType<typeof seenBy> =>
    seenBy(certificates, snapshotOf([secret(certificate), ...more]));
  test.each<[string, JsonObject, string]>([
    ['past its end', { notAfterUs: TAKEN_US - 1 }, 'expired'],
    ['before its begin', { notBeforeUs: TAKEN_US + DAY_US, notAfterUs: TAKEN_US + 2 * DAY_US }, 'early'],
  ])('%s, and who uses it', (_, certificate, problem) => {
    expect(seen(certificate, ingress(backend('f'), tls))).toMatchObject([
      { object: 'Secret/shop/shop-tls', problem, used: 'true', refers: 'Ingress/shop/web' },
    ]);
  });
  test('a workload that mounts it uses it', () => {
    const podSpec = { volumes: [{ name: 'tls', secret: { secretName: 'shop-tls' } }] };
    expect(seen({ notAfterUs: TAKEN_US - 1 }, ...deployment({ name: 'web', podSpec }))).toMatchObject([
      { refers: 'Deployment/shop/web', used: 'true' },
    ]);
  });
  test('cert-manager tells of one that was not read', () => {
    const issued = {
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: { secretName: 'shop-tls' },
      status: { notAfter: '2026-01-01T00:00:00Z' },
    };
    const events = seenBy(certificates, snapshotOf([secret(), issued, ingress(backend('f'), tls)]));
    expect(events).toMatchObject([{ object: 'Secret/shop/shop-tls', problem: 'expired' }]);
  });
  test('one that nobody uses is marked as such', () => {
    expect(seen({ notAfterUs: TAKEN_US - 1 })).toMatchObject([{ used: 'false' }]);
  });
  test.each([
    [['www.example.com'], true],
    [['*.shop.example.com'], true],
    [['*.com'], true],
    [['shop.example.com'], false],
    [['other.example.com', '*.example.com'], false],
    [['SHOP.example.com'], false],
    [[], false],
  ])('names %j: mismatch %s', (names, mismatch) => {
    const events = seen({ names }, ingress(backend('f'), tls));
    expect(events.map((event) => event['host'])).toEqual(mismatch ? ['shop.example.com'] : []);
  });
});

describe('Services of other kinds', () => {
  const alias = (externalName: string): JsonObject =>
    service('pay', { type: 'ExternalName', externalName, selector: undefined });
  test.each([
    ['checkout.shp.svc.cluster.local', undefined],
    ['chekout.shop.svc.cluster.local', 'shop/checkout'],
    ['checkout', 'shop/checkout'],
    ['192.0.2.7', undefined],
  ])('an alias of %s leads nowhere', (name, nearest) => {
    const [event] = seenBy(externalNames, snapshotOf([...shop(), alias(name)]));
    expect(event).toMatchObject({
      type: 'service_external_name_wrong',
      object: 'Service/shop/pay',
      external_name: name,
    });
    expect(event?.['nearest']).toBe(nearest);
  });
  test('an alias into a namespace that nothing was read of is only likely wrong', () => {
    const others = ['a', 'b', 'c', 'd'].map((namespace) => service('web', {}, namespace));
    const partial = (manifests: readonly JsonObject[]): ReturnType<typeof seenBy> =>
      seenBy(externalNames, snapshotOf(manifests, ['Service/shop']));
    const manifests = [service('pay', { type: 'ExternalName', externalName: 'pay.bnk.svc.cluster.local' })];
    expect(partial([...manifests, ...others])).toMatchObject([{ certain: 'false' }]);
    expect(partial(manifests)).toEqual([]);
  });
  test('an alias of a Service that is there is fine', () => {
    expect(seenBy(externalNames, snapshotOf([...shop(), alias('checkout.shop.svc.cluster.local')]))).toEqual(
      [],
    );
  });
  test('an alias of a name outside is told, and that it is wrong is not', () => {
    expect(seenBy(externalNames, snapshotOf([...shop(), alias('db.corp.example')]))).toEqual([
      { type: 'service_external_name', object: 'Service/shop/pay', external_name: 'db.corp.example' },
    ]);
  });

  const node = { kind: 'Node', metadata: { name: 'n1' }, spec: { podCIDR: '10.244.1.0/24' } };
  const manual = (ip: string, port = 8080): readonly JsonObject[] => [
    ...shop(),
    node,
    service('legacy', { selector: undefined }),
    {
      kind: 'Endpoints',
      metadata: { name: 'legacy', namespace: 'shop' },
      subsets: [{ addresses: [{ ip }], ports: [{ port }] }],
    },
  ];
  test.each<[string, readonly JsonObject[], JsonObject]>([
    ['an address that no pod has', manual('10.244.1.99'), { problem: 'address', address: '10.244.1.99' }],
    ['a port that the pod does not offer', manual('10.244.1.6', 9), { problem: 'port', offered: '8080' }],
  ])('endpoints by hand: %s', (_, manifests, expected) => {
    expect(seenBy(manualEndpoints, snapshotOf(manifests))).toMatchObject([
      { object: 'Service/shop/legacy', ...expected },
    ]);
  });
  test.each<[string, readonly JsonObject[]]>([
    ['a pod and its port', manual('10.244.1.6')],
    ['outside of the cluster', manual('192.0.2.9')],
    ['the API server', [service('kubernetes', { selector: undefined }, 'default')]],
    [
      'nobody asks',
      [service('later', { selector: undefined }), { kind: 'Endpoints', metadata: { name: 'x' } }],
    ],
  ])('endpoints by hand, silent: %s', (_, manifests) => {
    expect(seenBy(manualEndpoints, snapshotOf(manifests))).toEqual([]);
  });

  test('no endpoints at all count where somebody is configured to ask', () => {
    const manifests = [
      ...shop({ LEGACY_ADDR: 'legacy:80' }),
      service('legacy', { selector: undefined }),
      { kind: 'Endpoints', metadata: { name: 'other', namespace: 'shop' } },
    ];
    expect(seenBy(manualEndpoints, snapshotOf(manifests))).toMatchObject([{ problem: 'none', clients: '1' }]);
  });

  const balanced = (name: string, ip?: string): JsonObject => ({
    ...service(name, { type: 'LoadBalancer' }),
    ...(ip === undefined ? {} : { status: { loadBalancer: { ingress: [{ ip }] } } }),
  });
  test('a load balancer that the cloud refused, with what it said', () => {
    const event = {
      kind: 'Event',
      metadata: { name: 'e', namespace: 'shop' },
      involvedObject: { kind: 'Service', name: 'web' },
      reason: 'SyncLoadBalancerFailed',
      message: 'Error syncing load balancer: quota exceeded',
    };
    expect(seenBy(loadBalancers, snapshotOf([balanced('web'), event]))).toMatchObject([
      { object: 'Service/shop/web', message: 'Error syncing load balancer: quota exceeded', served: 'false' },
    ]);
  });
  test('one that waits while another has an address', () => {
    expect(seenBy(loadBalancers, snapshotOf([balanced('web'), balanced('api', '192.0.2.1')]))).toMatchObject([
      { object: 'Service/shop/web', served: 'true' },
    ]);
  });

  test('two Services with one node port', () => {
    const ported = (name: string, protocol = 'TCP'): JsonObject =>
      service(name, { type: 'NodePort', ports: [{ port: 80, nodePort: 30080, protocol }] });
    expect(seenBy(nodePorts, snapshotOf([ported('a'), ported('b')]))).toMatchObject([
      { object: 'Service/shop/b', other: 'Service/shop/a', port: '30080' },
    ]);
    expect(seenBy(nodePorts, snapshotOf([ported('a'), ported('b', 'UDP')]))).toEqual([]);
  });
});
