import type { ObservationEvent } from '@tapio/domain';
import { containerRunEventId, kernelEventId } from '@tapio/domain';

/** A container's death without a cause that any rule knows. */
export function death(cluster: string, n: number, timestamp: number): ObservationEvent {
  return {
    id: containerRunEventId('container_died', {
      cluster,
      podUid: 'uid-1',
      container: 'report',
      restartCount: n,
    }),
    timestamp,
    source: 'kubelet',
    type: 'container_died',
    cluster,
    node: 'node-1',
    podUid: 'uid-1',
    podName: 'checkout-1',
    namespace: 'shop',
    workload: 'Deployment/checkout',
    containerId: String(n).padStart(64, '0'),
    data: {
      container: 'report',
      restart_count: String(n),
      exit_code: '1',
      reason: 'Error',
      resolution_us: '1000000',
    },
  };
}

/** A run of a container that begins: a signal, and no symptom of anything. */
export function start(cluster: string, n: number, timestamp: number): ObservationEvent {
  const pod = n % 50;
  return {
    id: `${cluster}/uid-${pod}/container_started/report/${n}`,
    timestamp,
    source: 'kubelet',
    type: 'container_started',
    cluster,
    node: 'node-1',
    podUid: `uid-${pod}`,
    podName: `checkout-${pod}`,
    namespace: 'shop',
    workload: 'Deployment/checkout',
    containerId: String(n).padStart(64, 'e'),
    data: { container: 'report', restart_count: String(n) },
  };
}

/** A lowered limit and the OOM kills and deaths that follow it, as a kernel and a kubelet report them. */
export function oomCrashLoop(cluster: string, nowUs: number): ObservationEvent[] {
  const startUs = nowUs - 60_000_000;
  const pod = {
    cluster,
    node: 'node-1',
    podUid: 'uid-1',
    podName: 'checkout-1',
    namespace: 'shop',
    workload: 'Deployment/checkout',
  };
  const change: ObservationEvent = {
    ...pod,
    id: `${cluster}/uid-1/8812/pod_spec_changed/limits.memory`,
    timestamp: startUs,
    source: 'kubelet',
    type: 'pod_spec_changed',
    data: {
      field: 'spec.containers[report].resources.limits.memory',
      category: 'resources',
      container: 'report',
      old: '256Mi',
      new: '32Mi',
      words: 'limits.memory 256Mi -> 32Mi',
      manager: 'kubectl-patch',
    },
  };
  const runs = [0, 1, 2].flatMap((run): ObservationEvent[] => {
    const killedUs = startUs + 10_000_000 * (run + 1) + 300_000;
    const died = death(cluster, run, killedUs - 300_000);
    const clock = { boot_id: 'boot-1', mono_us: String(killedUs % 1e9), comm: 'java', started_mono_us: '1' };
    const kernel = (
      type: string,
      sequence: number,
      timestamp: number,
      data: Record<string, string>,
    ): ObservationEvent => ({
      ...pod,
      id: kernelEventId({ cluster, node: 'node-1', captureEpoch: 'e1', ring: 'critical', sequence }),
      timestamp,
      source: 'kernel',
      type,
      pid: 6300 + run,
      ...(died.containerId === undefined ? {} : { containerId: died.containerId }),
      data: { ...clock, ...data },
    });
    return [
      kernel('oom_kill', run * 2, killedUs, {
        limited_by: 'container',
        limit_bytes: '33554432',
        usage_bytes: '33554432',
        container_limit_bytes: '33554432',
      }),
      kernel('process_exit', run * 2 + 1, killedUs + 1000, {
        container_init: 'true',
        exit_code: '0',
        signal: '9',
        oom_killed: 'true',
        sender_pid: '0',
      }),
      { ...died, data: { ...died.data, exit_code: '137', reason: 'OOMKilled' } },
    ];
  });
  return [change, ...runs];
}
