import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { deployment, service, shop } from '../../testing/shop.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { NETWORK_CHECKS } from '../network.ts';
import { serviceReadiness } from './service-readiness.ts';
import { serviceSelection, serviceSelectsOther } from './service-selection.ts';

const without = (name: string): readonly JsonObject[] =>
  shop().filter((m) => !(m['kind'] === 'Service' && (m['metadata'] as JsonObject)['name'] === name));
const withService = (name: string, spec: JsonObject): readonly JsonObject[] => [
  ...without(name),
  service(name, spec),
];

test('a healthy shop shows nothing but when it was made', () => {
  const snapshot = snapshotOf(shop(), [
    'Service',
    'Pod',
    'Deployment',
    'ConfigMap',
    'Secret',
    'Ingress',
    'IngressClass',
  ]);
  for (const check of NETWORK_CHECKS) {
    expect(seenBy(check, snapshot).filter((event) => event['type'] !== 'object_changed')).toEqual([]);
  }
});

describe('a Service that selects nothing', () => {
  test.each<[string, JsonObject, JsonObject]>([
    [
      'a misspelt value',
      { app: 'chekout' },
      { difference: 'value', selector_pair: 'app=chekout', nearest_pair: 'app=checkout' },
    ],
    [
      'another version',
      { app: 'checkout', version: 'v2' },
      { difference: 'missing', selector_pair: 'version=v2', nearest_pair: '' },
    ],
    ['another key', { name: 'checkout' }, { difference: 'key', nearest_pair: 'app=checkout' }],
    [
      'a wholly other value under the workload’s name',
      { app: 'xyz' },
      { difference: 'value', nearest_pair: 'app=checkout' },
    ],
  ])('%s: the nearest workload and the pair that differs are named', (_, selector, expected) => {
    const seen = seenBy(serviceSelection, snapshotOf(withService('checkout', { selector })));
    expect(seen).toMatchObject([
      {
        object: 'Service/shop/checkout',
        refers: 'Deployment/shop/checkout',
        nearest: 'Deployment/shop/checkout',
        clients: '1',
        ...expected,
      },
    ]);
  });

  test('one that fits a workload of another namespace says so', () => {
    const seen = seenBy(
      serviceSelection,
      snapshotOf([...deployment({ name: 'ledger', namespace: 'bank' }), service('ledger', {}, 'shop')]),
    );
    expect(seen).toMatchObject([{ difference: 'namespace', nearest: 'Deployment/bank/ledger' }]);
  });

  test('one that was just made waits for its pods, but not where another label is meant', () => {
    const young = (selector: JsonObject): JsonObject => ({
      ...service('checkout', { selector }),
      metadata: { name: 'checkout', namespace: 'shop', creationTimestamp: '2026-01-02T19:59:40Z' },
    });
    const seen = seenBy(serviceSelection, snapshotOf([...without('checkout'), young({ app: 'chekout' })]));
    expect(seen).toMatchObject([{ nearest: 'Deployment/shop/checkout' }]);
  });

  test('nothing near: it says that nothing is', () => {
    expect(seenBy(serviceSelection, snapshotOf([service('future')]))).toMatchObject([
      { difference: 'none', clients: '0' },
    ]);
  });

  test.each<[string, readonly JsonObject[]]>([
    ['no selector by design', withService('checkout', { selector: {} })],
    [
      'an alias',
      withService('checkout', {
        selector: { app: 'x' },
        type: 'ExternalName',
        externalName: 'a.example.com',
      }),
    ],
    ['scaled to zero', [...deployment({ name: 'idle', replicas: 0 }), service('idle')]],
    [
      'just made',
      [
        ...shop(),
        {
          kind: 'Service',
          metadata: { name: 'new', namespace: 'shop', creationTimestamp: '2026-01-02T19:59:40Z' },
          spec: { selector: { app: 'new' } },
        },
      ],
    ],
    [
      'a pod that no known workload owns',
      [{ kind: 'Pod', metadata: { name: 'p', namespace: 'shop', labels: { app: 'own' } } }, service('own')],
    ],
  ])('silent: %s', (_, manifests) => {
    expect(seenBy(serviceSelection, snapshotOf(manifests))).toEqual([]);
  });

  test('an operator’s Service for a role that nobody has now is not taken for a slip', () => {
    const seen = seenBy(
      serviceSelection,
      snapshotOf([
        ...deployment({ name: 'db', labels: { app: 'db' } }),
        service('db-replica', { selector: { app: 'db', 'spilo-role': 'replica' } }),
      ]),
    );
    expect(seen).toMatchObject([{ difference: 'none' }]);
  });

  test('without a list of pods, several of them and a workload that is surely meant are enough', () => {
    const manifests = [
      ...withService('checkout', { selector: { app: 'chekout' } }),
      ...deployment({ name: 'cart' }),
      service('gone', { selector: { app: 'gone' } }),
    ];
    expect(seenBy(serviceSelection, snapshotOf(manifests, []))).toMatchObject([
      { object: 'Service/shop/checkout' },
    ]);
  });

  test('where pods were not listed nothing is said', () => {
    const snapshot = snapshotOf(withService('checkout', { selector: { app: 'x' } }), ['Service']);
    expect(seenBy(serviceSelection, snapshot)).toEqual([]);
  });
});

describe('a Service that selects somebody else', () => {
  test('while nothing selects the workload of its name', () => {
    const seen = seenBy(
      serviceSelectsOther,
      snapshotOf(withService('checkout', { selector: { app: 'frontend' } })),
    );
    expect(seen).toMatchObject([{ object: 'Service/shop/checkout', refers: 'Deployment/shop/checkout' }]);
  });
  test('a second Service for a workload that has one is ordinary', () => {
    const manifests = [...shop(), service('checkout-external', { selector: { app: 'checkout' } })];
    expect(seenBy(serviceSelectsOther, snapshotOf(manifests))).toEqual([]);
  });
});

describe('a Service without ready pods', () => {
  test('names the workload that has none', () => {
    const manifests = [...deployment({ name: 'pay', ready: false }), service('pay')];
    expect(seenBy(serviceReadiness, snapshotOf(manifests))).toMatchObject([
      {
        object: 'Service/shop/pay',
        refers: 'Deployment/shop/pay',
        pods: '1',
        replicas: '1',
        clients: '0',
        headless: 'false',
      },
    ]);
  });
  test('says whether the name of the Service still resolves', () => {
    const manifests = [...deployment({ name: 'db', ready: false }), service('db', { clusterIP: 'None' })];
    expect(seenBy(serviceReadiness, snapshotOf(manifests))).toMatchObject([{ headless: 'true' }]);
  });
  test('is told for a workload without any pod too', () => {
    const manifests = [...deployment({ name: 'pay', replicas: 0 }), service('pay')];
    expect(seenBy(serviceReadiness, snapshotOf(manifests))).toMatchObject([{ pods: '0', replicas: '0' }]);
  });
  test.each<[string, readonly JsonObject[]]>([
    ['one pod is ready', shop()],
    [
      'it publishes pods that are not ready',
      [...deployment({ name: 'db', ready: false }), service('db', { publishNotReadyAddresses: true })],
    ],
    ['no selector', [service('db', { selector: {} })]],
  ])('silent: %s', (_, manifests) => {
    expect(seenBy(serviceReadiness, snapshotOf(manifests))).toEqual([]);
  });
});
