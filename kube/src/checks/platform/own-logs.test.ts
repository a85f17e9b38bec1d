import { describe, expect, test } from 'vitest';
import type { ContainerLog } from '../../snapshot/snapshot.ts';
import { Snapshot } from '../../snapshot/snapshot.ts';
import { node, object } from '../../testing/cluster.ts';
import { seenBy, snapshotOf } from '../../testing/snapshots.ts';
import { ago } from '../../testing/web-pod.ts';
import { clocksCheck } from './clocks.ts';
import { componentLogsCheck } from './component-logs.ts';
import { nodeLogsCheck } from './node-logs.ts';

type Log = Omit<ContainerLog, 'previous' | 'place'>;

function withLogs(...logs: readonly Log[]): Snapshot {
  const cluster = snapshotOf([node('n1'), node('n2'), node('n3')]);
  return new Snapshot({
    cluster: 'test',
    objects: [...cluster.all('Node')],
    takenUs: cluster.takenUs,
    listed: new Set(),
    logs: logs.map((log) => ({ ...log, previous: false, place: 'a file' })),
  });
}

const ofPod = (pod: string, ...lines: readonly string[]): Log => ({
  namespace: 'kube-system',
  pod,
  container: undefined,
  lines,
});
const ofNode = (...lines: readonly string[]): Log => ({
  namespace: '',
  pod: '',
  node: 'n2',
  container: 'kubelet',
  lines,
});

const FULL = '{"level":"error","msg":"rejected write","error":"etcdserver: mvcc: database space exceeded"}';

describe('logs of the control plane', () => {
  test('etcd that takes no writes is named, and those that wait for it', () => {
    const seen = seenBy(
      componentLogsCheck,
      withLogs(ofPod('etcd-cp-1', FULL), ofPod('kube-apiserver-cp-1', `E0304 ${FULL}`)),
    );
    expect(seen).toMatchObject([
      { type: 'component_down', component: 'etcd', problem: 'no_space' },
      { type: 'component_down', component: 'apiserver', problem: 'without_etcd' },
    ]);
  });

  test('what is over, and what an application says, is nothing', () => {
    const over = ofPod('etcd-cp-1', FULL, '{"level":"info","msg":"alarm disarmed"}');
    const application: Log = { namespace: 'shop', pod: 'etcd-cp-1', container: undefined, lines: [FULL] };
    expect(seenBy(componentLogsCheck, withLogs(over))).toEqual([]);
    expect(seenBy(componentLogsCheck, withLogs(application))).toEqual([]);
  });
});

describe('logs of a node', () => {
  test.each([
    ['memory', ['kernel: Out of memory: Killed process 4711 (java) total-vm:1kB']],
    ['disk_fault', ['kernel: EXT4-fs error (device sda1): ext4_find_entry:1455']],
    ['runtime', ['E0304 "container runtime is down"', 'E0304 "container runtime is down"']],
    ['config', ['E0304 "command failed" err="failed to load kubelet config file"']],
  ])('%s', (problem, lines) => {
    expect(seenBy(nodeLogsCheck, withLogs(ofNode(...lines)))).toMatchObject([
      { type: 'node_log_said', object: 'Node//n2', problem, service: 'kubelet' },
    ]);
  });

  test('a process killed at its own limit, and what was said once, are nothing of the node', () => {
    const own = ofNode(
      'kernel: Memory cgroup out of memory: Killed process 4711 (java)',
      'E0304 "PLEG is not healthy"',
    );
    expect(seenBy(nodeLogsCheck, withLogs(own))).toEqual([]);
  });
});

test('without leases a clock shows in the times of statuses, where it is far off', () => {
  const heartbeat = (name: string, seconds: number): ReturnType<typeof node> =>
    node(name, {
      status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: ago(seconds) }] },
    });
  const seen = (seconds: number): ReturnType<typeof seenBy> =>
    seenBy(clocksCheck, snapshotOf([heartbeat('n1', 20), heartbeat('n2', 290), heartbeat('n3', seconds)]));
  expect(seen(-4_000)).toMatchObject([{ type: 'node_clock_skewed', object: 'Node//n3' }]);
  expect(seen(600)).toEqual([]);
  const lease = object({
    kind: 'Lease',
    name: 'n3',
    namespace: 'kube-node-lease',
    spec: { renewTime: ago(4) },
  });
  expect(
    seenBy(
      clocksCheck,
      snapshotOf([heartbeat('n1', 20), heartbeat('n2', 290), heartbeat('n3', 4_000), lease]),
    ),
  ).toEqual([]);
});
