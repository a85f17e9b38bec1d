import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { Snapshot } from '../../snapshot/snapshot.ts';
import { deployment, service } from '../../testing/shop.ts';
import { TAKEN_US, kubeObject, seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { servicePortCheck } from './service-ports.ts';

describe('ports of a Service that lead nowhere', () => {
  const probe = { readinessProbe: { httpGet: { path: '/', port: 8080 } } };
  const checkout = (ports: readonly JsonObject[], container: JsonObject = {}): readonly JsonObject[] => [
    ...deployment({ name: 'checkout', port: 8080, container }),
    service('checkout', { ports }),
  ];

  test.each<[string, readonly JsonObject[], JsonObject]>([
    [
      'a number that no container has, while a passing probe shows another',
      checkout([{ port: 80, targetPort: 8081 }], probe),
      {
        problem: 'number',
        target_port: '8081',
        evidence: 'strong',
        suggested: '8080',
        offered: '8080/TCP (http)',
      },
    ],
    [
      'a number that is not declared',
      checkout([{ port: 80, targetPort: 8081 }]),
      { problem: 'number', evidence: 'declared', suggested: '8080' },
    ],
    [
      'the port itself where no target is given',
      checkout([{ port: 80 }]),
      { target_port: '80', evidence: 'declared' },
    ],
    [
      'a name that no container has',
      checkout([{ port: 80, targetPort: 'web' }]),
      { problem: 'name', evidence: 'strong', suggested: 'http' },
    ],
    [
      'a name of another protocol',
      checkout([{ port: 80, targetPort: 'http', protocol: 'UDP' }]),
      { problem: 'protocol', evidence: 'strong' },
    ],
    [
      'a number of another protocol',
      checkout([{ port: 80, targetPort: 8080, protocol: 'UDP' }]),
      { problem: 'protocol', evidence: 'declared', suggested: 'TCP' },
    ],
    [
      'nothing is declared: nobody can tell',
      checkout([{ port: 80, targetPort: 9000 }], { ports: [] }),
      { problem: 'number', evidence: 'weak', offered: '' },
    ],
    [
      'the program is told to listen there',
      checkout([{ port: 80, targetPort: 9000 }], { env: [{ name: 'PORT', value: '9000' }] }),
      { evidence: 'weak' },
    ],
    [
      'a second port, when all that is declared is led to already',
      checkout([
        { port: 80, targetPort: 8080 },
        { name: 'metrics', port: 9102, targetPort: 9102 },
      ]),
      { port: '9102', evidence: 'weak' },
    ],
  ])('%s', (_, manifests, expected) => {
    expect(seenBy(servicePortCheck, snapshotOf(manifests))).toMatchObject([
      { object: 'Service/shop/checkout', refers: 'Deployment/shop/checkout', ...expected },
    ]);
  });

  test.each<[string, readonly JsonObject[]]>([
    ['by number', checkout([{ port: 80, targetPort: 8080 }])],
    ['by name', checkout([{ port: 80, targetPort: 'http' }])],
    ['a port that only a probe shows', checkout([{ port: 80, targetPort: 8080 }], { ports: [], ...probe })],
    [
      'both protocols on one declared port',
      checkout([
        { port: 53, targetPort: 8080 },
        { name: 'u', port: 53, targetPort: 8080, protocol: 'UDP' },
      ]),
    ],
    [
      'headless',
      [...deployment({ name: 'db', port: 5432 }), service('db', { clusterIP: 'None', ports: [{ port: 1 }] })],
    ],
    [
      'a sidecar among the init containers offers it',
      [
        ...deployment({
          name: 'checkout',
          podSpec: {
            initContainers: [{ name: 'mesh', restartPolicy: 'Always', ports: [{ containerPort: 8080 }] }],
          },
        }),
        service('checkout'),
      ],
    ],
  ])('silent: %s', (_, manifests) => {
    expect(seenBy(servicePortCheck, snapshotOf(manifests))).toEqual([]);
  });
});

test('pods that only kubectl describe shows have no port names to compare', () => {
  const manifests = [
    ...deployment({ name: 'checkout', port: 8080 }),
    service('checkout', { ports: [{ port: 80, targetPort: 'web' }] }),
  ];
  const objects = manifests.map((manifest) => ({ ...kubeObject(manifest), uid: undefined }));
  const listed = new Set(['Service', 'Pod']);
  const described = new Snapshot({ cluster: 'test', objects, logs: [], takenUs: TAKEN_US, listed });
  expect(seenBy(servicePortCheck, described)).toEqual([]);
  expect(seenBy(servicePortCheck, snapshotOf(manifests))).toHaveLength(1);
});
