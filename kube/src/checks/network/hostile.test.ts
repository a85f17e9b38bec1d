import { expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { runChecks } from '../observe.ts';
import { shop } from '../../testing/shop.ts';
import { snapshotOf } from '../../testing/snapshots.ts';
import { NETWORK_CHECKS } from '../network.ts';

/** What a damaged or hostile dump may hold in place of anything. */
const WRONG: readonly unknown[] = [
  null,
  0,
  '',
  'x',
  true,
  [],
  [null],
  {},
  [[]],
  -1,
  1e99,
  { a: null },
  ['\u0000'],
];
const KINDS = [
  'Service',
  'Pod',
  'Deployment',
  'CronJob',
  'Job',
  'Endpoints',
  'EndpointSlice',
  'NetworkPolicy',
  'Ingress',
  'IngressClass',
  'ConfigMap',
  'Secret',
  'Node',
  'Event',
] as const;

/** A manifest in which the value at a path is replaced. */
function broken(manifest: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [key = '', ...rest] = path;
  const at = manifest[key];
  const child = typeof at === 'object' && at !== null ? (at as JsonObject) : {};
  return { ...manifest, [key]: rest.length === 0 ? value : broken(child, rest, value) };
}

const PATHS = [
  'spec',
  'spec.selector',
  'spec.ports',
  'spec.template',
  'spec.template.spec.containers',
  'spec.podSelector',
  'spec.ingress',
  'spec.egress',
  'spec.rules',
  'spec.tls',
  'spec.type',
  'status',
  'status.conditions',
  'metadata.labels',
  'metadata.managedFields',
  'metadata.ownerReferences',
  'data',
  'ports',
  'endpoints',
  'subsets',
  'certificate',
].map((path) => path.split('.'));

test('objects with anything in them stop no check', () => {
  for (const path of PATHS) {
    const manifests = WRONG.flatMap((value, index) =>
      KINDS.map((kind) =>
        broken(
          { kind, metadata: { name: `x${index}`, namespace: 'shop' }, spec: {}, data: { Corefile: '}{' } },
          path,
          value,
        ),
      ),
    );
    const hurt = shop().map((manifest, index) => broken(manifest, path, WRONG[index % WRONG.length]));
    const snapshot = snapshotOf([...shop(), ...manifests, ...hurt], [...KINDS, 'Namespace']);
    expect(() => runChecks(snapshot, NETWORK_CHECKS)).not.toThrow();
  }
});
