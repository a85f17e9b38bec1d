import { expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { objectChanges } from './object-changes.ts';

const selector = { 'f:spec': { 'f:selector': { 'f:app': {} } } };
const entry = (manager: string, time: string, fieldsV1: JsonObject, more: JsonObject = {}): JsonObject => ({
  manager,
  operation: 'Update',
  time,
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
});
const seen = (
  creationTimestamp: string,
  ...managedFields: readonly JsonObject[]
): ReturnType<typeof seenBy> =>
  seenBy(
    objectChanges,
    snapshotOf([
      { kind: 'Service', metadata: { name: 'web', namespace: 'shop', creationTimestamp, managedFields } },
    ]),
  );
const LONG_AGO = '2025-06-01T00:00:00Z';

test('the newest change by hand is told with its fields and its manager', () => {
  const whole = {
    'f:spec': { 'f:ports': {}, 'f:selector': {}, 'f:type': {}, 'f:sessionAffinity': {}, 'f:ipFamilies': {} },
  };
  expect(
    seen(LONG_AGO, entry('helm', LONG_AGO, whole), entry('kubectl-edit', '2026-01-02T19:40:00Z', selector)),
  ).toMatchObject([
    {
      object: 'Service/shop/web',
      stage: 'updated',
      fields: 'spec.selector.app',
      whole: 'false',
      words: 'spec.selector.app set',
      manager: 'kubectl-edit',
    },
  ]);
  expect(seen(LONG_AGO, entry('helm', '2026-01-02T19:40:00Z', whole))).toMatchObject([
    { fields: '', whole: 'true', words: 'updated' },
  ]);
});

test('an object that was made lately is told as that', () => {
  const made = '2026-01-02T19:40:00Z';
  expect(seen(made, entry('kubectl-create', made, selector))).toMatchObject([
    { stage: 'created', manager: 'kubectl-create' },
  ]);
});

test('what a controller made, and what every namespace has, was changed by nobody', () => {
  const made = '2026-01-02T19:40:00Z';
  expect(seen(made, entry('kube-controller-manager', made, selector))).toEqual([]);
  const metadata = { name: 'kube-root-ca.crt', namespace: 'shop', creationTimestamp: made };
  expect(seenBy(objectChanges, snapshotOf([{ kind: 'ConfigMap', metadata }]))).toEqual([]);
});

test.each<[string, readonly JsonObject[]]>([
  ['long ago', [entry('helm', LONG_AGO, selector)]],
  ['a controller', [entry('kube-controller-manager', '2026-01-02T19:40:00Z', selector)]],
  ['the status', [entry('manager', '2026-01-02T19:40:00Z', selector, { subresource: 'status' })]],
  ['after the dump was taken', [entry('helm', '2026-01-02T21:00:00Z', selector)]],
  ['no time', [entry('helm', '', selector)]],
])('silent: %s', (_, managedFields) => {
  expect(seen(LONG_AGO, ...managedFields)).toEqual([]);
});
