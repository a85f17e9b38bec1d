import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { observeSnapshot } from '../observe-snapshot.ts';
import { Snapshot } from '../snapshot/snapshot.ts';
import { DumpReader } from './dump-reader.ts';

const json = fc.jsonValue({ maxDepth: 3 });
/** Objects with the right names and anything for values. */
const object = fc.record(
  {
    apiVersion: fc.oneof(fc.constantFrom('v1', 'apps/v1'), json),
    kind: fc.oneof(fc.constantFrom('Pod', 'Event', 'ReplicaSet', 'Service', 'Node', 'Secret', 'List'), json),
    metadata: fc.oneof(
      fc.record(
        {
          name: fc.oneof(fc.constantFrom('a', 'b'), json),
          namespace: fc.oneof(fc.constant('shop'), json),
          labels: json,
          ownerReferences: fc.oneof(
            json,
            fc.constantFrom(
              [{ kind: 'Pod', name: 'b' }],
              [{ kind: 'ReplicaSet', name: 'a', controller: true }],
            ),
          ),
          creationTimestamp: fc.oneof(fc.constant('2026-03-04T20:00:00Z'), json),
        },
        { requiredKeys: [] },
      ),
      json,
    ),
    spec: fc.oneof(json, fc.record({ containers: fc.array(json), template: json }, { requiredKeys: [] })),
    status: fc.oneof(
      json,
      fc.record(
        {
          containerStatuses: fc.array(
            fc.record({ name: fc.constant('app'), state: json }, { requiredKeys: [] }),
          ),
        },
        { requiredKeys: [] },
      ),
    ),
    items: json,
    involvedObject: json,
    data: json,
  },
  { requiredKeys: ['kind', 'metadata'] },
);

function answers(text: string, path: string): void {
  const reader = new DumpReader();
  reader.add({ path, text });
  reader.add({
    path: 'good.json',
    text: '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"good","namespace":"shop","uid":"u"}}',
  });
  const { parts } = reader.finish({ cluster: 'test' });
  const snapshot = new Snapshot(parts);
  expect(observeSnapshot(snapshot).some(({ podName }) => podName === 'good')).toBe(true);
}

test('objects with anything for values: the rest is still answered', () => {
  fc.assert(
    fc.property(fc.array(object, { maxLength: 6 }), (items) => {
      answers(JSON.stringify({ kind: 'List', items }), 'shop/pods.json');
    }),
    { numRuns: 500, seed: 11 },
  );
});

test('any text, cut anywhere: the rest is still answered', () => {
  const starts = fc.constantFrom(
    '',
    '{',
    '[{',
    'kind: Pod\nmetadata:\n',
    'Name:  x\nLabels:  a=b\n',
    'NAME   READY   STATUS   RESTARTS\n',
    '==== START logs for container a of pod b/c ====\n',
  );
  fc.assert(
    fc.property(
      starts,
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.constantFrom('a.json', 'shop/b.yaml', 'c-0.log'),
      (start, rest, path) => {
        answers(`${start}${rest}`, path);
      },
    ),
    { numRuns: 500, seed: 12 },
  );
});
