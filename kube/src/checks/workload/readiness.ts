import { asList, asText } from '../../json.ts';
import { addressesInText, hostPortWords } from '../../relations/parse-addresses.ts';
import { resolveHost } from '../../relations/resolve-host.ts';
import type { ContainerView } from '../../pod-view.ts';
import type { KubeObject, ObjectName } from '../../snapshot/kube-object.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { Check } from '../check.ts';
import type { PodContainer } from './pod-containers.ts';
import { containersOf, memoryLimit, standingPods } from './pod-containers.ts';
import { isEndedForProbe } from './probes.ts';

const SECOND_US = 1_000_000;
/** A start that takes longer is worth a look; a probe runs every 10 s where nothing else is said. */
const UNREADY_AFTER_US = 30 * SECOND_US;
const INIT_STUCK_AFTER_US = 120 * SECOND_US;
const COMPLETES_AFTER_RESTARTS = 2;

/** Proxies and agents that service meshes and platforms put beside a workload's own container. */
const SIDECAR_NAMES =
  /^(?:proxy|envoy|daprd|consul-dataplane|vault-agent|fluent-?bit|fluentd|filebeat|vector|promtail|otel-collector|sidecar|.*-(?:proxy|sidecar|agent|exporter))$/;
const SIDECAR_IMAGES =
  /(?:^|\/)(?:proxyv2|envoy|envoy-[\w-]+|linkerd[\w/-]*proxy|daprd|oauth2-proxy|cloud-sql-proxy|vault|fluent-bit|consul-dataplane)(?:[:@]|$)/;

/** @param owner name of the workload: a container that is called so is no sidecar */
function isSidecar(view: ContainerView, containers: readonly PodContainer[], owner: string): boolean {
  if (containers.length < 2 || view.name === owner) return false;
  return view.kind === 'sidecar' || SIDECAR_NAMES.test(view.name) || SIDECAR_IMAGES.test(view.image ?? '');
}

/** Containers that run without being ready. */
export const podNotReadyCheck: Check = {
  name: 'pod-not-ready',
  run(snapshot, emit) {
    for (const pod of standingPods(snapshot)) {
      const containers = containersOf(pod);
      for (const { view, isReady, isStarted } of containers) {
        if (view.state.is !== 'running' || isReady !== false || view.kind === 'init') continue;
        const { startedUs } = view.state;
        const forUs = snapshot.takenUs - (startedUs ?? snapshot.takenUs);
        if (forUs < UNREADY_AFTER_US) continue;
        emit({
          type: 'pod_not_ready',
          about: pod,
          container: view.name,
          data: {
            not_ready_us: forUs,
            started: isStarted,
            sidecar: isSidecar(view, containers, snapshot.ownerOf(pod).name),
          },
        });
      }
    }
  },
};

/** Init containers that run on for minutes: what they wait for does not come. */
export const initStuckCheck: Check = {
  name: 'init-container-stuck',
  run(snapshot, emit) {
    for (const pod of standingPods(snapshot)) {
      for (const container of containersOf(pod)) {
        const { view } = container;
        if (view.kind !== 'init' || view.state.is !== 'running') continue;
        const forUs = snapshot.takenUs - (view.state.startedUs ?? snapshot.takenUs);
        if (forUs < INIT_STUCK_AFTER_US) continue;
        const waited = waitedFor(snapshot, pod, container);
        emit({
          type: 'init_container_stuck',
          about: pod,
          container: view.name,
          ...(waited?.object === undefined ? {} : { refers: waited.object }),
          data: { init: true, running_us: forUs, host: waited?.host, port: waited?.port },
        });
      }
    }
  },
};

/** Containers that go on ending with exit code 0 though they are to run always. */
export const completesCheck: Check = {
  name: 'container-completes',
  run(snapshot, emit) {
    for (const pod of standingPods(snapshot)) {
      if ((asText(pod.spec['restartPolicy']) ?? 'Always') !== 'Always') continue;
      for (const container of containersOf(pod)) {
        const { view } = container;
        if (view.kind === 'init' || view.restartCount < COMPLETES_AFTER_RESTARTS) continue;
        const { state, last } = view;
        const end = state.is === 'terminated' ? state.end : last;
        if (end?.exitCode !== 0 || (state.is === 'running' && !isShort(snapshot, state.startedUs))) continue;
        // A program that heeds SIGTERM ends with 0 when the kubelet ends it.
        if (isEndedForProbe(snapshot, pod, container)) continue;
        const { startedUs, finishedUs } = end;
        emit({
          type: 'container_completes',
          about: pod,
          container: view.name,
          ...(finishedUs === undefined ? {} : { atUs: finishedUs }),
          data: {
            init: view.kind === 'sidecar' ? true : undefined,
            restarts: view.restartCount,
            lived_us:
              startedUs === undefined || finishedUs === undefined ? undefined : finishedUs - startedUs,
          },
        });
      }
    }
  },
};

/** Limits of containers that were reported OOMKilled. */
export const memoryLimitCheck: Check = {
  name: 'memory-limit-reached',
  run(snapshot, emit) {
    for (const pod of standingPods(snapshot)) {
      for (const { view, spec } of containersOf(pod)) {
        const end = view.state.is === 'terminated' ? view.state.end : view.last;
        const limit = memoryLimit(spec);
        if (end?.reason !== 'OOMKilled' || limit === undefined) continue;
        emit({
          type: 'memory_limit_reached',
          about: pod,
          container: view.name,
          ...(end.finishedUs === undefined ? {} : { atUs: end.finishedUs }),
          data: { memory_limit: limit, kills: view.restartCount },
        });
      }
    }
  },
};

function isShort(snapshot: Snapshot, startedUs: number | undefined): boolean {
  return startedUs !== undefined && snapshot.takenUs - startedUs < 600 * SECOND_US;
}

/** The first peer that the command of a container names: `until nc -z db 5432; do sleep 2; done`. */
function waitedFor(
  snapshot: Snapshot,
  pod: KubeObject,
  { spec }: PodContainer,
):
  | { readonly host: string; readonly port: number | undefined; readonly object: ObjectName | undefined }
  | undefined {
  const words = ['command', 'args'].flatMap((key) => asList(spec[key]) ?? []);
  const text = words.flatMap((word) => asText(word) ?? []).join(' ');
  const [address] = [...addressesInText(text), ...hostPortWords(text)];
  if (address === undefined) return undefined;
  const target = resolveHost(snapshot, pod.namespace, address.host);
  const object = target?.is === 'service' || target?.is === 'pod' ? target.object : undefined;
  return { host: address.host, port: address.port, object };
}
