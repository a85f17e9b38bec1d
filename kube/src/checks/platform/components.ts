import { asCount, asList, asObject, asText, asTimeUs } from '../../json.ts';
import { conditionOf } from '../../relations/conditions.ts';
import { isReady } from '../../relations/pod-templates.ts';
import { unseenObject } from '../../relations/unseen-object.ts';
import type { KubeObject } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check, Emit } from '../check.ts';
import type { StaticComponent } from './control-plane.ts';
import { SYSTEM_NAMESPACE, controlPlanePod } from './control-plane.ts';
import { isNodeReady } from './node-facts.ts';
import { driversServedBy, namesDriver } from './storage-drivers.ts';

const STATIC: readonly (readonly [StaticComponent, string])[] = [
  ['kube-scheduler', 'scheduler'],
  ['kube-controller-manager', 'controller_manager'],
  ['kube-apiserver', 'apiserver'],
  ['etcd', 'etcd'],
];

/** A pod that was made or restarted a moment ago need not be ready yet. */
const STARTING_US = 60_000_000;

/** The cluster's own components: pods of the control plane, kube-proxy, network and storage plugins. */
export const componentsCheck: Check = {
  name: 'components',
  run(snapshot, emit) {
    staticPods(snapshot, emit);
    for (const set of snapshot.all('DaemonSet')) {
      const component = daemonComponent(snapshot, set);
      if (component !== undefined) daemons(snapshot, { set, component }, emit);
    }
    for (const kind of ['Deployment', 'StatefulSet']) {
      for (const workload of snapshot.all(kind))
        if (isStorage(snapshot, workload)) provisioners(snapshot, workload, emit);
    }
  },
};

/** Managed clusters show none of them; where some are shown, all are expected. */
function staticPods(snapshot: Snapshot, emit: Emit): void {
  const pods = snapshot.all('Pod', SYSTEM_NAMESPACE);
  const isShown = STATIC.filter(([name]) => pods.some((pod) => isOf(pod, name))).length >= 2;
  if (!isShown) return;
  for (const [name, component] of STATIC) {
    const own = pods.filter((pod) => isOf(pod, name));
    const bad = own.filter((pod) => !isWell(snapshot, pod));
    const everywhere = bad.length === own.length;
    if (own.length === 0) {
      // Etcd may run outside of the cluster.
      if (component === 'etcd' || !snapshot.knowsAll('Pod', SYSTEM_NAMESPACE)) continue;
      const absent = unseenObject(controlPlanePod(snapshot, name));
      emit({
        type: 'component_down',
        about: absent,
        data: { component, problem: 'absent', everywhere: true },
      });
    }
    for (const pod of bad) {
      const { problem, reason, message } = stateOf(pod);
      emit({
        type: 'component_down',
        about: pod,
        ...sinceOf(pod),
        data: { component, problem, reason, everywhere, on: asText(pod.spec['nodeName']), message },
      });
    }
  }
}

function isOf(pod: KubeObject, component: string): boolean {
  return pod.labels['component'] === component || pod.name.startsWith(`${component}-`);
}

function isWell(snapshot: Snapshot, pod: KubeObject): boolean {
  if (pod.status['phase'] === 'Succeeded') return true;
  if (isReady(pod)) return !isRestarting(snapshot, pod);
  if (snapshot.takenUs - (pod.createdUs ?? 0) < STARTING_US) return true;
  const node = snapshot.get('Node', '', asText(pod.spec['nodeName']) ?? '');
  // On a lost node nothing is ready; what crashes there may be why it is lost.
  return node !== undefined && isNodeReady(node) === false && stateOf(pod).problem === 'not_ready';
}

/** Ended this often, and lately, it is only ready in between. */
const RESTARTS = 3;
const LATELY_US = 600_000_000;

function isRestarting(snapshot: Snapshot, pod: KubeObject): boolean {
  return (asList(pod.status['containerStatuses']) ?? []).some((entry) => {
    const status = asObject(entry);
    const ended = asObject(asObject(status?.['lastState'])?.['terminated']);
    const endedUs = asTimeUs(ended?.['finishedAt']);
    const isLate = endedUs !== undefined && snapshot.takenUs - endedUs < LATELY_US;
    return isLate && (asCount(status?.['restartCount']) ?? 0) >= RESTARTS;
  });
}

interface PodState {
  readonly problem: 'waiting' | 'crashing' | 'not_ready';
  readonly reason: string | undefined;
  readonly message: string | undefined;
}

