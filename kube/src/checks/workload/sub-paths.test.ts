import { describe, expect, test } from 'vitest';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago, waiting, webPod } from '../../testing/web-pod.ts';
import { subPathCheck } from './sub-paths.ts';

const MOUNT = { volumeMounts: [{ name: 'conf', mountPath: '/etc/app.conf', subPath: 'app.conf' }] };
const volumes = (source: Record<string, unknown>) => ({ volumes: [{ name: 'conf', ...source }] });
const configMap = (...keys: string[]) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'web', namespace: 'shop' },
  data: Object.fromEntries(keys.map((key) => [key, ''])),
});
const RUNC =
  'runc create failed: error mounting "/var/lib/kubelet/pods/1/volume-subpaths/conf/app/0" to rootfs at "/etc/app.conf": not a directory';
const failed = (message?: string) => ({
  ...waiting('CrashLoopBackOff'),
  restartCount: 4,
  lastState: {
    terminated: { exitCode: 128, reason: 'StartError', startedAt: ago(60), finishedAt: ago(60), message },
  },
});
const pod = (source: Record<string, unknown>, status: Record<string, unknown> = failed(RUNC)) => {
  const container = { name: 'app', ...MOUNT };
  return webPod({ spec: { nodeName: 'n1', containers: [container], ...volumes(source) }, status });
};
const WEB = { configMap: { name: 'web' } };

describe('a file that the ConfigMap does not hold', () => {
  test('by its keys, with the one that is meant', () => {
    expect(seenBy(subPathCheck, snapshotOf([pod(WEB), configMap('app.cfg')]))).toMatchObject([
      { refers: 'ConfigMap/shop/web', key: 'app.conf', proven: 'both' },
    ]);
  });

  test('by the runtime’s words alone', () => {
    expect(seenBy(subPathCheck, snapshotOf([pod(WEB)]))).toMatchObject([{ proven: 'message' }]);
  });

  test('where the volume gives its keys other names', () => {
    const source = { configMap: { name: 'web', items: [{ key: 'app.conf', path: 'web.conf' }] } };
    expect(seenBy(subPathCheck, snapshotOf([pod(source), configMap('app.conf')]))).toHaveLength(1);
  });
});

describe('says nothing', () => {
  test.each([
    ['of a key that is there', [pod(WEB), configMap('app.conf')]],
    ['of a directory of a claim', [pod({ persistentVolumeClaim: { claimName: 'data' } })]],
    ['of one that is optional', [pod({ configMap: { name: 'web', optional: true } }), configMap('a')]],
    ['where neither the object nor the runtime tells', [pod(WEB, failed())]],
    [
      'of a container that does well',
      [pod(WEB, { ready: true, state: { running: { startedAt: ago(600) } } }), configMap('a')],
    ],
  ])('%s', (_, objects) => {
    expect(seenBy(subPathCheck, snapshotOf(objects))).toEqual([]);
  });
});
