import type { ScopedVars } from '@grafana/data';
import { namesInQuotes, withVariables } from './variables-in-query.ts';

/** As Grafana's: `csv` joins several values, a function is handed the value itself. */
function templateSrv(values: Record<string, string | string[]>) {
  return {
    getVariables: () => Object.keys(values).map((name) => ({ name })) as never,
    replace: (target?: string, scopedVars?: ScopedVars, format?: unknown) =>
      (target ?? '').replace(/\$(\w+)|\$\{(\w+)(?::\w+)?\}/g, (whole, plain?: string, braced?: string) => {
        const name = plain ?? braced ?? '';
        const value = (scopedVars?.[name]?.value as string | string[] | undefined) ?? values[name];
        if (value === undefined) return whole;
        if (typeof format === 'function') return String((format as (of: unknown) => unknown)(value));
        return Array.isArray(value) ? value.join(',') : value;
      }),
  };
}

const NASTY = "x'}) DETACH DELETE n //";

describe('Cypher', () => {
  test('is sent as it was written, with the values beside it', () => {
    const cypher = 'MATCH (e) WHERE e.namespace = $namespace AND e.pod_name IN ${pods:csv} RETURN e';
    const sent = withVariables(
      { refId: 'A', queryType: 'table', cypher },
      templateSrv({ namespace: NASTY, pods: ['a', 'b'] }),
      {},
    );
    expect(sent.cypher).toBe(cypher);
    expect(sent.parameters).toEqual({ namespace: NASTY, pods: ['a', 'b'] });
  });
  test('gets values of a repeated row or panel first', () => {
    const sent = withVariables(
      { refId: 'A', queryType: 'graph', cypher: 'RETURN $pod' },
      templateSrv({ pod: 'a' }),
      { pod: { text: 'b', value: 'b' } },
    );
    expect(sent.parameters).toEqual({ pod: 'b' });
  });
  test('leaves macros and unknown names to the backend', () => {
    const sent = withVariables(
      { refId: 'A', queryType: 'table', cypher: 'RETURN $__from, $mine' },
      templateSrv({ other: 'x' }),
      {},
    );
    expect(sent.parameters).toEqual({});
  });
});

test('fields of the fixed query types are filled in, lists by comma', () => {
  const sent = withVariables(
    { refId: 'A', queryType: 'incidents', namespaces: ['$namespace', 'infra'], search: '${word}' },
    templateSrv({ namespace: ['shop', 'billing'], word: 'checkout' }),
    {},
  );
  expect(sent).toEqual({
    refId: 'A',
    queryType: 'incidents',
    namespaces: ['shop,billing', 'infra'],
    search: 'checkout',
  });
});

test('a variable inside quotes is noticed', () => {
  expect(
    namesInQuotes(`MATCH (e {a: '$pod', b: "\${ns}", c: $ok, d: 'it\\'s $deep'}) RETURN $__from`),
  ).toEqual(['pod', 'ns', 'deep']);
  expect(namesInQuotes('RETURN $pod')).toEqual([]);
});
