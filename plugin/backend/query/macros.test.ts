import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cypherPieces } from './cypher-text.ts';
import { prepareCypher, type MacroContext } from './macros.ts';

const CONTEXT: MacroContext = {
  fromMs: 1_000,
  toMs: 2_000,
  intervalMs: 59_999.6,
  limit: 500,
  parameters: { pod: 'a-1', pods: ['a', 'b'] },
};

const prepare = (cypher: string, over: Partial<MacroContext> = {}) =>
  prepareCypher(cypher, { ...CONTEXT, ...over });

describe('macros', () => {
  test('the time filter compares with parameters, in microseconds', () => {
    expect(prepare('MATCH (e:Event) WHERE $__timeFilter(e.ts) RETURN e')).toEqual({
      text: 'MATCH (e:Event) WHERE (e.ts >= $__from AND e.ts <= $__to) RETURN e',
      parameters: { __from: 1_000_000, __to: 2_000_000 },
    });
  });
  test('the time filter takes any expression', () => {
    expect(prepare("RETURN $__timeFilter(coalesce(e.ts, toInteger(')')))").text).toBe(
      "RETURN (coalesce(e.ts, toInteger(')')) >= $__from AND coalesce(e.ts, toInteger(')')) <= $__to)",
    );
  });
  test('there may be several', () => {
    expect(prepare('RETURN $__timeFilter(a.ts) AND $__timeFilter(b.ts)').text).toBe(
      'RETURN (a.ts >= $__from AND a.ts <= $__to) AND (b.ts >= $__from AND b.ts <= $__to)',
    );
  });
  test('interval and limit are whole numbers', () => {
    expect(prepare('RETURN $__interval_ms, ${__limit}')).toEqual({
      text: 'RETURN $__interval_ms, $__limit',
      parameters: { __interval_ms: 60_000, __limit: 500 },
    });
  });
  test('only what is used is sent', () => {
    expect(prepare('RETURN $pod').parameters).toEqual({ pod: 'a-1' });
  });
  test.each([
    ['RETURN $__timeFilter', /takes one expression/],
    ['RETURN $__timeFilter()', /takes one expression/],
    ['RETURN $__timeFilter(e.ts', /takes one expression/],
    ['RETURN $__timeGroup', /There is no macro \$__timeGroup.*\$__interval_ms/],
    ['RETURN $other', /no variable "other"/],
    ['RETURN $toString', /no variable "toString"/],
  ])('%s is refused', (cypher, message) => {
    expect(() => prepare(cypher)).toThrow(message);
  });
});

describe('variables', () => {
  test('braces become a parameter, whatever the format', () => {
    expect(prepare('WHERE e.pod IN ${pods:csv} OR e.pod = ${pod}')).toEqual({
      text: 'WHERE e.pod IN $pods OR e.pod = $pod',
      parameters: { pods: ['a', 'b'], pod: 'a-1' },
    });
  });
  test('texts, quoted names and comments are left alone', () => {
    const cypher = 'RETURN \'$pod ${pod} $__timeFilter(x)\', "$nope", `$nope`, 1 // $nope\n/* $__nope */ + 2';
    expect(prepare(cypher)).toEqual({ text: cypher, parameters: {} });
  });
  test('a value never becomes part of the text', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const prepared = prepare('MATCH (e {pod: ${pod}}) RETURN e', { parameters: { pod: value } });
        expect(prepared).toEqual({ text: 'MATCH (e {pod: $pod}) RETURN e', parameters: { pod: value } });
      }),
    );
  });
});

test('cutting Cypher loses nothing, however broken it is', () => {
  const part = fc.constantFrom("'", '"', '`', '//', '/*', '*/', '\\', '\n', '$a', ' x ', '(', ')');
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const cypher = parts.join('');
      expect(
        cypherPieces(cypher)
          .map(({ text }) => text)
          .join(''),
      ).toBe(cypher);
    }),
  );
});

test('an escaped quote does not end a text', () => {
  expect(cypherPieces(String.raw`RETURN 'it\'s $x' + $y`)).toEqual([
    { isCode: true, text: 'RETURN ' },
    { isCode: false, text: String.raw`'it\'s $x'` },
    { isCode: true, text: ' + $y' },
  ]);
});
