import { describe, expect, test } from 'vitest';
import { Snapshot } from '../snapshot/snapshot.ts';
import type { ReadDump } from './dump-reader.ts';
import { DumpReader } from './dump-reader.ts';

const pod = {
  metadata: { name: 'web-1', namespace: 'shop', uid: 'u1', creationTimestamp: '2026-03-04T20:00:00Z' },
  spec: { containers: [{ name: 'app' }] },
};
const namedPod = { apiVersion: 'v1', kind: 'Pod', ...pod };
const table =
  'NAMESPACE  NAME     TYPE       CLUSTER-IP   PORT(S)\nshop       catalog  ClusterIP  10.96.0.14   80/TCP\n';

function read(value: unknown, indent?: number): ReadDump {
  const reader = new DumpReader();
  reader.add({ path: 'case.json', text: JSON.stringify(value, undefined, indent) });
  return reader.finish({ cluster: 'test' });
}

function objects({ parts }: ReadDump): string[] {
  return parts.objects.map(({ kind, namespace, name }) => `${kind}/${namespace}/${name}`).sort();
}

describe('a map of what would be many files', () => {
  test.each<[string, unknown]>([
    ['lists by the name of the resource', { pods: { items: [pod] }, note: 'taken by hand' }],
    ['lists without anything around them', { pods: [pod] }],
    ['objects with their kind', { evidence: { first: namedPod } }],
    ['texts of JSON', { 'get pods': JSON.stringify({ kind: 'List', items: [namedPod] }) }],
    ['lists by namespace', { shop: { pods: [pod], services: [] } }],
  ])('%s, on one line or several', (_, value) => {
    for (const indent of [undefined, 2]) {
      const dump = read(value, indent);
      expect(objects(dump)).toEqual(['Pod/shop/web-1']);
      expect(dump.problems).toEqual([]);
    }
  });

  test('tables and logs beside objects', () => {
    const dump = read({
      pods: [pod],
      kubectl_get_services: table,
      logs: { 'web-1': ['connection refused', 'giving up'] },
    });
    expect(objects(dump)).toContain('Service/shop/catalog');
    expect(dump.parts.logs).toMatchObject([{ pod: 'web-1', namespace: 'shop' }]);
    expect(dump.parts.logs[0]?.lines.map(String).join()).toContain('giving up');
  });

  test('lists of a known name say what was read whole', () => {
    const { listed } = read({ pods: [pod], nodes: [] }).parts;
    expect([...listed].some((kind) => kind.startsWith('Pod'))).toBe(true);
    expect(new Snapshot(read({ pods: [pod], nodes: [] }).parts).knowsAll('Node')).toBe(true);
  });
});

describe('what is no such map', () => {
  test('a program that wrote one line of JSON is a log', () => {
    const reader = new DumpReader();
    reader.add({ path: 'pods.json', text: JSON.stringify({ kind: 'List', items: [namedPod] }) });
    reader.add({ path: 'shop/web-1.log', text: '{"level":"error","error":{"code":"ECONNREFUSED"}}\n' });
    const { parts, problems } = reader.finish({ cluster: 'test' });
    expect(problems).toEqual([]);
    expect(parts.logs.map((log) => log.pod)).toEqual(['web-1']);
  });

  test('JSON of something else is named and nothing is taken', () => {
    const dump = read({ name: 'web', dependencies: { express: '5.0.0' }, scripts: { start: 'node .' } }, 2);
    expect(objects(dump)).toEqual([]);
    expect(dump.problems).toMatchObject([{ path: 'case.json', message: 'holds no objects of Kubernetes' }]);
  });

  test('a map of more entries than anybody writes is taken up to there, and that is said', () => {
    const many = Object.fromEntries(Array.from({ length: 2_050 }, (_, n) => [`pod-${String(n)}`, namedPod]));
    expect(read(many).problems).toMatchObject([
      { path: 'case.json', message: 'entries beyond the first 2000 were left out' },
    ]);
  });

  test('maps that go on for ever are followed only so far', () => {
    let deep: unknown = { pods: [pod] };
    for (let level = 0; level < 40; level += 1) deep = { deep };
    expect(objects(read(deep, 1))).toEqual([]);
  });
});
