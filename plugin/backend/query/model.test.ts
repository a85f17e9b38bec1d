import { describe, expect, test } from 'vitest';
import { queryModel } from './model.ts';

const model = (queryType: string, rest: Readonly<Record<string, unknown>> = {}) =>
  queryModel({ queryType, model: rest });

describe('a query as it is saved', () => {
  test('a root cause of a pod', () => {
    expect(model('rootCause', { namespace: ' shop ', pod: 'a-1', hide: false })).toEqual({
      type: 'rootCause',
      incident: '',
      namespace: 'shop',
      pod: 'a-1',
      show: 'graph',
      showEntities: false,
    });
  });
  test('incidents, whose lists may be texts of variables with several values', () => {
    expect(
      model('incidents', {
        namespaces: ['shop,billing', 'infra'],
        kinds: 'crash_loop',
        verdicts: ['No clear cause'],
        limit: '5',
      }),
    ).toEqual({
      type: 'incidents',
      format: 'table',
      selection: {
        clusters: [],
        namespaces: ['shop', 'billing', 'infra'],
        kinds: ['crash_loop'],
        states: [],
        verdicts: ['No clear cause'],
        search: '',
      },
      limit: 5,
    });
  });
  test('Cypher with values of variables', () => {
    expect(model('table', { cypher: 'RETURN $a', parameters: { a: ['x', 1, true, null] } })).toMatchObject({
      parameters: { a: ['x', 1, true, null] },
    });
  });
  test('the type may be in the model alone, as in hand-written dashboards', () => {
    expect(queryModel({ queryType: '', model: { queryType: 'incidents' } }).type).toBe('incidents');
  });
});

describe('what is wrong is named', () => {
  test.each<[string, string, Readonly<Record<string, unknown>>, RegExp]>([
    ['an unknown type', 'sql', {}, /"queryType" is "sql"; it can be rootCause/],
    ['an unknown kind', 'incidents', { kinds: ['boom'] }, /"kinds" is "boom"/],
    [
      'an unknown part of a root cause',
      'rootCause',
      { show: 'all' },
      /"show" is "all"; it can be graph, chain/,
    ],
    ['a switch that is a text', 'rootCause', { showEntities: 'no' }, /"showEntities" must be true or false/],
    ['an unknown format', 'incidents', { format: 'csv' }, /"format" is "csv"/],
    ['a list of numbers', 'incidents', { namespaces: [1] }, /"namespaces" must be a list/],
    ['no Cypher', 'table', { cypher: ' ' }, /holds no Cypher/],
    ['Cypher that is no text', 'table', { cypher: 5 }, /"cypher" must be a text/],
    ['Cypher without end', 'table', { cypher: 'x'.repeat(40_000) }, /longer than/],
    ['a limit of nothing', 'incidents', { limit: 0 }, /"limit" must be/],
    ['variables as a list', 'graph', { cypher: 'x', parameters: [] }, /"parameters" must be an object/],
    [
      'a variable with the name of a macro',
      'graph',
      { cypher: 'x', parameters: { __from: 1 } },
      /no name of a variable/,
    ],
    ['a variable that is an object', 'graph', { cypher: 'x', parameters: { a: {} } }, /"a" must be a text/],
    [
      'too many variables',
      'graph',
      { cypher: 'x', parameters: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`v${i}`, 1])) },
      /at most 100/,
    ],
  ])('%s', (_, type, rest, message) => {
    expect(() => model(type, rest)).toThrow(message);
  });
});
