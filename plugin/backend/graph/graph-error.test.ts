import { StoreError, type StoreErrorCode } from '@tapio/store';
import { describe, expect, test } from 'vitest';
import { toGraphError } from './graph-error.ts';

const explained = (code: StoreErrorCode, message: string, cause?: Error) =>
  toGraphError(new StoreError(code, message, { cause }));

describe('a failure says what to do next', () => {
  test.each<[StoreErrorCode, string, number, RegExp]>([
    ['unavailable', 'connect ECONNREFUSED 127.0.0.1:7687', 503, /Nothing listens there.*7687/],
    ['unavailable', 'getaddrinfo ENOTFOUND neo4j', 503, /host name of the URL is not known/],
    ['unavailable', 'self-signed certificate in certificate chain', 503, /TLS settings.*CA certificate/],
    [
      'unavailable',
      'Could not perform discovery. No routing servers available.',
      503,
      /bolt:\/\/ rather than neo4j/,
    ],
    ['unavailable', 'timed out', 503, /Check the URL/],
    ['unauthorized', 'Neo.ClientError.Security.Unauthorized: wrong', 502, /refused user and password/],
    ['unauthorized', 'Neo.ClientError.Security.Forbidden: no', 502, /grant it the role reader/],
    ['older_schema', 'the graph is empty: start a loader, which sets it up', 502, /start a loader/],
    ['newer_schema', 'the graph has schema 9: upgrade', 502, /upgrade/],
    ['not_read_only', 'the query would change the graph', 403, /Only queries that read/],
    ['bad_query', 'Invalid input', 400, /^Invalid input$/],
    ['timeout', 'terminated', 504, /narrow the time range/],
    ['aborted', 'stopped', 499, /cancelled/],
    ['transient', 'deadlock', 503, /try again/],
    ['unknown', 'Graph not found: Neo.ClientError.Database.DatabaseNotFound', 502, /check "Database"/],
    ['unknown', 'odd', 502, /^odd$/],
  ])('%s: %s', (code, message, status, text) => {
    expect(explained(code, message)).toMatchObject({
      status,
      message: expect.stringMatching(text) as string,
    });
  });

  test('the driver’s own advice is left out, its reason is not', () => {
    const message =
      "Neo4j can't be reached: Failed to connect to server. Please ensure that your database is listening on the correct host. Note that the default has changed in Neo4j 4.0. Caused by: connect ECONNREFUSED 127.0.0.1:7999";
    expect(explained('unavailable', message)).toMatchObject({
      message: expect.stringMatching(
        /\(Neo4j can't be reached: Failed to connect to server\. Caused by: connect ECONNREFUSED 127\.0\.0\.1:7999\)$/,
      ) as string,
    });
  });

  test.each([
    [
      'expected ")" (line 1, column 24 (offset: 23))\n"EXPLAIN MATCH (e:Event RETURN e"',
      'expected ")" (line 1, column 16)\n"MATCH (e:Event RETURN e"',
    ],
    [
      'expected ")" (line 2, column 3 (offset: 23))\n"RETURN e"',
      'expected ")" (line 2, column 3)\n"RETURN e"',
    ],
  ])('a place in the query is one in the text that was written', (message, told) => {
    expect(explained('bad_query', message)).toMatchObject({ message: told });
  });

  test('what is behind the error counts as much as its own words', () => {
    const tls = Object.assign(new Error('handshake'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(explained('unavailable', 'Neo4j can’t be reached', tls)).toMatchObject({
      message: expect.stringContaining('TLS settings') as string,
    });
  });
});

test('a bug stays a bug', () => {
  const bug = new TypeError('x is undefined');
  expect(toGraphError(bug)).toBe(bug);
});
