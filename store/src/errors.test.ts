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

test('an aborted call is aborted, whatever broke because of it', () => {
  expect(toStoreError(neo4jError('ServiceUnavailable'), AbortSignal.abort()).code).toBe('aborted');
});

test('a store error stays as it is', () => {
  const error = new StoreError('fenced', 'taken over');
  expect(toStoreError(error)).toBe(error);
  expect(toStoreError('text').message).toBe('something that is no error was thrown');
});
