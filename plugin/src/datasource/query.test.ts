import { CoreApp } from '@grafana/data';
import { defaultQuery, isComplete, queryText, withType } from './query.ts';
import type { TapioQuery } from './types.ts';

const query = (part: Partial<TapioQuery>): TapioQuery => ({ refId: 'A', ...part });

describe('a new query', () => {
  test('lists incidents in dashboards and Explore', () => {
    expect(defaultQuery(CoreApp.Explore)).toEqual({ queryType: 'incidents', format: 'table' });
  });
  test('has one number a row in alert rules', () => {
    expect(defaultQuery(CoreApp.UnifiedAlerting)).toMatchObject({
      queryType: 'incidents',
      format: 'alert',
      kinds: ['crash_loop'],
    });
  });
});

describe('changing the type', () => {
  test('gives Cypher to start from, which changes along with the type', () => {
    const table = withType(query({}), 'table');
    expect(table.cypher).toContain('$__timeFilter(e.ts)');
    expect(withType(table, 'graph').cypher).toContain('RETURN path');
  });
  test('keeps Cypher that a person wrote', () => {
    expect(withType(query({ queryType: 'table', cypher: 'RETURN 1' }), 'graph').cypher).toBe('RETURN 1');
  });
  test('keeps what both types have', () => {
    expect(withType(query({ queryType: 'rootCause', pod: 'a-1' }), 'timeline')).toMatchObject({
      queryType: 'timeline',
      pod: 'a-1',
    });
  });
});

describe('a query is sent only when it is finished', () => {
  test.each<[string, Partial<TapioQuery>, boolean]>([
    ['incidents without filters', { queryType: 'incidents' }, true],
    ['an old query without a type', {}, true],
    ['a hidden query', { queryType: 'incidents', hide: true }, false],
    ['Cypher', { queryType: 'table', cypher: 'RETURN 1' }, true],
    ['blank Cypher', { queryType: 'graph', cypher: '  ' }, false],
    ['a root cause of nothing', { queryType: 'rootCause', namespace: 'shop' }, false],
    ['a root cause of a pod', { queryType: 'rootCause', pod: 'a-1' }, true],
    ['a timeline of a namespace', { queryType: 'timeline', namespace: 'shop' }, true],
    ['a timeline of nothing', { queryType: 'timeline' }, false],
  ])('%s', (_, part, complete) => {
    expect(isComplete(query(part))).toBe(complete);
  });
});

describe('a query in one line', () => {
  test.each<[Partial<TapioQuery>, string]>([
    [{ queryType: 'rootCause', namespace: 'shop', pod: 'a-1' }, 'Root cause: shop/a-1'],
    [{ queryType: 'timeline', incident: 'INC-1' }, 'Timeline: INC-1'],
    [{ queryType: 'table', cypher: 'MATCH (n)\n  RETURN n' }, 'Cypher: table: MATCH (n) RETURN n'],
    [{ queryType: 'incidents', namespaces: ['shop'], states: ['open'] }, 'Incidents: shop, open'],
    [{}, 'Incidents'],
  ])('%j', (part, text) => {
    expect(queryText(query(part))).toBe(text);
  });
});
