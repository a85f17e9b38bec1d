import { clearNode, moveTo, taint, waiting } from '../builders/index.ts';
import type { Cluster, Manifest, Pod, PodsOf, Workload } from '../builders/index.ts';
import { specOf } from './kit.ts';

export const CONTROL = '1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }';

/** The end of the scheduler's message where nobody could be pushed out. */
export function unhelpful(nodes: number, victims = 0): string {
  const reasons = [`${nodes - victims} Preemption is not helpful for scheduling`];
  if (victims > 0) reasons.push(`${victims} No preemption victims found for incoming pod`);
  return `preemption: 0/${nodes} nodes are available: ${reasons.toSorted().join(', ')}.`;
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
  w: PodsOf,
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

/** Takes away the Events that the API server no longer keeps, an hour after they were seen. */
export function forget(c: Cluster): void {
  for (let index = c.events.length - 1; index >= 0; index -= 1) {
    const event = c.events[index];
    const last = event?.['lastTimestamp'] ?? event?.['eventTime'];
    if (typeof last === 'string' && c.nowMs - Date.parse(last) > 3_600_000) c.events.splice(index, 1);
  }
}

/** The scheduler said lately what it has said for hours. */
export function again(c: Cluster, pod: Pod, message: string): void {
  forget(c);
  const component = 'default-scheduler';
  c.event(pod, { type: 'Warning', reason: 'FailedScheduling', message, minutesAgo: 3.4, component });
}

export function quota(
  c: Cluster,
  at: { namespace: string; name: string; minutesAgo: number },
  hard: Record<string, string>,
): Manifest {
  const { namespace, name, minutesAgo } = at;
  return c.add({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: c.meta(name, namespace, minutesAgo),
    spec: { hard },
    status: {},
  });
}

export function webhook(
  c: Cluster,
  kind: 'MutatingWebhookConfiguration' | 'ValidatingWebhookConfiguration',
  at: {
    name: string;
    hook: string;
    service: { namespace: string; name: string; path: string };
    minutesAgo: number;
    failurePolicy?: 'Fail' | 'Ignore';
  },
): Manifest {
  return c.add({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind,
    metadata: { ...c.meta(at.name, undefined, at.minutesAgo), generation: 2 },
    webhooks: [
      {
        name: at.hook,
        clientConfig: { service: { ...at.service, port: 443 }, caBundle: 'LS0tLS1CRUdJTg==' },
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'], scope: '*' },
        ],
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', 'kyverno'] },
          ],
        },
        failurePolicy: at.failurePolicy ?? 'Fail',
        matchPolicy: 'Equivalent',
        sideEffects: 'NoneOnDryRun',
        timeoutSeconds: 10,
        admissionReviewVersions: ['v1'],
      },
    ],
  });
}

/** Leaves the status of a workload as it is when the rest is settled. */
export function keepStatus(c: Cluster, w: Workload, status: Record<string, unknown>): void {
  c.workloads.splice(c.workloads.indexOf(w), 1);
  w.manifest.status = status;
}

/** The lease of a leader of the control plane. */
export function renewed(c: Cluster, name: string, minutesAgo: number): void {
  c.add({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: c.meta(name, 'kube-system', 200_000),
    spec: {
      holderIdentity: `${c.theme.controlPlane}_${c.dice.uid()}`,
      leaseDurationSeconds: 15,
      leaseTransitions: 3,
      acquireTime: c.ago(43_000).replace('Z', '.000000Z'),
      renewTime: c.ago(minutesAgo).replace('Z', '.000000Z'),
    },
  });
}

/** Puts a pod that was made lately on another node, and what the scheduler said of it too. */
export function placed(c: Cluster, pod: Pod, node: string): void {
  moveTo(c, pod, node);
  for (const event of c.events)
    if (
      event['reason'] === 'Scheduled' &&
      (event['involvedObject'] as { uid?: string }).uid === pod.metadata.uid
    )
      event['message'] =
        `Successfully assigned ${pod.metadata.namespace ?? ''}/${pod.metadata.name} to ${node}`;
}
