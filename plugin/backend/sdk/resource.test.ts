import { describe, expect, test } from 'vitest';

import type { Call } from './call.ts';
import { errorResponse, json, ResourceRouter, type ResourceRequest } from './resource.ts';
import { forbidden } from './errors.ts';

const call = {} as Call<null>;

function request(method: string, path: string): ResourceRequest {
  return { method, path, searchParams: new URLSearchParams(), body: new Uint8Array(), json: () => null };
}

const router = new ResourceRouter<null>()
  .get('/pods', () => json(['all']))
  .get('/pods/first', () => json('first'))
  .get('/pods/:name/logs', ({ parameters }) => json(parameters))
  .post('pods', () => json('made', 201))
  .on('delete', '/pods/:name', ({ parameters }) => json(parameters));

describe('router', () => {
  test.each([
    ['GET', '/pods', 200, '["all"]'],
    ['get', '/pods/', 200, '["all"]'],
    ['GET', '//pods/first', 200, '"first"'],
    ['GET', '/pods/a%2Fb/logs', 200, '{"name":"a/b"}'],
    ['POST', '/pods', 201, '"made"'],
    ['DELETE', '/pods/first', 200, '{"name":"first"}'],
  ])('%s %s answers', async (method, path, status, body) => {
    await expect(router.handle(request(method, path), call)).resolves.toMatchObject({ status, body });
  });

  test('a known path with another method is 405 and names those it takes', async () => {
    const response = await router.handle(request('PUT', '/pods'), call);
    expect(response).toMatchObject({ status: 405, headers: { allow: 'GET, POST' } });
  });

  test.each(['/', '/nothing', '/pods/a/logs/b'])('%s is 404', async (path) => {
    await expect(router.handle(request('GET', path), call)).rejects.toMatchObject({ status: 404 });
  });

  test('a broken escape in a segment is 400', async () => {
    await expect(router.handle(request('GET', '/pods/%E0%A4%A/logs'), call)).rejects.toMatchObject({
      status: 400,
    });
  });
});

test('JSON answers keep the digits of large integers', () => {
  expect(json({ small: 1n, large: 2n ** 63n }).body).toBe('{"small":1,"large":"9223372036854775808"}');
  expect(json(undefined).body).toBe('null');
});

test('an error becomes JSON with its status', () => {
  expect(errorResponse(forbidden('no'))).toEqual({
    status: 403,
    headers: { 'content-type': 'application/json' },
    body: '{"message":"no","status":403,"source":"downstream"}',
  });
});
