import { describe, expect, test } from 'vitest';

import { BackendError, badRequest, downstreamError, forbidden, notFound, toBackendError } from './errors.ts';

describe('constructors', () => {
  test.each([
    [new BackendError('x'), 500, 'plugin'],
    [downstreamError('x'), 502, 'downstream'],
    [downstreamError('x', { status: 504 }), 504, 'downstream'],
    [badRequest('x'), 400, 'downstream'],
    [forbidden('x'), 403, 'downstream'],
    [notFound('x'), 404, 'downstream'],
  ])('%# carry status and source', (error, status, source) => {
    expect(error).toMatchObject({ status, source, message: 'x', name: 'BackendError' });
  });
});

describe('unknown thrown values', () => {
  test('an error on purpose stays itself', () => {
    const error = forbidden('no');
    expect(toBackendError(error, AbortSignal.abort())).toBe(error);
  });

  test("a bug is the plugin's, with the original as its cause", () => {
    const bug = new TypeError('x is undefined');
    expect(toBackendError(bug)).toMatchObject({
      status: 500,
      source: 'plugin',
      message: 'x is undefined',
      cause: bug,
    });
  });

  test('whatever fails after a cancellation is a cancellation', () => {
    expect(toBackendError(new Error('socket closed'), AbortSignal.abort())).toMatchObject({
      status: 499,
      source: 'downstream',
    });
  });

  test('an error without words and a value that is no error still say something', () => {
    expect(toBackendError(new RangeError('')).message).toBe('RangeError');
    expect(toBackendError('text').message).toContain('text');
  });
});
