import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { node, object, report, runningPod } from '../../testing/cluster.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago, waiting, webPod } from '../../testing/web-pod.ts';
import { claimsCheck } from './claims.ts';
import { componentsCheck } from './components.ts';
import { volumesCheck } from './volumes.ts';

function claim(spec: JsonObject = {}, status: JsonObject = { phase: 'Pending' }): JsonObject {
  return object({
    kind: 'PersistentVolumeClaim',
    name: 'data',
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } }, ...spec },
    status,
  });
}

function volume(spec: JsonObject = {}, status: JsonObject = { phase: 'Available' }): JsonObject {
  return object({
    kind: 'PersistentVolume',
    name: 'pv1',
    namespace: '',
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '10Gi' },
      storageClassName: 'manual',
      ...spec,
    },
    status,
  });
}

function storageClass(name: string, more: JsonObject = {}): JsonObject {
  return object({
    kind: 'StorageClass',
    name,
    namespace: '',
    more: { provisioner: 'rancher.io/local-path', ...more },
  });
}

const CLASSES = ['StorageClass', 'PersistentVolume'];

function claims(...manifests: readonly JsonObject[]): readonly Readonly<Record<string, string>>[] {
  return seenBy(claimsCheck, snapshotOf(manifests, CLASSES));
}

describe('claims that are not bound', () => {
  test('a class that is not there, with the one that is meant', () => {
    expect(claims(claim({ storageClassName: 'standrad' }), storageClass('standard'))[0]).toMatchObject({
      object: 'PersistentVolumeClaim/shop/data',
      problem: 'class_missing',
      refers: 'StorageClass//standrad',
      nearest: 'standard',
    });
  });

  test.each([
    [
      'capacity',
      { storageClassName: 'manual', resources: { requests: { storage: '50Gi' } } },
      { wanted: '50Gi', offered: '10Gi' },
    ],
    [
      'access_mode',
      { storageClassName: 'manual', accessModes: ['ReadWriteMany'] },
      { offered: 'ReadWriteOnce' },
    ],
    [
      'selector',
      { storageClassName: 'manual', selector: { matchLabels: { tier: 'gold' } } },
      { wanted: 'tier=gold' },
    ],
  ])('%s', (problem, spec, data) => {
    expect(claims(claim(spec), volume())[0]).toMatchObject({ problem, volume: 'pv1', ...data });
  });

  test('the volume that it names has another claim', () => {
    const taken = volume({ claimRef: { namespace: 'shop', name: 'other' } }, { phase: 'Bound' });
    expect(claims(claim({ storageClassName: 'manual', volumeName: 'pv1' }), taken)[0]).toMatchObject({
      problem: 'volume_taken',
      taken_by: 'shop/other',
    });
  });

  test('its volume is gone', () => {
    expect(claims(claim({ volumeName: 'pv9' }, { phase: 'Lost' }))[0]).toMatchObject({ problem: 'lost' });
  });

  test('the provisioner fails, in its own words', () => {
    const said = report(
      'PersistentVolumeClaim/shop/data',
      'ProvisioningFailed',
      'failed to provision volume: quota',
    );
    expect(claims(claim({ storageClassName: 'fast' }), storageClass('fast'), said)[0]).toMatchObject({
      problem: 'provisioner',
      provisioner: 'rancher.io/local-path',
    });
  });

  test('one that waits for its first pod is well', () => {
    const late = storageClass('local-path', { volumeBindingMode: 'WaitForFirstConsumer' });
    const said = report(
      'PersistentVolumeClaim/shop/data',
      'WaitForFirstConsumer',
      'waiting for first consumer to be created before binding',
    );
    expect(claims(claim({ storageClassName: 'local-path' }), late, said)).toEqual([]);
  });

  test('one of which only the Event was read, while a pod waits for it', () => {
    const said = report(
      'PersistentVolumeClaim/shop/data',
      'ProvisioningFailed',
      'storageclass.storage.k8s.io "fast" not found',
    );
    const waits = webPod({
      spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
      podStatus: { phase: 'Pending' },
    });
    expect(seenBy(claimsCheck, snapshotOf([waits, said], []))[0]).toMatchObject({
      problem: 'class_missing',
      class: 'fast',
    });
    expect(seenBy(claimsCheck, snapshotOf([said], []))).toEqual([]);
  });

  test('a bound one is well, and one without the list of classes says nothing', () => {
    expect(claims(claim({ volumeName: 'pv1' }, { phase: 'Bound' }), volume())).toEqual([]);
    const unknown = snapshotOf([claim({ storageClassName: 'fast', volumeName: 'pv1' })], []);
    expect(seenBy(claimsCheck, unknown)).toEqual([]);
  });
});

