import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { TAKEN_US, seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { podEvent, waiting, webPod } from '../../testing/web-pod.ts';
import { runChecks } from '../observe.ts';
import { imagePullCheck } from './image-pull.ts';

const PULL =
  'failed to pull and unpack image "docker.io/shop/web:1": failed to resolve reference "docker.io/shop/web:1": ';

function problemOf(reason: string, message: string, image = 'shop/web:1'): string | undefined {
  const pod = webPod({ status: waiting(reason, message), container: { image } });
  return seenBy(imagePullCheck, snapshotOf([pod]))[0]?.['problem'];
}

describe('what runtimes and registries say is told in one word', () => {
  test.each([
    ['not_found', `rpc error: code = NotFound desc = ${PULL}docker.io/shop/web:1: not found`],
    [
      'not_found',
      'Error response from daemon: manifest for shop/web:1 not found: manifest unknown: manifest unknown',
    ],
    ['not_found', 'reading manifest 1 in quay.io/shop/web: manifest unknown'],
    [
      'not_found',
      `${PULL}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
    ],
    [
      'unauthorized',
      `${PULL}failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://auth.shop.example/token: 401 Unauthorized`,
    ],
    [
      'unauthorized',
      'reading manifest 1 in quay.io/shop/web: unauthorized: access to the requested resource is not authorized',
    ],
    [
      'unauthorized',
      'unexpected status from HEAD request to https://ghcr.io/v2/shop/web/manifests/1: 403 Forbidden',
    ],
    [
      'unreachable',
      `${PULL}failed to do request: Head "https://registry.shop.example/v2/web/manifests/1": dial tcp: lookup registry.shop.example on 10.96.0.10:53: no such host`,
    ],
    [
      'unreachable',
      `${PULL}failed to authorize: failed to fetch anonymous token: Get "https://auth.docker.io/token": dial tcp 1.2.3.4:443: i/o timeout`,
    ],
    [
      'rate_limited',
      `${PULL}unexpected status code 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.`,
    ],
    [
      'certificate',
      `${PULL}failed to do request: Head "https://r.example/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
    ],
    ['platform', `${PULL}no match for platform in manifest: not found`],
    [
      'platform',
      'choosing image instance: no image found in manifest list for architecture "arm64", variant "v8", OS "linux"',
    ],
  ])('%s: %s', (problem, message) => {
    expect(problemOf('ErrImagePull', message)).toBe(problem);
  });

  test('a name that is none, and an image that may not be pulled', () => {
    expect(
      problemOf(
        'InvalidImageName',
        'Failed to apply default image tag "Shop/Web:1": couldn\'t parse image name',
      ),
    ).toBe('name_invalid');
    expect(
      problemOf('ErrImageNeverPull', 'Container image "shop/web:1" is not present with pull policy of Never'),
    ).toBe('never_pulled');
  });

  test('from another registry than the default one the same answer is a refusal', () => {
    const message =
      'pull access denied, repository does not exist or may require authorization: authorization failed';
    expect(problemOf('ErrImagePull', message, 'registry.shop.example/web:1')).toBe('unauthorized');
  });
});

test('a back-off that says nothing is explained by the Events of the pull', () => {
  const pod = webPod({ status: waiting('ImagePullBackOff', 'Back-off pulling image "shop/web:1"') });
  const events = [
    podEvent('Failed', 'Failed to pull image "shop/web:1": manifest unknown', { secondsAgo: 90 }),
    podEvent('Failed', 'Error: ImagePullBackOff'),
  ];
  expect(seenBy(imagePullCheck, snapshotOf([pod, ...events]))).toMatchObject([
    { type: 'image_pull_failed', object: 'Deployment/shop/web', problem: 'not_found', registry: 'docker.io' },
  ]);
});

test('it fails since the first Event that says so, else since the pod was made', () => {
  const pod = webPod({ status: waiting('ImagePullBackOff', 'Back-off pulling image "shop/web:1"') });
  const sinceUs = (...events: readonly JsonObject[]): number | undefined =>
    runChecks(snapshotOf([pod, ...events]), [imagePullCheck])[0]?.timestamp;
  const failed = (secondsAgo: number): JsonObject =>
    podEvent('Failed', 'Failed to pull image "shop/web:1": manifest unknown', { secondsAgo });
  // Its first time lies a minute before its last.
  expect(sinceUs(failed(90), failed(30))).toBe(TAKEN_US - 150_000_000);
  expect(sinceUs()).toBe(TAKEN_US - 3_600_000_000);
});

test('a pull secret that is not there is the reason of a refusal, and only of one', () => {
  const pod = (message: string) =>
    webPod({ status: waiting('ErrImagePull', message), spec: { imagePullSecrets: [{ name: 'regcred' }] } });
  const seen = (message: string) => seenBy(imagePullCheck, snapshotOf([pod(message)], ['Secret']))[0];
  expect(seen('pull access denied, authorization failed')).toMatchObject({
    problem: 'secret_missing',
    refers: 'Secret/shop/regcred',
  });
  expect(seen('manifest unknown')?.['problem']).toBe('not_found');
});

test('without a word of why it is told as unknown', () => {
  expect(problemOf('ImagePullBackOff', 'Back-off pulling image "shop/web:1"')).toBe('unknown');
});

test('a container that runs, though an earlier pull failed, is silent', () => {
  const failed = podEvent('Failed', 'Failed to pull image "shop/web:1": manifest unknown');
  expect(seenBy(imagePullCheck, snapshotOf([webPod(), failed]))).toEqual([]);
});
