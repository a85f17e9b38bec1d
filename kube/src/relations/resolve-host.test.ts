import { describe, expect, test } from 'vitest';
import { snapshotOf } from '../testing/snapshots.ts';
import { resolveHost } from './resolve-host.ts';

const snapshot = snapshotOf([
  { kind: 'Namespace', metadata: { name: 'shop' } },
  { kind: 'Namespace', metadata: { name: 'data' } },
  { kind: 'Service', metadata: { name: 'checkout', namespace: 'shop' }, spec: { clusterIP: '10.96.0.20' } },
  { kind: 'Service', metadata: { name: 'redis', namespace: 'data' }, spec: { clusterIP: 'None' } },
  {
    kind: 'Pod',
    metadata: { name: 'web-1', namespace: 'shop', ownerReferences: [{ kind: 'StatefulSet', name: 'web' }] },
    status: { podIP: '10.244.1.7' },
  },
  { kind: 'Node', metadata: { name: 'n1' }, status: { addresses: [{ address: '192.168.1.10' }] } },
  {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: 'hello', namespace: 'shop' },
  },
]);
const service = (namespace: string, name: string, exists: boolean): object => ({
  is: 'service',
  object: { kind: 'Service', namespace, name },
  exists,
});

describe('a name is resolved as cluster DNS would', () => {
  test.each([
    ['checkout', service('shop', 'checkout', true)],
    ['CHECKOUT.', service('shop', 'checkout', true)],
    ['chekout', service('shop', 'chekout', false)],
    ['hello', service('shop', 'hello', false)],
    ['redis', service('shop', 'redis', false)],
    ['redis.data', service('data', 'redis', true)],
    ['redis.data.svc', service('data', 'redis', true)],
    ['redis.data.svc.cluster.local', service('data', 'redis', true)],
    ['redis-0.redis.data.svc.cluster.local', service('data', 'redis', true)],
    ['redis-0.redis.data', service('data', 'redis', true)],
    ['checkout-0.checkout', service('shop', 'checkout', true)],
    ['kafka.data', service('data', 'kafka', false)],
    ['redis.dta', { ...service('dta', 'redis', false), wrong: 'namespace' }],
    ['redis.data.svc.cluster.locl', { ...service('data', 'redis', false), wrong: 'domain' }],
    ['redis.data.svc.corp.example', { is: 'external' }],
    ['api.example.com', { is: 'external' }],
    ['example.com', { is: 'external' }],
    ['localhost', { is: 'local' }],
    ['127.0.0.1', { is: 'local' }],
    ['10.96.0.20', service('shop', 'checkout', true)],
    [
      '10.244.1.7',
      { is: 'pod', object: { kind: 'StatefulSet', namespace: 'shop', name: 'web' }, exists: true },
    ],
    ['192.168.1.10', { is: 'node', object: { kind: 'Node', namespace: '', name: 'n1' }, exists: true }],
    ['8.8.8.8', { is: 'external' }],
  ])('%s', (host, target) => {
    expect(resolveHost(snapshot, 'shop', host)).toEqual(target);
  });

  test.each(['', 'a b', 'path/to', '-x', 'x'.repeat(300), '$(HOST)'])('%j is no host', (host) => {
    expect(resolveHost(snapshot, 'shop', host)).toBeUndefined();
  });

  test('in a namespace that is not there nothing is, whatever was listed', () => {
    const partial = snapshotOf(
      [{ kind: 'Namespace', metadata: { name: 'shop' } }],
      ['Namespace', 'Service/shop'],
    );
    expect(resolveHost(partial, 'shop', 'checkout.shp.svc')).toEqual(service('shp', 'checkout', false));
  });

  test('where Services were not listed nobody can tell that one is missing', () => {
    const partial = snapshotOf([], ['Pod']);
    expect(resolveHost(partial, 'shop', 'chekout')).toEqual({
      is: 'service',
      object: { kind: 'Service', namespace: 'shop', name: 'chekout' },
    });
  });
});
