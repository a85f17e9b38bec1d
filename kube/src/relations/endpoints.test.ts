import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { deployment, service } from '../testing/shop.ts';
import { snapshotOf } from '../testing/snapshots.ts';
import type { ServiceEndpoints } from './endpoints.ts';
import { serviceEndpoints } from './endpoints.ts';

const found = (
  manifests: readonly JsonObject[],
  listed?: readonly string[],
): ServiceEndpoints | undefined => {
  const snapshot = snapshotOf([service('web'), ...manifests], listed);
  const object = snapshot.get('Service', 'shop', 'web');
  return object && serviceEndpoints(snapshot, object);
};
const slice = (name: string, endpoints: readonly JsonObject[]): JsonObject => ({
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  ports: [{ port: 8080 }],
  endpoints,
});

describe('where a Service leads', () => {
  test('is told by all its slices; an endpoint that says nothing is ready', () => {
    const told = found([
      slice('web-1', [{ addresses: ['10.244.1.5'] }]),
      slice('web-2', [{ addresses: ['10.244.1.6'], conditions: { ready: false } }]),
    ]);
    expect(told?.from).toBe('EndpointSlice');
    expect(told?.endpoints.map(({ address, ready, ports }) => [address, ready, ports])).toEqual([
      ['10.244.1.5', true, [8080]],
      ['10.244.1.6', false, [8080]],
    ]);
  });
  test('is told by its Endpoints where slices were not read', () => {
    const told = found([
      {
        kind: 'Endpoints',
        metadata: { name: 'web', namespace: 'shop' },
        subsets: [
          {
            addresses: [{ ip: '10.244.1.5' }],
            notReadyAddresses: [{ ip: '10.244.1.6' }],
            ports: [{ port: 8080 }],
          },
        ],
      },
    ]);
    expect(told?.endpoints.map(({ address, ready }) => [address, ready])).toEqual([
      ['10.244.1.5', true],
      ['10.244.1.6', false],
    ]);
  });
  test('is told by Endpoints that are kept by hand and that nobody has mirrored into slices', () => {
    const told = found(
      [
        slice('other', []),
        {
          kind: 'Endpoints',
          metadata: { name: 'web', namespace: 'shop' },
          subsets: [{ addresses: [{ ip: '172.16.9.41' }], ports: [{ port: 8080 }] }],
        },
      ].map((manifest, index) =>
        index === 0 ? { ...manifest, metadata: { name: 'other', namespace: 'shop' } } : manifest,
      ),
    );
    expect(told?.endpoints.map(({ address }) => address)).toEqual(['172.16.9.41']);
  });
  test('is computed from selector and readiness where neither was read', () => {
    const told = found([
      ...deployment({ name: 'web', ip: '10.244.1.5' }),
      ...deployment({ name: 'other', ip: '10.244.1.7' }),
    ]);
    expect(told).toMatchObject({ from: 'pods', endpoints: [{ address: '10.244.1.5', ready: true }] });
  });
  test('nobody can tell where nothing was read', () => {
    expect(found([], ['Service'])).toBeUndefined();
  });
});
