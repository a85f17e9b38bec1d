import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { parsePlainYaml } from './fast-yaml.ts';

const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ maxLength: 200 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(
    'yes',
    '0x1f',
    '1e3',
    '~',
    '012',
    'a: b',
    '- x',
    ' lead',
    'trail ',
    'x #y',
    "it's",
    'a\nb\n',
    'a\n\nb',
  ),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom('name', 'image', 'f:spec', 'k:{"name":"x"}', '.', 'a b', 'app.io/x'),
      tie('tree'),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    ),
  ),
}));

test('what it reads, a full parser reads the same, however the writer folds', () => {
  let read = 0;
  fc.assert(
    fc.property(
      fc.record({ items: fc.array(tree, { maxLength: 3 }), kind: fc.constant('List') }),
      fc.constantFrom(20, 80, 0),
      fc.boolean(),
      (value, lineWidth, singleQuote) => {
        const text = stringify(value, { lineWidth, singleQuote, aliasDuplicateObjects: false });
        const plain = parsePlainYaml(text);
        if (plain === undefined) return;
        read += 1;
        expect(plain.value, text).toEqual(parse(text, { uniqueKeys: false }));
      },
    ),
    { numRuns: 1_500, seed: 7 },
  );
  expect(read).toBeGreaterThan(500);
});

test('it reads a pod as kubectl writes it', () => {
  const text = `apiVersion: v1
kind: Pod
metadata:
  annotations:
    note: 'The node was low on resource: memory. Threshold quantity: 100Mi, available:
      50Mi.'
  creationTimestamp: "2026-03-04T20:00:00Z"
  managedFields:
  - fieldsV1:
      f:spec:
        f:containers:
          k:{"name":"app"}:
            .: {}
            f:image: {}
  name: web
  uid: 05ddcb1f-e809-4810-afa9-33925ea15731
spec:
  containers:
  - args:
    - -c
    - |
      echo one
      exit 1
    command: []
    image: registry.example:5000/web:1.2
    name: app
    resources:
      limits:
        cpu: 500m
        memory: 32Mi
      requests:
        cpu: "1"
    tty: true
status: {}
`;
  const plain = parsePlainYaml(text);
  expect(plain?.value).toEqual(parse(text));
  expect(plain?.value).toMatchObject({
    spec: { containers: [{ args: ['-c', 'echo one\nexit 1\n'], image: 'registry.example:5000/web:1.2' }] },
  });
});

test.each([
  ['an alias', 'a: &x 1\nb: *x\n'],
  ['a tag', 'a: !!binary aGk=\n'],
  ['a flow mapping', 'a: {b: 1}\n'],
  ['a tab', 'a:\n\tb: 1\n'],
  ['a key twice', 'a: 1\na: 2\n'],
  ['a prototype', '__proto__:\n  x: 1\n'],
  ['a truth of YAML 1.1', 'a: yes\n'],
])('it gives up on %s', (_, text) => {
  expect(parsePlainYaml(text)).toBeUndefined();
});
