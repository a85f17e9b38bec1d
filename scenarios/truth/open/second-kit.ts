import { clearNode, taint, waiting } from '../builders/index.ts';
import type { Cluster, Manifest, Pod, Workload } from '../builders/index.ts';
import { specOf } from './kit.ts';

export const CONTROL = '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }';

/** The end of the scheduler's message where nobody could be pushed out. */
export function unhelpful(nodes: number, victims = 0): string {
  const none = victims === 0 ? '' : `${victims} No preemption victims found for incoming pod, `;
  return `preemption: 0/${nodes} nodes are available: ${none}${nodes - victims} Preemption is not helpful for scheduling.`;
}

/** What a workload has asked for ever since; the namespace's quota leaves room for it. */
export function asks(c: Cluster, w: Workload, cpu: string, memory = '2Gi'): void {
  const resources = { requests: { cpu, memory }, limits: { cpu, memory } };
  const set = w.replicaSet?.spec?.['template'] as { spec: { containers: { resources: unknown }[] } };
  for (const container of [
    w.container,
    ...w.pods.map(({ spec }) => spec.containers[0]),
    ...set.spec.containers,
  ])
    container.resources = structuredClone(resources);
  const { hard } = specOf(c.get('ResourceQuota', w.namespace, 'compute')) as { hard: Record<string, string> };
  Object.assign(hard, { 'requests.cpu': '32', 'requests.memory': '64Gi' });
}

/** `kubectl drain`, and nobody uncordoned the node. */
export function drained(c: Cluster, name: string, minutesAgo: number): Manifest {
  const node = c.node(name);
  clearNode(c, name, { minutesAgo: minutesAgo - 1 });
  specOf(node)['unschedulable'] = true;
  taint(c, node, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', minutesAgo });
  c.changed(node, { by: 'kubectl-drain', minutesAgo, fields: ['spec/unschedulable'] });
  return node;
}

/** Pods whose containers are not made yet, and what a controller or the kubelet says of them. */
export function creating(
  c: Cluster,
  w: Workload,
  at: {
    pods?: readonly Pod[];
    minutesAgo: number;
    reason: string;
    message: string;
    count: number;
    component?: string;
  },
): void {
  const { minutesAgo, reason, message, count, component, pods = w.fresh } = at;
  waiting(w, { pods, reason: 'ContainerCreating', minutesAgo, about: 'pod' });
  for (const pod of pods)
    c.event(pod, {
      type: 'Warning',
      reason,
      message,
      count,
      sinceMinutesAgo: minutesAgo - 0.2,
      minutesAgo: count === 1 ? minutesAgo - 0.2 : 0.8,
      ...(component === undefined ? { host: pod.spec.nodeName ?? '' } : { component }),
    });
}

/** The pods of a workload again, made anew by its controller. */
export function remade(w: Workload, minutesAgo: number): readonly Pod[] {
  const count = w.pods.length;
  const nodes = w.pods.map(({ spec }) => spec.nodeName);
  w.dropPods(w.pods);
  return Array.from({ length: count }, (_, index) => w.addPod(minutesAgo, nodes[index]));
}

/** A line in the form of klog, in UTC. */
export function klog(c: Cluster, level: 'I' | 'W' | 'E' | 'F', minutes: number, text: string): string {
  const at = c.ago(minutes);
  return `${level}${at.slice(5, 7)}${at.slice(8, 10)} ${at.slice(11, 19)}.318104       1 ${text}`;
}
