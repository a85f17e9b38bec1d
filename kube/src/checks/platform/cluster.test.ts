import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../json.ts';
import { controlPlaneNode, node, object, report, runningPod } from '../../testing/cluster.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago, waiting, webPod } from '../../testing/web-pod.ts';
import { clocksCheck } from './clocks.ts';
import { componentsCheck } from './components.ts';
import { controllersCheck } from './controllers.ts';
import { evictionsCheck } from './evictions.ts';
import { nodesCheck } from './nodes.ts';
import { sandboxesCheck } from './sandboxes.ts';

type Seen = readonly Readonly<Record<string, string>>[];

function notReady(status: string, message: string): JsonObject {
  return {
    conditions: [{ type: 'Ready', status, reason: 'KubeletNotReady', message, lastTransitionTime: ago(600) }],
  };
}

describe('nodes', () => {
  const seen = (...manifests: readonly JsonObject[]): Seen => seenBy(nodesCheck, snapshotOf(manifests));

  test.each([
    ['kubelet', 'Unknown', 'Kubelet stopped posting node status.'],
    ['runtime', 'False', 'container runtime is down'],
    ['runtime', 'False', 'PLEG is not healthy: pleg was last seen active 3m5s ago; threshold is 3m0s'],
    [
      'cni',
      'False',
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    ],
  ])('%s: %s %s', (problem, status, message) => {
    expect(seen(node('n1', { status: notReady(status, message) }))[0]).toMatchObject({
      object: 'Node//n1',
      problem,
    });
  });

  test('workloads with pods there are told, and whether they have others', () => {
    const lost = seen(
      node('n1', { status: notReady('Unknown', 'Kubelet stopped posting node status.') }),
      webPod(),
    );
    expect(lost[1]).toMatchObject({
      type: 'pods_on_lost_node',
      object: 'Deployment/shop/web',
      refers: 'Node//n1',
      all: 'true',
    });
  });

  test('a ready node without pressure is well', () => {
    const calm = {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'DiskPressure', status: 'False' },
      ],
    };
    expect(seen(node('n1', { status: calm }), node('n2'))).toEqual([]);
  });

  test('pressure', () => {
    const full = {
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'DiskPressure', status: 'True', message: 'kubelet has disk pressure' },
      ],
    };
    expect(seen(node('n1', { status: full }))[0]).toMatchObject({ type: 'node_pressure', problem: 'disk' });
  });

  test('a clock that is off shows in its lease; one that is late by seconds does not', () => {
    const lease = (name: string, seconds: number): JsonObject =>
      object({ kind: 'Lease', name, namespace: 'kube-node-lease', spec: { renewTime: ago(seconds) } });
    const nodes = [node('n1'), node('n2'), node('n3')];
    expect(
      seenBy(clocksCheck, snapshotOf([...nodes, lease('n1', 4), lease('n2', 9), lease('n3', -600)])),
    ).toMatchObject([{ object: 'Node//n3' }]);
    expect(
      seenBy(clocksCheck, snapshotOf([...nodes, lease('n1', 4), lease('n2', 9), lease('n3', 40)])),
    ).toEqual([]);
  });
});

function system(name: string, more: JsonObject = {}): JsonObject {
  return runningPod(name, 'cp1', { metadata: { namespace: 'kube-system' }, status: more });
}

const DOWN = {
  conditions: [{ type: 'Ready', status: 'False' }],
  containerStatuses: [{ name: 'c', ...waiting('CrashLoopBackOff', 'back-off 5m0s') }],
};

describe('components of the cluster', () => {
  const seen = (...manifests: readonly JsonObject[]): Seen =>
    seenBy(componentsCheck, snapshotOf([controlPlaneNode(), node('n1'), ...manifests]));
  const rest = [system('kube-apiserver-cp1'), system('etcd-cp1'), system('kube-controller-manager-cp1')];

  test('a scheduler that crashes', () => {
    expect(seen(...rest, system('kube-scheduler-cp1', DOWN))[0]).toMatchObject({
      object: 'Pod/kube-system/kube-scheduler-cp1',
      component: 'scheduler',
      problem: 'crashing',
      everywhere: 'true',
    });
  });

  test('one that is ready in between its crashes; one that restarted long ago is well', () => {
    const restarted = (secondsAgo: number): JsonObject => ({
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'c',
          restartCount: 6,
          ready: true,
          state: { running: {} },
          lastState: { terminated: { exitCode: 0, finishedAt: ago(secondsAgo) } },
        },
      ],
    });
    const others = [rest[0], rest[2], system('kube-scheduler-cp1')].filter((pod) => pod !== undefined);
    expect(seen(...others, system('etcd-cp1', restarted(120)))[0]).toMatchObject({
      component: 'etcd',
      problem: 'crashing',
    });
    expect(seen(...others, system('etcd-cp1', restarted(7_200)))).toEqual([]);
  });

  test('a scheduler that is not there', () => {
    expect(seen(...rest)[0]).toMatchObject({
      object: 'Pod/kube-system/kube-scheduler-cp1',
      component: 'scheduler',
      problem: 'absent',
    });
  });

  test('a managed cluster shows no control plane, and that is no fault', () => {
    expect(seen(system('coredns-abc'), system('metrics-server-abc'))).toEqual([]);
  });

  test('kube-proxy that was given a selector no node has', () => {
    const set = object({
      kind: 'DaemonSet',
      name: 'kube-proxy',
      namespace: 'kube-system',
      status: { desiredNumberScheduled: 0 },
    });
    expect(seen(set, ...rest, system('kube-scheduler-cp1'))[0]).toMatchObject({
      object: 'DaemonSet/kube-system/kube-proxy',
      component: 'kube_proxy',
      problem: 'scaled',
    });
  });

  test('a network plugin that crashes on the node that is not ready for want of it', () => {
    const lost = node('n2', { status: notReady('False', 'cni plugin not initialized') });
    const set = object({ kind: 'DaemonSet', name: 'calico-node', namespace: 'kube-system' });
    const plugin = (name: string, on: string, status: JsonObject): JsonObject =>
      runningPod(name, on, {
        status,
        metadata: {
          namespace: 'kube-system',
          ownerReferences: [{ kind: 'DaemonSet', name: 'calico-node', controller: true }],
        },
      });
    const others = [plugin('c-1', 'n1', {}), plugin('c-0', 'cp1', {})];
    expect(seen(lost, set, ...others, plugin('c-2', 'n2', DOWN))[0]).toMatchObject({
      component: 'network_plugin',
      on: 'n2',
      everywhere: 'false',
    });
    expect(
      seen(lost, set, ...others, plugin('c-2', 'n2', { conditions: [{ type: 'Ready', status: 'False' }] })),
    ).toEqual([]);
  });

  test('all ready is well', () => {
    expect(seen(...rest, system('kube-scheduler-cp1'))).toEqual([]);
  });
});

