import { describe, expect, test } from 'vitest';
import { parseSchedulerMessage } from './scheduler-message.ts';

function whys(message: string): readonly string[] {
  return parseSchedulerMessage(message).reasons.map(({ why, nodes }) => `${nodes} ${why}`);
}

describe('messages of schedulers over versions', () => {
  test.each([
    [
      '0/5 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu, 2 node(s) were unschedulable. preemption: 0/5 nodes are available: 3 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.',
      ['1 taint', '2 cpu', '2 cordoned'],
    ],
    [
      "0/3 nodes are available: 1 node(s) had taint {node-role.kubernetes.io/master: }, that the pod didn't tolerate, 2 Insufficient memory.",
      ['1 taint', '2 memory'],
    ],
    [
      "0/3 nodes are available: 1 node(s) had taints that the pod didn't tolerate, 2 node(s) didn't match node selector.",
      ['1 taint', '2 node_selector'],
    ],
    ["0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.", ['2 node_selector']],
    [
      "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports.",
      ['2 host_port'],
    ],
    [
      "0/3 nodes are available: 1 node(s) didn't match pod affinity rules, 2 node(s) didn't satisfy existing pods anti-affinity rules.",
      ['1 pod_affinity', '2 pod_anti_affinity'],
    ],
    [
      "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required label).",
      ['3 topology_spread'],
    ],
    ['0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.', ['3 claim_unbound']],
    ['0/3 nodes are available: 3 pod has unbound immediate PersistentVolumeClaims.', ['3 claim_unbound']],
    ['0/1 nodes are available: persistentvolumeclaim "data" not found.', ['1 claim_missing']],
    ['0/4 nodes are available: 4 node(s) had volume node affinity conflict.', ['4 volume_zone']],
    [
      '0/2 nodes are available: 2 Insufficient nvidia.com/gpu, 2 Too many pods.',
      ['2 extended_resource', '2 pods'],
    ],
    [
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
      ['1 cpu'],
    ],
    [
      '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
      ['1 claim_unbound'],
    ],
    ['no nodes available to schedule pods', ['0 no_nodes']],
  ])('%s', (message, expected) => {
    expect(whys(message)).toEqual(expected);
  });

  test('the taint is named, and one with a comma in its clause is one reason', () => {
    const { reasons } = parseSchedulerMessage(
      "0/2 nodes are available: 2 node(s) had taint {team: a}, that the pod didn't tolerate.",
    );
    expect(reasons).toEqual([{ why: 'taint', nodes: 2, subject: '{team: a}' }]);
  });

  test('what it does not know is kept as unknown', () => {
    expect(whys('0/2 nodes are available: 2 cannot allocate all claims.')).toEqual(['2 unknown']);
  });
});
