import { Neo4jError } from 'neo4j-driver';
import { expect, test } from 'vitest';
import { StoreError, toStoreError } from './errors.ts';

const neo4jError = (code: string, message = 'because'): Neo4jError =>
  new Neo4jError(message, code, '50N42', 'general');

test.each([
  ['Neo.TransientError.Transaction.DeadlockDetected', 'transient', true],
  ['Neo.TransientError.Transaction.LockClientStopped', 'transient', true],
  ['Neo.ClientError.Transaction.TransactionTerminated', 'transient', true],
  ['Neo.ClientError.Schema.ConstraintValidationFailed', 'conflict', false],
  ['Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration', 'timeout', false],
  ['Neo.ClientError.Security.Unauthorized', 'unauthorized', false],
  ['Neo.ClientError.Statement.SyntaxError', 'bad_query', false],
  ['ServiceUnavailable', 'unavailable', true],
  ['SessionExpired', 'unavailable', true],
  ['Neo.DatabaseError.General.UnknownError', 'unknown', false],
] as const)('%s is %s', (code, expected, retryable) => {
  const cause = neo4jError(code);
  expect(toStoreError(cause)).toMatchObject({ code: expected, retryable, cause });
});

test.each([
  ['TimeoutError', 'unavailable'],
  ['NoResponders', 'unavailable'],
  ['AuthorizationError', 'unauthorized'],
  ['StreamNotFoundError', 'stream_recreated'],
  ['RangeError', 'unknown'],
])('a %s of the stream’s client is %s', (name, code) => {
  expect(toStoreError(Object.assign(new Error('because'), { name })).code).toBe(code);
});

test.each([
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'give the certificate of its authority as CA file'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'give the certificate of its authority as CA file'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'it is for another host name'],
  ['CERT_HAS_EXPIRED', 'it has expired'],
])('a certificate with %s is not trusted, and it is said what to do', (code, why) => {
  const stream = toStoreError(Object.assign(new Error('because'), { code }));
  expect(stream).toMatchObject({
    code: 'unavailable',
    message: `NATS's certificate is not trusted: ${why} (${code})`,
  });
  const graph = toStoreError(neo4jError('ServiceUnavailable', `Failed. Socket responded with: ${code}`));
  expect(graph).toMatchObject({
    code: 'unavailable',
    message: `Neo4j's certificate is not trusted: ${why} (${code})`,
  });
});

test('another failure with a code is none of a certificate', () => {
  expect(toStoreError(Object.assign(new Error('because'), { code: 'ENOENT' })).message).toBe('because');
});

test('an aborted call is aborted, whatever broke because of it', () => {
  expect(toStoreError(neo4jError('ServiceUnavailable'), AbortSignal.abort()).code).toBe('aborted');
});

test('a store error stays as it is', () => {
  const error = new StoreError('fenced', 'taken over');
  expect(toStoreError(error)).toBe(error);
  expect(toStoreError('text').message).toBe('something that is no error was thrown');
});
