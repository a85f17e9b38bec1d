import { describe, expect, test } from 'vitest';
import { controlPlaneNode, node, object, pendingPod, runningPod } from '../../testing/cluster.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import type { JsonObject } from '../../json.ts';
import { unschedulableCheck } from './unschedulable.ts';

function seen(
  manifests: readonly JsonObject[],
  listed?: readonly string[],
): readonly Readonly<Record<string, string>>[] {
  return seenBy(unschedulableCheck, snapshotOf(manifests, listed));
}

const wanting = (cpu: string): JsonObject => ({
  containers: [{ name: 'app', image: 'shop/web:1', resources: { requests: { cpu } } }],
});

describe('resources', () => {
  test('no worker has enough CPU left; the taint of the control plane is normal', () => {
    const [first] = seen([
      controlPlaneNode(),
      node('n1'),
      runningPod('busy', 'n1', { container: { resources: { requests: { cpu: '1500m' } } } }),
      pendingPod(
        '0/2 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 Insufficient cpu. preemption: 0/2 nodes are available.',
        wanting('1'),
      ),
    ]);
    expect(first).toMatchObject({
      object: 'Deployment/shop/web',
      problem: 'cpu',
      requested: '1',
      free: '500m',
      largest: '2',
      taint_nodes: '1',
      cpu_nodes: '1',
      proven: 'both',
    });
  });

  test('with one worker cordoned and the other full, the request is what to act on', () => {
    const message = '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.';
    const nodes = [node('n1', { spec: { unschedulable: true } }), node('n2')];
    expect(seen([...nodes, pendingPod(message, wanting('4'))])[0]).toMatchObject({ problem: 'cpu' });
  });

  test('where not all pods are known, the scheduler tells what fills the nodes that are not cordoned', () => {
    const message = '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.';
    const nodes = [node('n1', { spec: { unschedulable: true } }), node('n2')];
    const listed = ['Node', 'Pod/shop', 'Namespace'];
    expect(seen([...nodes, pendingPod(message, wanting('1'))], listed)[0]).toMatchObject({ problem: 'cpu' });
  });

  test('without the nodes the message alone tells', () => {
    const message =
      "0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, 2 Insufficient memory.";
    expect(seen([pendingPod(message)], [])[0]).toMatchObject({ problem: 'memory', proven: 'message' });
  });
});

test('by message alone: nodes outside of its selector are none of its business when one inside is full', () => {
  const message =
    "0/4 nodes are available: 1 Too many pods, 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't match Pod's node affinity/selector.";
  expect(seen([pendingPod(message)], [])[0]).toMatchObject({ problem: 'pods', selector_nodes: '2' });
});

test('by message alone: a described pod without a selector is kept off by its affinity', () => {
  const message = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.";
  expect(seen([pendingPod(message)], [])[0]).toMatchObject({ problem: 'node_affinity' });
  const selecting = pendingPod(message, { ...wanting('1'), nodeSelector: { disktype: 'sdd' } });
  expect(seen([selecting], [])[0]).toMatchObject({ problem: 'node_selector' });
});