function stateOf(pod: KubeObject): PodState {
  for (const entry of asList(pod.status['containerStatuses']) ?? []) {
    const status = asObject(entry);
    const waiting = asObject(asObject(status?.['state'])?.['waiting']);
    const ended = asObject(asObject(status?.['state'])?.['terminated']);
    const reason = asText(waiting?.['reason']) ?? asText(ended?.['reason']);
    if (waiting !== undefined || ended !== undefined) {
      const isCrash = ended !== undefined || reason === 'CrashLoopBackOff';
      return { problem: isCrash ? 'crashing' : 'waiting', reason, message: asText(waiting?.['message']) };
    }
  }
  return { problem: isReady(pod) ? 'crashing' : 'not_ready', reason: undefined, message: undefined };
}

function sinceOf(pod: KubeObject): { readonly atUs?: number } {
  const sinceUs = conditionOf(pod, 'Ready')?.sinceUs ?? pod.createdUs;
  return sinceUs === undefined ? {} : { atUs: sinceUs };
}

const NETWORK =
  /^(?:calico-node|cilium|kube-flannel(?:-ds.*)?|weave-net|kindnet|canal|aws-node|azure-cns|antrea-agent|ovnkube-node|kube-router|kube-ovn-cni|multus.*)$/;
const STORAGE = /(?:^|-)(?:csi|provisioner)(?:-|$)/;
/** Where people run what they write. */
const ANY_APP: ReadonlySet<string> = new Set(['default']);

function daemonComponent(snapshot: Snapshot, set: KubeObject): string | undefined {
  const { name, namespace } = set;
  if (name === 'kube-proxy' && namespace === SYSTEM_NAMESPACE) return 'kube_proxy';
  if (NETWORK.test(name)) return 'network_plugin';
  return isStorage(snapshot, set) ? 'storage_driver' : undefined;
}

function isStorage(snapshot: Snapshot, workload: KubeObject): boolean {
  if (ANY_APP.has(workload.namespace)) return false;
  return STORAGE.test(workload.name) || namesDriver(snapshot, workload);
}

function daemons(
  snapshot: Snapshot,
  { set, component }: { readonly set: KubeObject; readonly component: string },
  emit: Emit,
): void {
  if (set.deletionUs !== undefined) return;
  const pods = snapshot.podsOf(set).filter(({ deletionUs }) => deletionUs === undefined);
  const nodes = snapshot
    .all('Node')
    .filter((node) => isNodeReady(node) === true && node.labels['kubernetes.io/os'] !== 'windows');
  const wanted = asCount(set.status['desiredNumberScheduled']);
  const isMade = snapshot.takenUs - (set.createdUs ?? 0) > STARTING_US;
  const bad = pods.filter((pod) => !isWell(snapshot, pod));
  const isListed = snapshot.knowsAll('Pod', set.namespace) && component !== 'storage_driver';
  const bare = isListed
    ? nodes.filter((node) => !pods.some((pod) => pod.spec['nodeName'] === node.name))
    : [];
  if (!isMade || (bad.length === 0 && bare.length === 0) || (nodes.length === 0 && wanted === 0)) return;
  const everywhere = bad.length === pods.length;
  const state = bad[0] === undefined ? undefined : stateOf(bad[0]);
  const missing = pods.length === 0 ? (wanted === 0 ? 'scaled' : 'absent') : 'absent_on_nodes';
  emit({
    type: 'component_down',
    about: set,
    ...(bad[0] === undefined ? {} : sinceOf(bad[0])),
    data: {
      component,
      problem: state?.problem ?? missing,
      reason: state?.reason,
      missing_nodes: bad.length + bare.length,
      on: asText(bad[0]?.spec['nodeName']) ?? bare[0]?.name,
      nodes: namesOf([
        ...bad.map((pod) => asText(pod.spec['nodeName']) ?? ''),
        ...bare.map(({ name }) => name),
      ]),
      driver: component === 'storage_driver' ? namesOf(driversServedBy(snapshot, set)) : undefined,
      everywhere,
      message: state?.message,
    },
  });
}

/** Each name with a comma behind it, so that one is found as a whole. */
function namesOf(names: readonly string[]): string | undefined {
  const known = names.filter(Boolean).slice(0, 50);
  return known.length === 0 ? undefined : known.map((name) => `${name},`).join('');
}

function provisioners(snapshot: Snapshot, deployment: KubeObject, emit: Emit): void {
  if (!snapshot.knowsAll('Pod', deployment.namespace) || deployment.deletionUs !== undefined) return;
  const pods = snapshot.podsOf(deployment);
  if (pods.some(isReady) || snapshot.takenUs - (deployment.createdUs ?? 0) < STARTING_US) return;
  const state = pods[0] === undefined ? undefined : stateOf(pods[0]);
  const problem = deployment.spec['replicas'] === 0 ? 'scaled' : (state?.problem ?? 'absent');
  emit({
    type: 'component_down',
    about: deployment,
    data: {
      component: 'storage_driver',
      problem,
      reason: state?.reason,
      driver: namesOf(driversServedBy(snapshot, deployment)),
      everywhere: true,
      message: state?.message,
    },
  });
}
