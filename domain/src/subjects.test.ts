import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  deadLetterSubject,
  escapeToken,
  observationSubject,
  parseObservationSubject,
  signalFilter,
  unescapeToken,
} from './subjects.ts';

test('a subscriber to observations.kernel.> gets kernel events, as the original promised', () => {
  const subject = observationSubject({
    source: 'kernel',
    lane: 'signal',
    cluster: 'prod',
    node: 'ip-10-0-0-7.ec2',
  });
  expect(subject).toBe('observations.kernel.signal.prod.ip-10-0-0-7=2Eec2');
  expect(signalFilter('prod')).toBe('observations.*.signal.prod.*');
});

test('any name becomes one token that can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      const token = escapeToken(name);
      expect(token).toMatch(/^[^.*>\s]+$/);
      expect(unescapeToken(token)).toBe(name);
    }),
  );
});

test('two names never share a token', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (a, b) => {
      fc.pre(a !== b && a.isWellFormed() && b.isWellFormed());
      expect(escapeToken(a)).not.toBe(escapeToken(b));
    }),
  );
});

test('a token that was not made by us is refused', () => {
  for (const token of ['', 'a.b', 'a=', 'a=ZZ', 'a b', '=FF']) expect(unescapeToken(token)).toBeUndefined();
});

test('a subject can be read back', () => {
  const subject = { source: 'kubelet', lane: 'bulk', cluster: 'a.b', node: '' } as const;
  expect(parseObservationSubject(observationSubject(subject))).toEqual(subject);
});

test('subjects of others are none of ours', () => {
  for (const other of [
    'observations.kernel',
    'x.kernel.signal.c.n',
    'observations.nobody.signal.c.n',
    'observations.kernel.fast.c.n',
    'observations.kernel.signal.c=.n',
  ]) {
    expect(parseObservationSubject(other)).toBeUndefined();
  }
});

test('dead letters go by cluster and node', () => {
  expect(deadLetterSubject('prod', 'n.1')).toBe('tapio.dlq.prod.n=2E1');
});
