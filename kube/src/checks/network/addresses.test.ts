import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { deployment, service, shop } from '../../testing/shop.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { misdirectedAddresses, unknownPorts, unresolvedAddresses } from './addresses.ts';

const redis = [...deployment({ name: 'redis', port: 6379 }), service('redis', { ports: [{ port: 6379 }] })];
const other = [{ kind: 'Namespace', metadata: { name: 'data' } }, service('mongo', {}, 'data')];

describe('names of Services that are not there', () => {
  test.each<[string, Readonly<Record<string, string>>, JsonObject]>([
    [
      'a slip',
      { CHECKOUT_ADDR: 'chekout:80' },
      { problem: 'name', nearest: 'shop/checkout', evidence: 'strong' },
    ],
    [
      'with a suffix too much',
      { CHECKOUT_ADDR: 'checkout-svc:80' },
      { problem: 'name', nearest: 'shop/checkout' },
    ],
    [
      'nothing alike, but the setting names it',
      { CHECKOUT_URL: 'http://qwertz/' },
      { problem: 'name', nearest: 'shop/checkout' },
    ],
    ['there in another namespace', { DB_HOST: 'mongo' }, { problem: 'namespace', nearest: 'data/mongo' }],
    [
      'another namespace, but here',
      { CHECKOUT_ADDR: 'checkout.data:80' },
      { problem: 'namespace', nearest: 'shop/checkout' },
    ],
    [
      'a namespace that is not there',
      { CHECKOUT_ADDR: 'checkout.shp.svc.cluster.local:80' },
      { problem: 'namespace', nearest: 'shop/checkout' },
    ],
    [
      'a misspelt cluster domain',
      { CHECKOUT_ADDR: 'checkout.shop.svc.cluster.locl:80' },
      { problem: 'domain', nearest: 'shop/checkout' },
    ],
    [
      'nothing of the kind, in a workload that does well',
      { PAYMENT_HOST: 'payment' },
      { problem: 'absent', evidence: 'weak' },
    ],
    ['what programs do without', { JAEGER_HOST_URL: 'http://jaegr:14268' }, {}],
  ])('%s', (_, settings, expected) => {
    const seen = seenBy(unresolvedAddresses, snapshotOf([...shop(settings), ...other]));
    if (Object.keys(expected).length === 0) expect(seen).toEqual([]);
    else {
      const [setting = ''] = Object.keys(settings);
      expect(seen).toMatchObject([
        { object: 'Deployment/shop/frontend', container: 'frontend', setting, ...expected },
      ]);
    }
  });

  test('nothing of the kind, in a workload that is not ready', () => {
    const env = [{ name: 'PAYMENT_HOST', value: 'payment' }];
    const manifests = [
      ...shop().slice(3),
      ...deployment({ name: 'frontend', container: { env }, ready: false }),
    ];
    expect(seenBy(unresolvedAddresses, snapshotOf(manifests))).toMatchObject([
      { problem: 'absent', evidence: 'strong' },
    ]);
  });

  test('a workload of the name without a Service is told as that', () => {
    const manifests = [...shop({ LEDGER_ADDR: 'ledger:80' }), ...deployment({ name: 'ledger' })];
    expect(seenBy(unresolvedAddresses, snapshotOf(manifests))).toMatchObject([
      { problem: 'unserved', refers: 'Service/shop/ledger' },
    ]);
  });

  test('the event holds host and port, and nothing else of the value', () => {
    const value = 'postgres://app:hunter2@dbb:5432/shop?sslmode=off';
    const seen = seenBy(unresolvedAddresses, snapshotOf(shop({ DATABASE_URL: value })));
    expect(seen).toMatchObject([{ host: 'dbb', port: '5432' }]);
    expect(JSON.stringify(seen)).not.toMatch(/hunter2|sslmode|app:/);
  });

  test.each<[string, JsonObject]>([
    ['an argument', { args: ['--checkout-addr=chekout:80'] }],
    ['an argument and its value', { args: ['--checkout-addr', 'chekout:80'] }],
    ['a script', { command: ['sh', '-c', 'until nc -z chekout 80; do sleep 1; done'] }],
    ['a system property', { command: ['java', '-Dcheckout.url=http://chekout', '-jar', 'app.jar'] }],
    [
      'a key of a ConfigMap',
      { env: [{ name: 'CHECKOUT_ADDR', valueFrom: { configMapKeyRef: { name: 'c', key: 'K' } } }] },
    ],
    ['a ConfigMap as environment', { envFrom: [{ configMapRef: { name: 'c' }, prefix: 'CHECKOUT_ADDR_' }] }],
    [
      'a variable in a variable',
      {
        env: [
          { name: 'B', value: 'chekout' },
          { name: 'CHECKOUT_ADDR', value: '$(B):80' },
        ],
      },
    ],
  ])('%s tells it as well as a variable does', (_, container) => {
    const manifests = [
      ...shop({}).slice(3),
      ...deployment({ name: 'frontend', container }),
      {
        kind: 'ConfigMap',
        metadata: { name: 'c', namespace: 'shop' },
        data: { K: 'chekout:80', URL: 'chekout' },
      },
    ];
    expect(seenBy(unresolvedAddresses, snapshotOf(manifests))[0]).toMatchObject({
      host: 'chekout',
      nearest: 'shop/checkout',
    });
  });

  test('a mounted file counts where a Service is nearly called so', () => {
    const manifests = [
      ...shop({}).slice(3),
      ...deployment({
        name: 'frontend',
        container: { volumeMounts: [{ name: 'conf', mountPath: '/etc/nginx' }] },
        podSpec: { volumes: [{ name: 'conf', configMap: { name: 'nginx' } }] },
      }),
      {
        kind: 'ConfigMap',
        metadata: { name: 'nginx', namespace: 'shop' },
        data: {
          'site.conf':
            '# proxy_pass http://chekut;\nlocation / {\n proxy_pass http://chekout:80;\n}\nhttp://somewhere/',
        },
      },
    ];
    expect(seenBy(unresolvedAddresses, snapshotOf(manifests))).toMatchObject([
      { host: 'chekout', by: 'file', config_map: 'shop/nginx', evidence: 'weak' },
    ]);
  });

  test.each<[string, Readonly<Record<string, string>>, JsonObject]>([
    ['it is there', { CHECKOUT_ADDR: 'checkout:80' }, {}],
    ['external hosts', { PAYMENT_URL: 'https://api.stripe.com', DB_HOST: 'db.corp.example' }, {}],
    ['words', { ENVIRONMENT: 'production', LOG_LEVEL: 'info', IMAGE: 'redis:7' }, {}],
    ['the API server by the name of a node', { KUBERNETES_SERVICE_HOST: 'kind-control-plane' }, {}],
    ['its own name', { ADVERTISED_HOST: 'frontend-5d9c6b5f4-x2lqv' }, {}],
    [
      'host aliases',
      { LEGACY_HOST: 'mainframe' },
      { hostAliases: [{ ip: '10.9.9.9', hostnames: ['mainframe'] }] },
    ],
    [
      'search domains of its own',
      { LEGACY_HOST: 'mainframe' },
      { dnsConfig: { searches: ['corp.example'] } },
    ],
    ['an address', { DB_HOST: '192.0.2.7' }, {}],
  ])('silent: %s', (_, settings, podSpec) => {
    const env = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const manifests = [...shop().slice(3), ...deployment({ name: 'frontend', container: { env }, podSpec })];
    expect(seenBy(unresolvedAddresses, snapshotOf(manifests))).toEqual([]);
  });

  test('without a list of Services, several of them show which one is meant', () => {
    const manifests = [...shop({ CHECKOUT_ADDR: 'chekout:80', PAYMENT_ADDR: 'payment:80' }), service('cart')];
    expect(seenBy(unresolvedAddresses, snapshotOf(manifests, []))).toMatchObject([{ host: 'chekout' }]);
  });

  test('where Services were not listed nothing is missing', () => {
    const snapshot = snapshotOf(shop({ CHECKOUT_ADDR: 'chekout:80' }), ['Pod', 'Deployment']);
    expect(seenBy(unresolvedAddresses, snapshot)).toEqual([]);
  });
});

