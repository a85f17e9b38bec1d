import type { Cluster } from './cluster.ts';
import { setCondition, unsay } from './states.ts';
import type { Manifest, Pod } from './types.ts';
import type { Workload } from './workload.ts';

/** Changes conditions of a node; heartbeats stay where they are unless given. */
export function nodeCondition(
  c: Cluster,
  node: Manifest,
  at: {
    type: string;
    status: string;
    reason: string;
    message: string;
    minutesAgo: number;
    heartbeatMinutesAgo?: number;
  },
): void {
  const { minutesAgo, heartbeatMinutesAgo = 0.5, ...rest } = at;
  const conditions = (node.status?.['conditions'] ?? []) as { type: string }[];
  const changed = {
    ...rest,
    lastTransitionTime: c.ago(minutesAgo),
    lastHeartbeatTime: c.ago(heartbeatMinutesAgo),
  };
  node.status = {
    ...node.status,
    conditions: [...conditions.filter(({ type }) => type !== at.type), changed],
  };
}

export function taint(
  c: Cluster,
  node: Manifest,
  at: { key: string; value?: string; effect: string; minutesAgo: number },
): void {
  const { minutesAgo, ...rest } = at;
  const taints = (node.spec?.['taints'] ?? []) as unknown[];
  node.spec = { ...node.spec, taints: [...taints, { ...rest, timeAdded: c.ago(minutesAgo) }] };
}

/** Puts a pod, and the volume of its claim, on another node than the builder chose. */
export function moveTo(c: Cluster, pod: Pod, name: string): void {
  const host = c.host(name);
  pod.spec.nodeName = name;
  pod.status.hostIP = host.hostIP;
  pod.status['hostIPs'] = [{ ip: host.hostIP }];
  pod.status.podIP = host.podIP();
  pod.status.podIPs = [{ ip: pod.status.podIP }];
  const claims = (pod.spec.volumes ?? []).flatMap((volume) => {
    const claim = volume['persistentVolumeClaim'] as { claimName: string } | undefined;
    return claim === undefined ? [] : [claim.claimName];
  });
  const zone = c.theme.nodes.find((node) => node.name === name)?.zone ?? '';
  for (const volume of c.ofKind('PersistentVolume')) {
    const { name: claim, namespace } = volume.spec?.['claimRef'] as { name: string; namespace: string };
    if (namespace === pod.metadata.namespace && claims.includes(claim)) volumeZone(volume, zone);
  }
}

export function volumeZone(volume: Manifest, zone: string): void {
  const matchExpressions = [{ key: 'topology.kubernetes.io/zone', operator: 'In', values: [zone] }];
  volume.spec = { ...volume.spec, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } };
}

/** Workloads, other than DaemonSets, with pods on a node. */
function workloadsOn(c: Cluster, node: string): { w: Workload; pods: Pod[] }[] {
  return c.workloads
    .filter((w) => w.manifest.kind !== 'DaemonSet')
    .map((w) => ({ w, pods: w.pods.filter((pod) => pod.spec.nodeName === node) }))
    .filter(({ pods }) => pods.length > 0);
}

function otherNode(c: Cluster, node: string): string {
  const others = c.hosts.filter(({ name }) => name !== node);
  return others[c.dice.below(others.length)]?.name ?? node;
}

/** What controllers do to the pods of a node that is not ready any more: not ready, deleted after five minutes, made again elsewhere. */
export function losePods(c: Cluster, node: string, minutesAgo: number): void {
  for (const pod of c.workloads.flatMap((w) => w.pods).filter(({ spec }) => spec.nodeName === node)) {
    setCondition(pod, 'Ready', { status: 'False', at: c.ago(minutesAgo) });
    c.event(pod, {
      type: 'Warning',
      reason: 'NodeNotReady',
      message: 'Node is not ready',
      minutesAgo,
      component: 'node-controller',
    });
  }
  const deletedAgo = minutesAgo - 5;
  if (deletedAgo <= 0) return;
  for (const { w, pods } of workloadsOn(c, node)) {
    for (const pod of pods) {
      pod.metadata.deletionTimestamp = c.ago(deletedAgo - 0.5);
      pod.metadata.deletionGracePeriodSeconds = 30;
      setCondition(pod, 'DisruptionTarget', {
        status: 'True',
        reason: 'DeletionByTaintManager',
        message: 'Taint manager: deleting due to NoExecute taint',
        at: c.ago(deletedAgo),
      });
      c.event(pod, {
        reason: 'TaintManagerEviction',
        message: `Marking for deletion Pod ${w.namespace}/${pod.metadata.name}`,
        minutesAgo: deletedAgo,
        component: 'taint-eviction-controller',
      });
      if (w.manifest.kind === 'Deployment') w.addPod(deletedAgo, otherNode(c, node));
    }
  }
}

/** Evicts the pods of a node but those of DaemonSets and of `except`, as a NoExecute taint or a drain does; they come back elsewhere. */
export function clearNode(
  c: Cluster,
  node: string,
  at: { minutesAgo: number; except?: readonly Workload[] },
): void {
  for (const { w, pods } of workloadsOn(c, node)) {
    if (at.except?.includes(w) === true) continue;
    const other = otherNode(c, node);
    if (w.manifest.kind === 'StatefulSet') {
      for (const pod of pods) {
        moveTo(c, pod, other);
        pod.metadata.creationTimestamp = c.ago(at.minutesAgo);
      }
      continue;
    }
    w.dropPods(pods);
    pods.forEach(() => {
      moveTo(c, w.addPod(at.minutesAgo, other), other);
    });
  }
}

/** A pod that the kubelet evicted: it stays as Failed until it is collected. */
export function evicted(
  c: Cluster,
  w: Workload,
  at: { node: string; message: string; minutesAgo: number },
): Pod {
  const pod = w.addPod(at.minutesAgo + 200, at.node);
  const { name } = pod.metadata;
  const { qosClass } = pod.status;
  w.fresh = w.fresh.filter((other) => other !== pod);
  c.log({ namespace: w.namespace, pod: name, container: w.container.name }, []);
  unsay(w, pod, ['Scheduled', 'Pulled', 'Created', 'Started']);
  pod.status = {
    phase: 'Failed',
    reason: 'Evicted',
    message: at.message,
    qosClass,
    startTime: c.ago(at.minutesAgo + 200),
    conditions: [],
  };
  setCondition(pod, 'DisruptionTarget', {
    status: 'True',
    reason: 'TerminationByKubelet',
    message: at.message,
    at: c.ago(at.minutesAgo),
  });
  c.event(pod, {
    type: 'Warning',
    reason: 'Evicted',
    message: at.message,
    minutesAgo: at.minutesAgo,
    host: at.node,
  });
  c.event(pod, {
    reason: 'Killing',
    message: `Stopping container ${w.container.name}`,
    minutesAgo: at.minutesAgo,
    container: w.container.name,
    host: at.node,
  });
  return pod;
}