const CREATING = { ...waiting('ContainerCreating'), restartCount: 0 };
const held = webPod({
  spec: {
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'host', hostPath: { path: '/srv/web', type: 'Directory' } },
    ],
  },
  status: CREATING,
  podStatus: { phase: 'Pending' },
});
const POD = 'Pod/shop/web-5d9c7b8f64-abcde';

function volumes(...manifests: readonly JsonObject[]): readonly Readonly<Record<string, string>>[] {
  return seenBy(volumesCheck, snapshotOf([node('n1'), ...manifests]));
}

describe('volumes of pods that have a node', () => {
  test('one that another node holds', () => {
    const said = report(
      POD,
      'FailedAttachVolume',
      'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) web-5d9c7b8f64-old',
    );
    expect(volumes(held, said)[0]).toMatchObject({
      problem: 'multi_attach',
      other: 'web-5d9c7b8f64-old',
      refers: 'PersistentVolumeClaim/shop/data',
    });
  });

  test('one that another node holds, though nobody says so; on the same node it is shared', () => {
    const once = object({
      kind: 'PersistentVolumeClaim',
      name: 'data',
      spec: { accessModes: ['ReadWriteOnce'] },
      status: { phase: 'Bound' },
    });
    const user = (on: string): JsonObject =>
      runningPod('old', on, {
        spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] },
      });
    expect(volumes(held, once, user('n2'))[0]).toMatchObject({
      problem: 'multi_attach',
      other: 'old',
      proven: 'objects',
    });
    expect(volumes(held, once, user('n1'))).toEqual([]);
  });

  test('a host path that is not there', () => {
    const said = report(
      POD,
      'FailedMount',
      'MountVolume.SetUp failed for volume "host" : hostPath type check failed: /srv/web is not a directory',
    );
    expect(volumes(held, said)[0]).toMatchObject({ problem: 'host_path', path: '/srv/web' });
  });

  test('a missing ConfigMap is told by another check', () => {
    const said = report(
      POD,
      'FailedMount',
      'MountVolume.SetUp failed for volume "config" : configmap "web" not found',
    );
    const late = report(
      POD,
      'FailedMount',
      'Unable to attach or mount volumes: unmounted volumes=[config], unattached volumes=[config]: timed out waiting for the condition',
    );
    expect(volumes(held, said, late)).toEqual([]);
  });

  test('a pod that runs by now had its volume', () => {
    const said = report(POD, 'FailedMount', 'MountVolume.SetUp failed for volume "data" : rpc error', {
      secondsAgo: 3_000,
    });
    expect(volumes(webPod({ podStatus: { startTime: ago(3_600) } }), said)).toEqual([]);
  });
});

test('a volume that misses its driver names it, and the plugin that serves it is told with its nodes', () => {
  const message =
    'MountVolume.MountDevice failed for volume "pv-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers';
  const created = { phase: 'Pending', containerStatuses: [] };
  const manifests = [
    node('n1'),
    object({ kind: 'Pod', name: 'web-0', spec: { nodeName: 'n1', containers: [] }, status: created }),
    report('Pod/shop/web-0', 'FailedMount', message),
    object({
      kind: 'DaemonSet',
      name: 'block-node',
      namespace: 'storage',
      spec: {
        template: {
          spec: { volumes: [{ hostPath: { path: '/var/lib/kubelet/plugins/ebs.csi.aws.com/' } }] },
        },
      },
      status: { desiredNumberScheduled: 1 },
    }),
    object({
      kind: 'Pod',
      name: 'block-node-x',
      namespace: 'storage',
      metadata: { ownerReferences: [{ kind: 'DaemonSet', name: 'block-node', controller: true }] },
      spec: { nodeName: 'n1', containers: [{ name: 'plugin' }] },
      status: {
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'False' }],
        containerStatuses: [{ name: 'plugin', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      },
    }),
  ];
  expect(seenBy(volumesCheck, snapshotOf(manifests))[0]).toMatchObject({ driver: 'ebs.csi.aws.com' });
  expect(seenBy(componentsCheck, snapshotOf(manifests))).toMatchObject([
    {
      object: 'DaemonSet/storage/block-node',
      component: 'storage_driver',
      driver: 'ebs.csi.aws.com,',
      nodes: 'n1,',
    },
  ]);
});