describe('ports that the Service does not have', () => {
  test.each<[string, Readonly<Record<string, string>>, JsonObject]>([
    [
      'that of its pods',
      { CHECKOUT_ADDR: 'checkout:8080' },
      { port: '8080', ports: '80/TCP', suggested: '80' },
    ],
    ['another one', { CHECKOUT_URL: 'http://checkout:81/x' }, { port: '81', suggested: '80' }],
    [
      'beside its host',
      { CHECKOUT_HOST: 'checkout', CHECKOUT_PORT: '8081' },
      { port: '8081', setting: 'CHECKOUT_HOST' },
    ],
    ['the one that a URL leaves out', { REDIS_URL: 'http://redis/' }, { port: '80', ports: '6379/TCP' }],
  ])('%s', (_, settings, expected) => {
    expect(seenBy(unknownPorts, snapshotOf([...shop(settings), ...redis]))).toMatchObject([
      { object: 'Deployment/shop/frontend', evidence: 'strong', ...expected },
    ]);
  });
  test.each<[string, Readonly<Record<string, string>>]>([
    ['it has it', { CHECKOUT_ADDR: 'checkout:80' }],
    ['no port is given', { CHECKOUT_HOST: 'checkout' }],
    ['headless', { DB_ADDR: 'db:5432' }],
    ['an image', { RUN: 'redis:7-alpine' }],
  ])('silent: %s', (_, settings) => {
    const manifests = [
      ...shop(settings),
      ...redis,
      service('db', { clusterIP: 'None', ports: [{ port: 1 }] }),
    ];
    expect(seenBy(unknownPorts, snapshotOf(manifests))).toEqual([]);
  });
});