describe('controllers', () => {
  const seen = (...manifests: readonly JsonObject[]): Seen =>
    seenBy(controllersCheck, snapshotOf(manifests, ['ReplicaSet', 'Pod', 'Namespace']));
  const deployment = (observed: number): JsonObject =>
    object({
      kind: 'Deployment',
      name: 'web',
      metadata: { generation: 3 },
      spec: { replicas: 1 },
      status: { observedGeneration: observed },
    });
  const set = object({
    kind: 'ReplicaSet',
    name: 'web-1',
    metadata: { generation: 1, ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }] },
    spec: { replicas: 0 },
    status: { observedGeneration: 1 },
  });

  test('a change that nobody observed', () => {
    expect(seen(deployment(2), set)[0]).toMatchObject({
      object: 'Deployment/shop/web',
      problem: 'generation',
      refers: 'Pod/kube-system/kube-controller-manager',
    });
  });

  test('an observed one, with its old set scaled down, is well', () => {
    expect(seen(deployment(3), set)).toEqual([]);
  });

  test('where the manager is seen to be ready, it is not blamed', () => {
    expect(seen(deployment(2), set, system('kube-controller-manager-cp1'))).toEqual([]);
  });

  test('a set that says why it has no pods is refused, not forgotten', () => {
    const wanting = { ...set, spec: { replicas: 1 } };
    expect(seen(deployment(3), wanting)[0]).toMatchObject({ problem: 'children' });
    expect(
      seen(deployment(3), wanting, report('ReplicaSet/shop/web-1', 'FailedCreate', 'exceeded quota')),
    ).toEqual([]);
  });
});

describe('evictions', () => {
  const seen = (...manifests: readonly JsonObject[]): Seen =>
    seenBy(evictionsCheck, snapshotOf([node('n1'), ...manifests]));
  const evicted = (message: string, seconds: number): JsonObject =>
    webPod({
      podStatus: {
        phase: 'Failed',
        reason: 'Evicted',
        message,
        startTime: ago(seconds),
        containerStatuses: [],
      },
    });

  test.each([
    ['memory', 'The node was low on resource: memory. Threshold quantity: 100Mi, available: 51Mi. '],
    ['disk', 'The node was low on resource: ephemeral-storage. Threshold quantity: 1Gi, available: 0. '],
    ['pid', 'The node was low on resource: pids. '],
    ['storage_limit', 'Usage of EmptyDir volume "cache" exceeds the limit "100Mi". '],
    ['storage_limit', 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. '],
  ])('%s', (problem, message) => {
    expect(seen(evicted(message, 600))[0]).toMatchObject({
      type: 'pods_evicted',
      object: 'Deployment/shop/web',
      problem,
      refers: 'Node//n1',
    });
  });

  test('evicted a week ago and whole again is history', () => {
    expect(seen(evicted('The node was low on resource: memory. ', 604_800))).toEqual([]);
  });
});

describe('sandboxes', () => {
  const creating = webPod({ status: waiting('ContainerCreating'), podStatus: { phase: 'Pending' } });
  const said = report(
    'Pod/shop/web-5d9c7b8f64-abcde',
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "1": plugin type="flannel" failed (add): open /run/flannel/subnet.env: no such file or directory',
  );

  test('the network plugin fails', () => {
    expect(seenBy(sandboxesCheck, snapshotOf([creating, said]))[0]).toMatchObject({
      problem: 'network',
      refers: 'Node//n1',
    });
  });

  test('a pod that came up after all is well', () => {
    expect(seenBy(sandboxesCheck, snapshotOf([webPod(), said]))).toEqual([]);
  });
});
