import { expect, test } from 'vitest';
import { specChanges } from './spec-changes.ts';
import { specFields } from './spec-fields.ts';
import { checkoutPod } from './testing/pods.ts';
import type { Json } from './testing/pods.ts';

function words(before: Json, after: Json): string[] {
  return specChanges(specFields(before['spec']), specFields(after['spec'])).map(
    (c) => `${c.category}: ${c.words}`,
  );
}

const container = (over: Json): Json => checkoutPod({ container: over });

test.each<[string, Json, string[]]>([
  [
    'a new image',
    { image: 'registry.shop.example/report:1.5.0' },
    ['image: image registry.shop.example/report:1.4.2 -> registry.shop.example/report:1.5.0'],
  ],
  [
    'a limit that is taken away',
    { resources: { limits: { cpu: '500m' }, requests: { cpu: '100m', memory: '16Mi' } } },
    ['resources: limits.memory removed (was 256Mi)'],
  ],
  [
    'a probe that is added',
    { livenessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 } },
    [
      'probe: livenessProbe.httpGet.path set to /healthz',
      'probe: livenessProbe.httpGet.port set to 8080',
      'probe: livenessProbe.periodSeconds set to 5',
    ],
  ],
  [
    'a mount',
    { volumeMounts: [{ name: 'config', mountPath: '/etc/other' }] },
    ['volume: volumeMounts[/etc/checkout] removed', 'volume: volumeMounts[/etc/other] added'],
  ],
])('%s is told in words', (_name, over, expected) => {
  expect(words(checkoutPod(), container(over))).toEqual(expected);
});

test('environment changes tell names, never values', () => {
  const env = [
    { name: 'DB_HOST', value: 'db2.shop.svc' },
    { name: 'MODE', value: 'fast' },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'other-token', key: 'token' } } },
  ];
  const changes = specChanges(specFields(checkoutPod()['spec']), specFields(container({ env })['spec']));
  expect(changes.map((change) => change.words)).toEqual([
    'env DB_HOST changed',
    'env DB_PASSWORD removed',
    'env MODE added',
    'env TOKEN from secretKeyRef.name checkout-token -> other-token',
  ]);
  const hostChange = changes[0];
  expect(hostChange).not.toHaveProperty('old');
  expect(hostChange).not.toHaveProperty('new');
});

test('a secret argument that changes is noticed and not shown', () => {
  const changed = container({ args: ['--listen=:8080', '--db-password', 'other'] });
  expect(words(checkoutPod(), changed)).toEqual(['command: args changed']);
});

test('a whole container that is added is one change', () => {
  const spec = {
    containers: [
      ...((checkoutPod()['spec'] as Json)['containers'] as Json[]),
      { name: 'proxy', image: 'p:1' },
    ],
  };
  expect(words(checkoutPod(), checkoutPod({ spec }))).toEqual(['other: container added']);
});

test('values of CSI volumes and probe headers are not shown', () => {
  const fields = specFields({
    volumes: [{ name: 'v', csi: { driver: 'd', volumeAttributes: { key: 'secret-1' } } }],
    containers: [
      {
        name: 'c',
        livenessProbe: { httpGet: { httpHeaders: [{ name: 'Authorization', value: 'secret-2' }] } },
      },
    ],
  });
  expect(JSON.stringify([...fields])).not.toContain('secret-');
  expect(fields.get('spec.volumes[v].csi.driver')?.value).toBe('d');
});

test('the random name of the service account’s volume is not part of a spec', () => {
  expect(
    [...specFields(checkoutPod()['spec']).keys()].filter((place) => place.includes('kube-api-access')),
  ).toEqual([]);
});