describe('hosts that are there but not the ones meant', () => {
  test('localhost, where nothing listens and a Service is meant for it', () => {
    const seen = seenBy(
      misdirectedAddresses,
      snapshotOf([...shop({ REDIS_ADDR: 'localhost:6379' }), ...redis]),
    );
    expect(seen).toMatchObject([{ problem: 'local', expected: 'shop/redis', refers: 'Service/shop/redis' }]);
  });
  test('another Service than the setting’s name says', () => {
    const manifests = [...shop({ REDIS_ADDR: 'checkout:80' }), ...redis];
    expect(seenBy(misdirectedAddresses, snapshotOf(manifests))).toMatchObject([
      { problem: 'other', expected: 'shop/redis', host: 'checkout' },
    ]);
  });
  test.each<[string, readonly JsonObject[]]>([
    ['the right one', [...shop({ REDIS_ADDR: 'redis:6379' }), ...redis]],
    ['a proxy of its own', [...shop({ REDIS_ADDR: 'redis-proxy:80' }), ...redis, service('redis-proxy')]],
    ['a variant of it', [...shop({ REDIS_ADDR: 'redis-replica:80' }), ...redis, service('redis-replica')]],
    ['a setting that speaks of a kind', [...shop({ CACHE_ADDR: 'redis:6379' }), ...redis]],
    [
      'a sidecar listens there',
      [
        ...deployment({
          name: 'web',
          container: {
            env: [{ name: 'REDIS_ADDR', value: 'localhost:6379' }],
            ports: [{ containerPort: 6379 }],
          },
        }),
        ...redis,
      ],
    ],
  ])('silent: %s', (_, manifests) => {
    expect(seenBy(misdirectedAddresses, snapshotOf(manifests))).toEqual([]);
  });
});
