import { describe, expect, test } from 'vitest';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { podEvent, waiting, webPod } from '../../testing/web-pod.ts';
import { configMissingCheck } from './config-missing.ts';

const ENV = {
  env: [
    { name: 'MODE', valueFrom: { configMapKeyRef: { name: 'web-config', key: 'mode' } } },
    { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'web-token', key: 'token' } } },
  ],
};
const VOLUME = { volumes: [{ name: 'conf', configMap: { name: 'web-config' } }] };
const configMap = (data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web-config', namespace: 'shop' },
  data,
});

describe('by the kubelet’s words', () => {
  test.each([
    ['ConfigMap/shop/web-config', undefined, 'configmap "web-config" not found'],
    ['Secret/shop/web-token', undefined, 'secret "web-token" not found'],
    ['ConfigMap/shop/web-config', 'mode', "couldn't find key mode in ConfigMap shop/web-config"],
    ['Secret/shop/web-token', 'token', "couldn't find key token in Secret shop/web-token"],
  ])('%s, key %s', (refers, key, message) => {
    const pod = webPod({ container: ENV, status: waiting('CreateContainerConfigError', message) });
    const seen = seenBy(configMissingCheck, snapshotOf([pod]));
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({ refers, via: 'env', proven: 'message', container: 'app' });
    expect(seen[0]?.['key']).toBe(key);
  });

  test('a volume that can’t be mounted for it', () => {
    const pod = webPod({ spec: VOLUME, status: waiting('ContainerCreating') });
    const event = podEvent(
      'FailedMount',
      'MountVolume.SetUp failed for volume "conf" : configmap "web-config" not found',
    );
    expect(seenBy(configMissingCheck, snapshotOf([pod, event]))).toMatchObject([
      { refers: 'ConfigMap/shop/web-config', via: 'volume', setting: 'conf' },
    ]);
  });

  test('a key that a volume picks', () => {
    const spec = {
      volumes: [{ name: 'conf', configMap: { name: 'web-config', items: [{ key: 'a.yml', path: 'a' }] } }],
    };
    const pod = webPod({ spec, status: waiting('ContainerCreating') });
    const event = podEvent(
      'FailedMount',
      'MountVolume.SetUp failed for volume "conf" : configmap references non-existent config key: a.yml',
    );
    expect(seenBy(configMissingCheck, snapshotOf([pod, event, configMap({ 'a.yaml': '' })]))).toMatchObject([
      { refers: 'ConfigMap/shop/web-config', key: 'a.yml', nearest: 'a.yaml', proven: 'both' },
    ]);
  });
});

test('by the objects alone, where all were read, with the name that is meant', () => {
  const pod = webPod({ spec: VOLUME, status: waiting('ContainerCreating') });
  const other = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'web-configs', namespace: 'shop' },
    data: {},
  };
  expect(seenBy(configMissingCheck, snapshotOf([pod, other]))).toMatchObject([
    { refers: 'ConfigMap/shop/web-config', nearest: 'web-configs', proven: 'objects' },
  ]);
});

describe('silent', () => {
  test('where no ConfigMaps were read and nobody says that one is missing', () => {
    const pod = webPod({ spec: VOLUME, status: waiting('ContainerCreating') });
    expect(seenBy(configMissingCheck, snapshotOf([pod]))).toEqual([]);
  });

  test('for an optional one', () => {
    const spec = { volumes: [{ name: 'conf', configMap: { name: 'web-config', optional: true } }] };
    const pod = webPod({ spec, status: waiting('ContainerCreating') });
    expect(seenBy(configMissingCheck, snapshotOf([pod], ['ConfigMap']))).toEqual([]);
  });

  test('for a pod that runs since, whatever was said at first', () => {
    const event = podEvent(
      'FailedMount',
      'MountVolume.SetUp failed for volume "conf" : configmap "web-config" not found',
    );
    expect(seenBy(configMissingCheck, snapshotOf([webPod({ spec: VOLUME }), event, configMap({})]))).toEqual(
      [],
    );
  });

  test('for a root certificate that the kubelet has not cached yet', () => {
    const pod = webPod({ spec: VOLUME, status: waiting('ContainerCreating') });
    const event = podEvent(
      'FailedMount',
      'MountVolume.SetUp failed for volume "conf" : failed to sync configmap cache: timed out waiting for the condition',
    );
    expect(seenBy(configMissingCheck, snapshotOf([pod, event, configMap({})]))).toEqual([]);
  });
});