describe('nodes that are kept from it', () => {
  test('a selector that no node has, with the label that is meant', () => {
    const message =
      "0/2 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}, 1 node(s) didn't match Pod's node affinity/selector.";
    const tainted = node('n2', {
      spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] },
    });
    const [first] = seen([
      node('n1', { labels: { disktype: 'ssd' } }),
      tainted,
      pendingPod(message, { ...wanting('1'), nodeSelector: { disktype: 'sdd' } }),
    ]);
    expect(first).toMatchObject({ problem: 'node_selector', label: 'disktype=sdd', nearest: 'disktype=ssd' });
  });

  test('all workers cordoned', () => {
    const [first] = seen([
      controlPlaneNode(),
      node('n1', {
        spec: {
          unschedulable: true,
          taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
        },
      }),
      pendingPod(
        '0/2 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 node(s) were unschedulable.',
        wanting('1'),
      ),
    ]);
    expect(first).toMatchObject({ problem: 'cordoned', refers: 'Node//n1' });
  });

  test('a pod that was moved off a cordoned node, while the others are full', () => {
    const cordon = {
      key: 'node.kubernetes.io/unschedulable',
      effect: 'NoSchedule',
      timeAdded: '2026-01-02T18:50:00Z',
    };
    const full = runningPod('busy', 'n2', { container: { resources: { requests: { cpu: '2' } } } });
    const message = '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.';
    const maker = (createdAt: string): JsonObject =>
      object({
        kind: 'ReplicaSet',
        name: 'web-5d9c7b8f64',
        metadata: { creationTimestamp: createdAt },
        spec: { replicas: 1 },
      });
    const pods = [
      node('n1', { spec: { unschedulable: true, taints: [cordon] } }),
      node('n2'),
      full,
      pendingPod(message, wanting('1')),
    ];
    expect(seen([...pods, maker('2026-01-01T00:00:00Z')])[0]).toMatchObject({
      problem: 'cordoned',
      refers: 'Node//n1',
    });
    expect(seen([...pods, maker('2026-01-02T18:59:30Z')])[0]).toMatchObject({ problem: 'cpu' });
  });

  test('a taint that is everywhere', () => {
    const taints = [
      { key: 'maintenance', value: 'yes', effect: 'NoSchedule', timeAdded: '2026-01-02T19:30:00Z' },
    ];
    const [first] = seen([
      node('n1', { spec: { taints } }),
      pendingPod(
        '0/1 nodes are available: 1 node(s) had untolerated taint {maintenance: yes}.',
        wanting('1'),
      ),
    ]);
    expect(first).toMatchObject({
      problem: 'taint',
      taint: 'maintenance=yes:NoSchedule',
      taint_everywhere: 'true',
      taint_recent: 'true',
      refers: 'Node//n1',
    });
  });

  test('a taint on the nodes that it selects alone is not everywhere', () => {
    const taints = [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }];
    const [first] = seen([
      node('n1', { spec: { taints }, labels: { pool: 'gpu' } }),
      node('n2'),
      pendingPod(
        "0/2 nodes are available: 1 node(s) had untolerated taint {gpu: yes}, 1 node(s) didn't match Pod's node affinity/selector.",
        { ...wanting('1'), nodeSelector: { pool: 'gpu' } },
      ),
    ]);
    expect(first).toMatchObject({ problem: 'taint', taint_everywhere: 'false', taint_recent: 'false' });
  });

  test('the node that its volume is on is cordoned, and the volume can’t be reached from the others', () => {
    const affinity = (name: string): JsonObject => ({
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] },
        ],
      },
    });
    const volumeOn = (name: string): JsonObject[] => [
      object({
        kind: 'PersistentVolumeClaim',
        name: 'data',
        spec: { volumeName: 'pv1' },
        status: { phase: 'Bound' },
      }),
      object({
        kind: 'PersistentVolume',
        name: 'pv1',
        namespace: '',
        spec: { nodeAffinity: affinity(name) },
      }),
    ];
    const pod = pendingPod(
      '0/2 nodes are available: 1 node(s) had volume node affinity conflict, 1 node(s) were unschedulable.',
      {
        ...wanting('1'),
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    );
    const nodes = [node('n1', { spec: { unschedulable: true } }), node('n2')];
    expect(seen([...nodes, ...volumeOn('n1'), pod])[0]).toMatchObject({
      problem: 'cordoned',
      refers: 'Node//n1',
    });
    expect(seen([...nodes, ...volumeOn('n9'), pod])[0]).toMatchObject({
      problem: 'volume_zone',
      refers: 'PersistentVolumeClaim/shop/data',
    });
  });

  test('a node that the pod names and that is not there', () => {
    const bound = pendingPod(undefined, { nodeName: 'worker-9' });
    expect(seen([node('n1'), bound])[0]).toMatchObject({ problem: 'node_name', label: 'worker-9' });
  });
});

describe('nobody looks', () => {
  test('a scheduler that is not there', () => {
    expect(seen([node('n1'), pendingPod(undefined, { schedulerName: 'fast-scheduler' })])[0]).toMatchObject({
      problem: 'scheduler_unknown',
      scheduler: 'fast-scheduler',
    });
  });

  test('the default scheduler is silent', () => {
    expect(seen([controlPlaneNode(), pendingPod(undefined)])[0]).toMatchObject({
      problem: 'scheduler_silent',
      refers: 'Pod/kube-system/kube-scheduler-cp1',
    });
  });

  test('a pod that was made a moment ago is not waiting yet', () => {
    const pod = pendingPod(undefined);
    const young = {
      ...pod,
      metadata: { ...(pod['metadata'] as JsonObject), creationTimestamp: '2026-01-02T19:59:55Z' },
    };
    expect(seen([node('n1'), young])).toEqual([]);
  });
});

describe('decoys', () => {
  test('a cordoned node while everything runs is nothing', () => {
    expect(seen([node('n1', { spec: { unschedulable: true } }), runningPod('web-1', 'n1')])).toEqual([]);
  });

  test('a pod that has a node and is still being started is not this check’s', () => {
    expect(seen([node('n1'), pendingPod(undefined, { nodeName: 'n1' })])).toEqual([]);
  });
});
